"""Measure how much of what a line can carry is commands and reports."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from golden.arch.commands import ARGUMENTS, Opcode, spike_report_sizes
from host.core import WRITE_BYTES, Core
from host.image import Image

from .bench import COUNTER_WRAP, read_registers
from .workloads import excite, fitting_neurons, random_network

NEURONS, FAN_OUT, FIRING = 1024, 16, 5.0
"""A pool whose spikes take longer to report than to deliver, on a line of 3 cycles per bit."""

TICKS = 2000

BYTE_BITS = 10
"""Bits of a byte on the line."""


@dataclass(frozen=True, kw_only=True)
class LineUse:
    """What went over a line in one direction.

    Parameters
    ----------
    direction : str
        ``"commands"`` or ``"reports"``.
    size : int
        Bytes of commands or reports, without what frames add to them.
    cycles : int
        Clock cycles that they took.
    divisor : int
        Clock cycles of one bit.
    """

    direction: str
    size: int
    cycles: int
    divisor: int

    @property
    def fraction(self) -> float:
        """Used bytes per second over available bytes per second."""
        return self.size * BYTE_BITS * self.divisor / self.cycles


def line_uses(core: Core, ticks: int = TICKS) -> Iterator[LineUse]:
    """Yield what the line to a core carries: commands that load a pool, then spikes of a run."""
    params = core.params
    pool = random_network(min(NEURONS, fitting_neurons(params, FAN_OUT)), FAN_OUT)
    pool, current = excite(pool, FIRING)
    spans = list(Image(pool, params).spans())
    core.neuron_count = pool.n

    start = _cycles(core)
    core.write(spans)
    parts = sum(-(-words.nbytes // WRITE_BYTES) for *_, words in spans)
    size = sum(words.nbytes for *_, words in spans) + parts * _size(Opcode.WRITE, Opcode.SYNC)
    yield LineUse(direction="commands", size=size, divisor=params.divisor,
                  cycles=(_cycles(core) - start) % COUNTER_WRAP)

    core.send_inputs(np.zeros_like(current), current)
    start = _cycles(core)
    core.send(Opcode.RUN, ticks=ticks, silent=0)
    counts = (core.tick().size for _ in range(ticks))
    size = sum(1 + min(spike_report_sizes(count, pool.n, params.event_bytes)) for count in counts)
    yield LineUse(direction="reports", size=size, divisor=params.divisor,
                  cycles=(_cycles(core) - start) % COUNTER_WRAP)


def _size(*opcodes: Opcode) -> int:
    return sum(1 + ARGUMENTS[opcode].size for opcode in opcodes)


def _cycles(core: Core) -> int:
    """Return the clock cycles since power-up, modulo 2**32: all that the counters share out."""
    return sum(value for name, value in read_registers(core).items() if name.endswith("_cycles"))
