"""Capsules to test with."""

from itertools import count

import numpy as np

from host.thermogram.capsule import Capsule
from host.thermogram.delta import Delta, DeltaKind
from host.thermogram.entries import Entry
from host.thermogram.instant import Instant, parse_rfc3339
from host.thermogram.signal import SIGNAL, Signal
from host.thermogram.temperature import Temperature
from host.thermogram.triggers import ConsolidationPolicy, Manual

BORN = parse_rfc3339("2026-01-01T00:00:00Z")
MANUAL = ConsolidationPolicy((Manual(),))


class Ticking:
    """A clock that advances by a second whenever it is asked."""

    def __init__(self, start=BORN):
        self.seconds = count(start.seconds)

    def __call__(self):
        return Instant(next(self.seconds))


def wire(*signals):
    return np.array(list(signals), SIGNAL).tobytes()


def put(capsule, key, magnitude, updates=1, temperature=Temperature.HOT, *, polarity=1,
        value=((1, 5),), at=BORN):
    capsule.entries.put(Entry(key, wire(*value), Signal(polarity, magnitude), at, updates),
                        temperature)


def found(capsule, key):
    """Return temperature, strength and updates of the only entry of a key."""
    (temperature, entry), = [(temperature, entry) for temperature in Temperature
                             if (entry := capsule.entries.get(key, temperature))]
    return temperature, entry.strength, entry.update_count


def layers(capsule):
    return [sorted(capsule.entries.layer(temperature)) for temperature in Temperature]


def delta(number, kind, key, value, at, source, strength, prev_hash, **more):
    return Delta(f"00000000-0000-4000-8000-{number:012}", kind, key, wire(*value),
                 parse_rfc3339(at), source, Signal(*strength), prev_hash=prev_hash, **more)


def five_deltas():
    """Return a chain with every kind, fractions of 0 to 9 digits, and all options."""
    capsule = Capsule("chain", policy=MANUAL, clock=Ticking())
    capsule.id = "00000000-0000-4000-8000-000000000003"
    for number, kind, key, value, at, source, strength, more in (
        (101, DeltaKind.Create, "k1", [(1, 100), (-1, 50)], "00Z", "srcé", (1, 255), {}),
        (102, DeltaKind.Update, "k1", [(1, 101)], "01.120Z", "training", (1, 204),
         {"observation_count": 7}),
        (103, DeltaKind.Merge, "k1", [(1, 9)], "02.123456Z", "merge", (-1, 77),
         {"custom": b"\1\2\3"}),
        (104, DeltaKind.Create, "k2", [], "03.123456789Z", "", (0, 0),
         {"observation_count": 0, "custom": b""}),
        (105, DeltaKind.Delete, "k1", [], "04.000000001Z", "gc", (1, 255), {}),
    ):
        capsule.apply_delta(delta(number, kind, key, value, f"2026-01-01T00:00:{at}", source,
                                  strength, capsule.chain.head_hash, **more))
    return capsule


FIVE_HASHES = (
    "926401df36745e519c341503c69b465f8196249c0120c952b79500f3940641f0",
    "4880bbb45645ded075ed455512788d287400f482ad589019623bbf85678b0ba7",
    "98931928e1dcce675f16149e0fa56462a27b5448332d3d586ced9ba9fa14f81b",
    "a688bad39e7fc6545eba2ff894f675f8fc65eea3853a2bc522903b3fb50a6c71",
    "cb705830a6416804ba6ca9c45c996d2d5faac37fc1ba45ed41083b28da052379",
)
"""Hashes of `five_deltas`, computed by the reference."""


def seven_deltas():
    """Return a capsule whose consolidation does everything that one can do."""
    capsule = Capsule("consolidate", policy=MANUAL, clock=Ticking())
    for key, magnitude, updates in (("crystal", 250, 2), ("edge26", 26, 1), ("exist", 128, 1),
                                    ("gone", 250, 9), ("weak", 25, 1)):
        put(capsule, key, magnitude, updates)
    put(capsule, "crystal2", 191, 3, value=[(1, 7)])
    put(capsule, "crystal2", 100, 5, Temperature.COLD, value=[(1, 6)])
    early, late = "2026-01-01T00:00:10Z", "2026-01-02T00:00:00Z"
    for number, kind, key, value, at, magnitude in (
        (301, DeltaKind.Update, "exist", [(1, 50)], late, 204),
        (302, DeltaKind.Create, "new", [(1, 60)], early, 40),
        (303, DeltaKind.Create, "new_weak", [(1, 60)], early, 25),
        (304, DeltaKind.Merge, "exist", [(1, 99)], "2026-01-02T00:01:40Z", 100),
        (305, DeltaKind.Merge, "absent_merge", [(1, 99)], early, 255),
        (306, DeltaKind.Delete, "gone", [], early, 255),
        (307, DeltaKind.Update, "crystal", [(1, 8)], early, 100),
    ):
        capsule.apply_delta(delta(number, kind, key, value, at, "s", (1, magnitude),
                                  capsule.chain.head_hash))
    return capsule
