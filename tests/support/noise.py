"""A bad line: bytes are changed and lost, at random but seeded."""

import random


class Noise:
    """Changes and drops bytes.

    Parameters
    ----------
    seed : int
        Seed; two lines with one seed have the same errors.
    corrupted, dropped : float
        Chance of either for a byte.
    """

    def __init__(self, seed, *, corrupted=0.01, dropped=0.01):
        self._random = random.Random(seed)
        self._corrupted = corrupted
        self._dropped = dropped

    def __call__(self, data):
        draw = self._random.random
        line = bytearray()
        for byte in data:
            fate = draw()
            if fate < self._corrupted:
                line.append(byte ^ self._random.randrange(1, 256))
            elif fate >= self._corrupted + self._dropped:
                line.append(byte)
        return bytes(line)


class NoisyTransport:
    """A transport with noise in both directions (`host.link.Transport`)."""

    def __init__(self, transport, seed, **rates):
        self.name = f"noisy {transport.name}"
        self._transport = transport
        self._there = Noise(seed, **rates)
        self._back = Noise(seed + 1, **rates)

    def read(self, *, wait):
        return self._back(self._transport.read(wait=wait))

    def write(self, data):
        self._transport.write(self._there(data))

    def close(self):
        self._transport.close()
