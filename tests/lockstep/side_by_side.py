"""A core and the golden pool side by side, all of their state compared after every step."""

import dataclasses

import numpy as np

from golden.arch.commands import INPUT_CHANGE, Opcode, Tag
from golden.arch.config import Options
from golden.arch.maturity import DEAD
from golden.arch.records import AGE_MAX
from golden.arch.registers import COUNTERS, REGISTERS
from golden.arch.windows import Window
from golden.model import Pool
from golden.model.arithmetic import divide_toward_zero
from golden.model.plasticity import cell_changes
from host.core import Core, Streams
from host.image import SYNAPSE_FIELDS, Image
from tests.support.pools import any_astrocytes, any_block, any_config, any_options, any_pool

VIEWS = {
    Window.WEIGHTS: "weight",
    Window.ELIGIBILITIES: "eligibility",
    Window.MATURITIES: "maturity",
}


class SideBySide:
    """A core, driven through `link`, and the golden pool.

    Every method does the same to both and then compares them. What differs first is told by the
    name of the window or register, the tick, the index and both values.
    """

    def __init__(self, link: Streams):
        self.core = Core(link)
        self.spikes = self.events = self.conversions = self.pulses = 0  # since power-up

    def load(self, pool: Pool):
        self.golden = pool.copy()
        self.head = 0
        self.current = np.zeros(pool.n, np.int16)
        self.core.neuron_count = pool.n
        self.core.write(self._image().spans())
        self.compare()

    def tick(self, current):
        changed = np.flatnonzero(current != self.current)
        changes = b"".join(INPUT_CHANGE.pack(neuron=neuron, current=current[neuron])
                           for neuron in changed)
        self.core.send(Opcode.INPUT, changes, count=changed.size)
        self.current = current
        self.run(1)

    def run(self, ticks: int, *, silent: bool = False):
        self.core.send(Opcode.RUN, ticks=ticks, silent=int(silent))
        golden = self.golden
        for _ in range(ticks):
            expected = golden.tick(self.current)
            if not silent:
                np.testing.assert_array_equal(self.core.tick(), expected,
                                              f"spikes of tick {golden.tick_count - 1}")
            self.spikes += expected.size
            self.events += int(np.isin(self._sources()[golden.target < golden.n], expected).sum())
            if golden.block:
                travelled = golden.block.travelled(golden.spike)
                self.events += travelled
                self.conversions += travelled
        self.head = (self.head + ticks) % golden.config.delay_slots
        self.compare()

    def inject(self, first: int, end: int, polarity: int, magnitude: int):
        self.golden.inject(first, end, polarity, magnitude)
        self.core.send(Opcode.INJECT, first=first, end=end, delta=polarity * magnitude * 128)
        self.compare()

    def rest(self):
        self.golden.reset_membranes()
        self.core.send(Opcode.REST)
        self.compare()

    def settle(self):
        self.core.send(Opcode.SETTLE)
        self.compare()

    def modulate(self, dopamine: int, cortisol: int):
        self.core.send(Opcode.MODULATE, dopamine=dopamine, cortisol=cortisol)
        report = self.core.report(Tag.MODULATED)
        if block := self.golden.block:
            counts = block.pulse_counts(cell_changes(block, dopamine, cortisol))
            self.pulses += int(np.abs(counts).sum())
        expected = self.golden.modulate(dopamine, cortisol)
        assert (report["reinforced"], report["weakened"]) == expected
        self.compare()

    def astrocyte_step(self, *, clear: bool):
        if self.golden.astrocytes:
            self.golden.astrocyte_step(clear)
        self.core.send(Opcode.ASTROCYTES, clear=int(clear))
        self.compare()

    def prune(self):
        dead = self._image().address[self.golden.maturity == DEAD]
        self.core.send(Opcode.PRUNE)
        assert sorted(self.core.dropped()) == sorted(dead)
        assert self.golden.prune() == dead.size
        self.compare()

    def grow(self, acetylcholine: int):
        """Rewrite the rows, as the host does after synaptogenesis."""
        self.golden.synaptogenesis(acetylcholine)
        self.core.send(Opcode.SETTLE)  # the rows' ages are written, too, and cells go by them
        self.core.write(self._image().row_spans())
        self.compare()

    def _sources(self):
        """Return the source of each synapse."""
        return np.repeat(np.arange(self.golden.n), np.diff(self.golden.row_ptr))

    def _image(self) -> Image:
        return Image(self.golden, self.core.params)

    def compare(self):
        golden, image = self.golden, self._image()
        slots, neurons = golden.config.delay_slots, self.core.params.neurons
        spans = []
        for window, address, words in image.spans():
            if window is Window.RING:
                address = (address // neurons + self.head) % slots * neurons
            if window not in (Window.REGISTERS, Window.DECAYS):
                spans.append((window, address, words))
        extents = [(window, address, words.size) for window, address, words in spans]
        extents += [(window, 0, image.address.max(initial=-1) + 1) for window in VIEWS]
        registers, *found = self.core.read([(Window.REGISTERS, 0, len(REGISTERS)), *extents])

        self._compare_registers(image, registers)
        synapses = ages = cells = None
        for (window, _, words), actual in zip(spans, found, strict=False):
            match window:
                case Window.SYNAPSES:
                    synapses = actual
                case Window.AGES:
                    ages = actual["age"]
                case Window.CELLS:
                    cells = actual, words
                case Window.DOMAINS:  # between the synapses of a tile and its end there are none
                    self._compare("domain of a synapse", actual["domain"][image.address],
                                  words["domain"][image.address])
                case Window.INPUTS:
                    self._compare("input", actual["current"], self.current)
                case _:
                    for name in words.dtype.names:
                        self._compare(name, actual[name], words[name])
        if cells:
            self._compare_cells(ages, *cells)
        if synapses is None:
            return
        expected = next(words for window, _, words in spans if window is Window.SYNAPSES)
        self._compare_synapses(image, ages, synapses, expected)
        for name, view in zip(VIEWS.values(), found[len(spans):], strict=True):
            self._compare(f"{name} alone", view[name], synapses[name])

    def _compare_registers(self, image: Image, registers):
        expected = image.registers() | {"slot_head": self.head, "spikes": self.spikes,
                                        "events": self.events, "pulses": self.pulses,
                                        "conversions": self.conversions}
        expected = dict.fromkeys((counter.name for counter in COUNTERS), 0) | expected
        for register, word in zip(REGISTERS, registers["value"], strict=True):
            if not register.name.endswith("_cycles"):  # depend on the stall pattern
                self._compare(register.name, [register.decode(int(word))],
                              [int(expected[register.name])])

    def _compare_cells(self, ages, actual, expected):
        rows = np.repeat(ages[self.golden.block.sources], self.core.params.block_columns)
        actual = actual.copy()
        actual["eligibility"] = aged(actual["eligibility"], rows, self.golden.config.trace_decay)
        for name in actual.dtype.names:
            self._compare(f"cells, {name}", actual[name], expected[name])

    def _compare_synapses(self, image: Image, ages, actual, expected):
        assert ages.max(initial=0) <= AGE_MAX
        actual, expected = actual[image.address].copy(), expected[image.address]
        actual["eligibility"] = aged(actual["eligibility"], ages[self._sources()],
                                     self.golden.config.trace_decay)
        for name in SYNAPSE_FIELDS:
            self._compare(name, actual[name], expected[name])

    def _compare(self, name, actual, expected):
        np.testing.assert_array_equal(actual, expected,
                                      f"{name} before tick {self.golden.tick_count}")


def aged(eligibility, age, trace_decay: int):
    """Return eligibilities after as many decays as their ages say."""
    value = eligibility.astype(np.int32)
    for step in range(int(age.max(initial=0))):
        value = np.where(age > step, divide_toward_zero(value * trace_decay, 8), value)
    return value.astype(np.int8)


def play(pair: SideBySide, seed: int, steps: int):
    """Make a pool that only a crafted file could hold, and do at random all that can be done."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, pair.core.params.neurons))
    config = any_config(rng)
    config = dataclasses.replace(
        config, max_delay=min(config.max_delay, pair.core.params.delay_slots))
    if rng.random() < 0.1:
        config = dataclasses.replace(config, refractory_ticks=255)
    params = pair.core.params
    options = any_options(rng) if params.options else Options()
    pool = any_pool(rng, n=n, synapses=int(rng.integers(1, 8 * n)), config=config, options=options)
    if params.block_rows:  # its first lane may be that of any tile
        pool.block = any_block(
            rng, n, rows=int(rng.integers(1, min(n, params.block_rows) + 1)),
            columns=int(rng.integers(1, min(n, params.block_columns - params.tiles + 1) + 1)))
    if params.astrocytes and rng.random() < 0.9:
        pool.astrocytes = any_astrocytes(rng, pool,
                                         domains=int(rng.integers(params.astrocytes + 1)))
    pair.load(pool)
    operations = ["tick"] * 12 + ["silence", "run", "modulate", "prune", "inject", "rest", "settle",
                                  "grow"]
    operations += ["astrocytes"] * 4 * (params.astrocytes > 0)
    for _ in range(steps):
        match rng.choice(operations):
            case "tick":
                pair.tick(any_current(rng, n))
            case "silence":  # long enough for ages to reach their end
                pair.tick(np.full(n, -32768, np.int16))
                pair.run(int(rng.choice([7, 62, 125, 126, 127, 128, 129, 130, 260])))
            case "run":
                pair.run(int(rng.integers(0, 5)), silent=bool(rng.integers(2)))
            case "modulate":
                pair.modulate(*rng.choice([0, 29, 30, 31, 90, 128, 129, 135, 200, 255], 2).tolist())
            case "prune":
                pair.prune()
            case "inject":
                first, end = rng.integers(0, n + 3, 2).tolist()
                pair.inject(first, end, int(rng.choice([-1, 1])), int(rng.integers(256)))
            case "rest":
                pair.rest()
            case "astrocytes":
                pair.astrocyte_step(clear=bool(rng.random() < 0.2))
            case "settle":
                pair.settle()
            case "grow" if config.max_delay:
                pair.grow(int(rng.choice([139, 140, 255])))


def any_current(rng, n: int):
    """Return an input vector: none, faint, strong for a few, or anything."""
    match rng.integers(4):
        case 0:
            return np.zeros(n, np.int16)
        case 1:
            return rng.integers(-3000, 3000, n).astype(np.int16)
        case 2:
            return np.where(rng.random(n) < 0.2, 32767, 0).astype(np.int16)
        case _:
            return rng.integers(-32768, 32768, n).astype(np.int16)
