"""A simulated core without a line: its two byte streams, at a byte per cycle."""

from golden.arch.identity import identity_fields
from golden.arch.params import CoreParams

from .compiled import CompiledSimulation, compiled
from .design import Design
from .errors import SimError

STEP_CYCLES = 200
"""Cycles between two looks for reports."""

PATIENCE_CYCLES = 2_000_000
"""Cycles that suffice for all but long silent runs of large pools."""


class StreamLink:
    """The streams of a compiled `hdl.core.Core`, where `host.core.Core` expects a `host.link.Link`.

    Time runs while a report is waited for.

    Parameters
    ----------
    params : CoreParams
        How the core is built.
    patience : int
        Cycles without a report after which one that is waited for won't come.
    simulation : CompiledSimulation, optional
        The core, as after power-up; by default one of its source.
    """

    def __init__(self, params: CoreParams, patience: int = PATIENCE_CYCLES,
                 simulation: CompiledSimulation | None = None):
        self.identity = identity_fields(params)
        self.simulation = simulation or compiled(Design("hdl.core:Core", params))
        self._patience = patience
        self._received = bytearray()

    def connect(self) -> None:
        """Do nothing: there are no sessions."""

    def write(self, commands: bytes) -> None:
        """Queue commands."""
        self.simulation.push(commands)

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes of reports.

        Raises
        ------
        SimError
            If they don't come.
        """
        heard = self.simulation.cycles
        while len(self._received) < size:
            if self.simulation.cycles - heard > self._patience:
                raise SimError(f"simulation: no report in {self._patience:,} cycles; the gateware "
                               "hangs, or has more to do than was expected")
            self.simulation.run(STEP_CYCLES)
            if reports := self.simulation.pull():
                self._received += reports
                heard = self.simulation.cycles
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def close(self) -> None:
        """Do nothing: there is no line."""
