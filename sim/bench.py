"""Measure a core by its own counters, on pools of known activity, and check what it computes.

The golden pool runs beside it: a core that computes something else is not worth measuring.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from golden.arch.commands import ARGUMENTS, Opcode, Tag
from golden.arch.registers import COUNTERS, REGISTER_ADDRESS, REGISTERS
from golden.arch.windows import WINDOWS, Window
from golden.model import Pool, first_difference
from host.core import Core
from host.errors import MismatchError
from host.image import WINDOW_OF, Image
from host.words import dtype_of

from .workloads import excite, random_network

FAN_OUTS = 16, 32, 64, 128
FIRINGS = 1.0, 5.0, 20.0, None
TICKS = 50

WARM_UP_TICKS = 20
"""Ticks before the measurement: longer than the longest delay."""

STATIC = {Window.ROWS, Window.SYNAPSES, Window.AGES}
"""Windows that may stay as they are when a network is only excited in another way."""

CHANGING = {Window.NEURONS, Window.RING, Window.ELIGIBILITIES}
"""Windows that ticks change."""

BATCH_TICKS = 1000
"""Most ticks between two looks at the counters, which must not wrap."""

COUNTER_WRAP = 1 << 32

PHASES = "sweep_cycles", "propagate_cycles", "stall_cycles", "idle_cycles"
"""Counters that share out the cycles of a run."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a core did, and what it took, per tick.

    Parameters
    ----------
    tiles, neurons, fan_out : int
        Tiles of the core, neurons of the pool, targets of each neuron.
    firing : float or None
        Neurons that fired in each tick, in percent; None: free-running.
    ticks : int
        Ticks measured.
    sweep_cycles, propagate_cycles, stall_cycles, idle_cycles : float
        Cycles in which neurons were updated, in which spikes were delivered, in which the report of
        the spikes was waited for, and in which there was nothing to do.
    spikes_per_tick, events_per_tick : float
        Neurons that fired; synapses that spikes travelled.
    """

    tiles: int
    neurons: int
    fan_out: int
    firing: float | None
    ticks: int
    sweep_cycles: float
    propagate_cycles: float
    stall_cycles: float
    idle_cycles: float
    spikes_per_tick: float
    events_per_tick: float

    @property
    def cycles_per_tick(self) -> float:
        """All cycles."""
        return self.sweep_cycles + self.propagate_cycles + self.stall_cycles + self.idle_cycles

    @property
    def events_per_cycle(self) -> float:
        """Synaptic events, over all cycles."""
        return self.events_per_tick / self.cycles_per_tick

    @property
    def bound_cycles(self) -> float:
        """Fewest cycles in which it can be done.

        In a cycle, a tile updates one neuron or does one synaptic event, and one spike is
        broadcast to the tiles.
        """
        return max((self.neurons + self.events_per_tick) / self.tiles, self.spikes_per_tick)

    @property
    def fraction(self) -> float:
        """How near the bound is: 1 is reached by a core that wastes nothing."""
        return self.bound_cycles / self.cycles_per_tick

    def as_dict(self) -> dict[str, Any]:
        """Return all of it by name, as scripts read it; `firing` is ``"free"`` for None."""
        names = [field.name for field in fields(self)]
        names += ["cycles_per_tick", "events_per_cycle", "bound_cycles", "fraction"]
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        return values | {"firing": "free" if self.firing is None else self.firing}


def measure(core: Core, networks: Mapping[int, int], firings: Iterable[float | None],
            ticks: int = TICKS) -> Iterator[Measurement]:
    """Load random networks into a core, and yield what each activity takes.

    Parameters
    ----------
    core : Core
        Large enough for them (`sim.workloads.fitting_neurons`).
    networks : mapping of int to int
        Neurons of the network of each fan-out.
    firings : iterable of float or None
        As `sim.workloads.excite` takes them.
    ticks : int
        Ticks of each measurement, at least 1.

    Raises
    ------
    MismatchError
        If the core's spikes, events or state are not those of the golden pool: what ticks change
        after each activity, all of it at the end.
    """
    *_, last = networks
    for fan_out, neurons in networks.items():
        pool = random_network(neurons, fan_out)
        core.neuron_count = neurons
        core.write(Image(pool, core.params).spans())
        for firing in firings:
            pool, current = excite(pool, firing)
            core.write(span for span in Image(pool, core.params).spans() if span[0] not in STATIC)
            core.send_inputs(np.zeros_like(current), current)
            run_both(core, pool, current, WARM_UP_TICKS)
            found = run_both(core, pool, current, ticks)
            check(core, pool, CHANGING)
            yield Measurement(
                tiles=core.params.tiles, neurons=neurons, fan_out=fan_out, firing=firing,
                ticks=ticks, spikes_per_tick=found["spikes"] / ticks,
                events_per_tick=found["events"] / ticks,
                **{phase: found[phase] / ticks for phase in PHASES})
        if fan_out == last:
            check(core, pool, set(WINDOW_OF.values()))


def run_both(core: Core, pool: Pool, current: np.ndarray, ticks: int) -> dict[str, int]:
    """Run silent ticks on a core and on the golden pool; return what the core counts.

    Raises
    ------
    MismatchError
        If the numbers of spikes or events differ.
    """
    found = count(core, ticks)
    row_sizes = np.diff(pool.row_ptr)
    fired = [pool.tick(current) for _ in range(ticks)]
    expected = {"spikes": sum(neurons.size for neurons in fired),
                "events": sum(int(row_sizes[neurons].sum()) for neurons in fired)}
    for name, value in expected.items():
        if found[name] != value:
            raise MismatchError(pool.tick_count, f"{name} of {ticks} ticks", None, value,
                                found[name])
    return found


def count(core: Core, ticks: int) -> dict[str, int]:
    """Run silent ticks, and return by how much each counter of the core grows meanwhile."""
    counters = [register.name for register in COUNTERS]
    overhead = _count(core, 0)
    total = dict.fromkeys(counters, 0)
    for start in range(0, ticks, BATCH_TICKS):
        found = _count(core, min(BATCH_TICKS, ticks - start))
        for name in counters:
            total[name] += found[name] - overhead[name]
    # counters of cycles lag by a few, so that what was idle may seem less than looking alone
    return {name: max(0, value) for name, value in total.items()}


def _count(core: Core, ticks: int) -> dict[str, int]:
    """Run silent ticks between two looks at all registers; return what is added to each.

    The commands go in one piece, so that they are done at the speed of the core. What looking adds
    is the same for any number of ticks.
    """
    look = command(Opcode.READ, window=Window.REGISTERS, address=0, count=len(REGISTERS))
    core.under_way += 2
    core.link.write(look + command(Opcode.RUN, ticks=ticks, silent=1) + look)
    before, after = _registers(core), _registers(core)
    return {name: (after[name] - before[name]) % COUNTER_WRAP for name in before}


def _registers(core: Core) -> dict[str, int]:
    """Wait for a report of all registers."""
    core.report(Tag.WORDS)
    dtype = dtype_of(WINDOWS[Window.REGISTERS].record)
    words = np.frombuffer(core.link.read(dtype.itemsize * len(REGISTERS)), dtype)
    return dict(zip(REGISTER_ADDRESS, words["value"].tolist(), strict=True))


def read_registers(core: Core) -> dict[str, int]:
    """Return the words of all registers by name."""
    (words,) = core.read([(Window.REGISTERS, 0, len(REGISTERS))])
    return dict(zip(REGISTER_ADDRESS, words["value"].tolist(), strict=True))


def command(opcode: Opcode, **arguments: int) -> bytes:
    """Return the bytes of a command without data."""
    return bytes([opcode]) + ARGUMENTS[opcode].pack(**arguments)


def check(core: Core, pool: Pool, windows: Iterable[Window]) -> None:
    """Compare windows of a core with the golden pool.

    Raises
    ------
    MismatchError
        At the first difference.
    """
    core.send(Opcode.SETTLE)
    image, found = Image(pool, core.params), pool.copy()
    head = read_registers(core)["slot_head"]
    for window in windows:
        words = np.concatenate(core.read(image.extents(window)))
        for name, column in image.fields(window, words, head).items():
            setattr(found, name, column)
    if difference := first_difference(pool, found):
        raise MismatchError(pool.tick_count, *difference)
