"""What a line is like, judged by what comes over it."""

from golden.arch.frames import CRC_SIZE, HEADER, PAYLOAD_MAX

OVERHEAD = HEADER.size + CRC_SIZE + 2
"""Bytes of a frame on the line beside its payload."""

PAYLOAD_MIN = 8


class LineQuality:
    """Frequency of errors in one direction.

    Attributes
    ----------
    rate : float
        Errors per byte, averaged over the latest bytes.
    """

    MEMORY = 500
    """Bytes after which an error is forgotten; more would be steadier, and slower to adapt."""

    def __init__(self):
        self.rate = 0.0

    def count_good(self, size: int) -> None:
        """Count `size` bytes that arrived."""
        self.rate *= self.MEMORY / (self.MEMORY + size)

    def count_error(self) -> None:
        """Count an error."""
        self.rate += 1 / self.MEMORY

    @property
    def noisy(self) -> bool:
        """Whether few queues full of bytes arrive without an error."""
        return self.rate > 1 / 4096

    @property
    def payload(self) -> int:
        """Payload, in bytes, that gets the most through.

        Longer ones would lose more to errors than they save in frames:
        ``rate * payload**2 == OVERHEAD``.
        """
        if self.rate * PAYLOAD_MAX**2 <= OVERHEAD:
            return PAYLOAD_MAX
        return max(PAYLOAD_MIN, int((OVERHEAD / self.rate) ** 0.5))

    @property
    def flight(self) -> int:
        """Bytes that are worth having under way: few are wasted if one of them is hit."""
        if not self.noisy:
            return 1 << 16
        return max(2 * self.payload, int(0.3 / self.rate))

    @property
    def copies(self) -> int:
        """How often to send each frame: as often as makes it likely that one gets through."""
        return 2 if self.rate > 0.01 else 1


class RoundTrip:
    """Time from a frame to its answer, as TCP estimates it [1]_.

    Attributes
    ----------
    mean, deviation : float
        Of the times measured, in seconds.

    References
    ----------
    .. [1] Jacobson, Proc. SIGCOMM '88, doi:10.1145/52324.52356.
    """

    def __init__(self):
        self.mean = 0.1
        self.deviation = 0.025
        self._measured = False

    def count(self, seconds: float) -> None:
        """Count a measurement."""
        if not self._measured:
            self._measured = True
            self.mean, self.deviation = seconds, seconds / 2
        self.deviation += (abs(seconds - self.mean) - self.deviation) / 4
        self.mean += (seconds - self.mean) / 8

    @property
    def timeout(self) -> float:
        """Time, in seconds, after which an answer must be lost."""
        return self.mean + 4 * self.deviation
