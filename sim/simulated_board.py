"""The compiled gateware as a transport whose time is that of its clock, so that runs repeat."""

from boards.virtual import CLOCK_HZ
from golden.arch.params import CoreParams

from .compiled import compiled
from .design import Design


class SimulatedBoard:
    """A board, powered up, at the end of a line without latency (`host.link.Transport`).

    Parameters
    ----------
    params : CoreParams
        How it is built.
    """

    name = "simulated board"

    def __init__(self, params: CoreParams):
        self._simulation = compiled(Design("hdl.top:Tripartite", params))
        self._byte_cycles = 10 * params.divisor

    def clock(self) -> float:
        """Return the time, in seconds, of which the host takes none."""
        return self._simulation.cycles / CLOCK_HZ

    def read(self, *, wait: bool) -> bytes:
        for _ in range(100 if wait else 1):
            self._simulation.run(4 * self._byte_cycles)
            if line := self._simulation.pull():
                return line
        return b""

    def write(self, data: bytes) -> None:
        self._simulation.push(data)

    def close(self) -> None:
        pass
