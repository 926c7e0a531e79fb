"""The specification of the pool, sentence by sentence, in plain Python: a judge of the model.

Nothing is shared with the model but the names of the state; nothing is fast.
"""

import itertools

from golden.arch import crossbar as contract
from golden.arch.config import Dale, Homeostasis, Leak, Reset
from golden.model import STATE_FIELDS, Pool

ASTROCYTE_FIELDS = ("feed", "domain", "calcium", "active", "gliotransmitter")

U64 = 1 << 64


def sat8(value):
    return max(-128, min(127, value))


def sat16(value):
    return max(-32768, min(32767, value))


def tdiv(value, divisor):
    return -(-value // divisor) if value < 0 else value // divisor


def inc(maturity):
    counter, state = maturity >> 2, maturity & 3
    if state == 3:
        return maturity
    counter = min(counter + 1, 63)
    if state == 0 and counter >= 8:
        return 0x01
    if state == 1 and counter >= 24:
        return 0x02
    if state == 2 and counter >= 63:
        return 0x03
    return counter << 2 | state


def dec(maturity):
    counter, state = maturity >> 2, maturity & 3
    if state == 3:
        return maturity
    if counter > 0:
        return counter - 1 << 2 | state
    return {0: 0x00, 1: 0x10, 2: 0x31}[state]


class LiteralAstrocytes:
    """Astrocytes of Python lists."""

    def __init__(self, astrocytes):
        self.config = astrocytes.config
        for name in ASTROCYTE_FIELDS:
            setattr(self, name, getattr(astrocytes, name).tolist())

    def carried(self, synapse, weight):
        domain = self.domain[synapse]
        if domain >= len(self.calcium):
            return weight
        change = self.config.alpha * self.gliotransmitter[self.calcium[domain] // 256] // 256
        gain = 256 + change if self.config.facilitates else 256 - change
        return sat8(weight * gain // 256)

    def listen(self, spike):
        for i, fired in enumerate(spike):
            if fired and self.feed[i] < len(self.calcium):
                self.active[self.feed[i]] = True

    def step(self, clear):
        for d, calcium in enumerate(self.calcium):
            calcium = max(0, calcium - max(1, calcium // 2**self.config.decay_shift))
            if self.active[d]:
                calcium = min(65535, calcium + self.config.influx)
            self.calcium[d] = 0 if clear else calcium
            self.active[d] = False


class LiteralPool:
    """A pool of Python lists."""

    def __init__(self, pool: Pool):
        self.config, self.options = pool.config, pool.options
        self.tick_count, self.last_spike_count = pool.tick_count, pool.last_spike_count
        self.n = pool.n
        for name in (*STATE_FIELDS, "leak_fraction"):
            setattr(self, name, getattr(pool, name).tolist())
        self.astrocytes = pool.astrocytes and LiteralAstrocytes(pool.astrocytes)
        self.block = LiteralBlock(pool.block) if pool.block else None

    def leak_step(self, i):
        difference = self.config.resting_potential - self.potential[i]
        if self.options.leak is Leak.FRACTION:
            return (difference * self.leak_fraction[i] + 2048) // 4096
        return difference >> (8 - min(self.leak[i], 7))

    def tick(self, current):
        config, options, n = self.config, self.options, self.n
        syn = self.ring.pop(0)
        self.ring.append([0] * n)
        for i in range(n):
            if self.refractory[i] > 0:
                self.refractory[i] -= 1
                self.spike[i] = False
                continue
            m = sat16(self.potential[i] + self.leak_step(i))
            if i < len(current):
                m = sat16(m + int(current[i]))
            m = sat16(m + syn[i])
            self.spike[i] = m >= self.threshold[i]
            if self.spike[i]:
                m = (sat16(m - self.threshold[i]) if options.reset is Reset.SUBTRACT
                     else config.reset_potential)
                self.refractory[i] = config.refractory_ticks
                self.trace[i] = sat8(self.trace[i] + config.stdp_positive)
            self.potential[i] = m
            self.trace[i] = tdiv(self.trace[i] * config.trace_decay, 256)

        for s in range(n):
            if not self.spike[s]:
                continue
            for y in range(self.row_ptr[s], self.row_ptr[s + 1]):
                target = self.target[y]
                if target >= n:
                    continue
                bump = config.stdp_negative if self.spike[target] else config.stdp_positive
                self.eligibility[y] = sat8(self.eligibility[y] + bump)
                slot = (max(self.delay[y], 1) - 1) % len(self.ring)
                weight = self.weight[y]
                if self.astrocytes:
                    weight = self.astrocytes.carried(y, weight)
                self.ring[slot][target] = sat16(
                    self.ring[slot][target] + weight * 2**options.weight_shift)
            if self.block:
                self.block.propagate(self, s)
        if self.astrocytes:
            self.astrocytes.listen(self.spike)

        self.homeostasis()
        self.eligibility = [tdiv(e * config.trace_decay, 256) for e in self.eligibility]
        if self.block:
            self.block.end_tick(self)
        self.last_spike_count = sum(self.spike)
        self.tick_count = (self.tick_count + 1) % U64

    def homeostasis(self):
        step, due = self.config.homeostatic_rate, self.tick_count % 100 == 0
        match self.options.homeostasis:
            case Homeostasis.REFERENCE if step > 0 and due:
                low, high = 6, 26
                self.rate = [(rate * 255 + (256 if spike else 0)) // 256
                             for rate, spike in zip(self.rate, self.spike, strict=True)]
            case Homeostasis.RATE:
                low = high = 3277
                self.rate = [min(65535, rate - (rate >> 8) + 256 * spike)
                             for rate, spike in zip(self.rate, self.spike, strict=True)]
            case _:
                return
        for i in range(self.n if due else 0):
            if self.rate[i] > high:
                self.threshold[i] = sat16(self.threshold[i] + step)
            elif self.rate[i] < low:
                self.threshold[i] = sat16(self.threshold[i] - step)

    def inject(self, first, end, polarity, magnitude):
        for i in range(first, min(end, self.n)):
            self.potential[i] = sat16(self.potential[i] + polarity * magnitude * 128)

    def source(self, synapse):
        return next(s for s in range(self.n) if synapse < self.row_ptr[s + 1])

    def modulate(self, dopamine, cortisol):
        r, w = max(dopamine - 128, 0), max(cortisol - 30, 0)
        reinforced = weakened = 0
        for y, elig in enumerate(self.eligibility):
            if elig == 0 or self.maturity[y] & 3 == 3:
                continue
            delta = tdiv(elig * r, 64) - tdiv(elig * w, 64)
            if delta == 0:
                continue
            weight = self.weight[y]
            new = max(-127, min(127, weight + delta))
            if weight * new < 0:
                new = 0
            if self.options.dale is Dale.STRICT and weight == 0:
                inhibitory = self.flags[self.source(y)] & 1
                new = min(new, 0) if inhibitory else max(new, 0)
            self.weight[y] = new
            if delta > 0:
                self.maturity[y] = inc(self.maturity[y])
                reinforced += 1
            else:
                self.maturity[y] = dec(self.maturity[y])
                weakened += 1
        if self.block:
            cells = self.block.modulate(r, w)
            reinforced, weakened = reinforced + cells[0], weakened + cells[1]
        return reinforced, weakened

    def insert(self, source, target, weight, delay):
        at = self.row_ptr[source + 1]
        for name, value in (("target", target), ("weight", weight), ("delay", delay),
                            ("eligibility", 0), ("maturity", 0x10)):
            getattr(self, name).insert(at, value)
        if self.astrocytes:
            self.astrocytes.domain.insert(at, 65535)
        for i in range(source + 1, self.n + 1):
            self.row_ptr[i] += 1

    def synaptogenesis(self, acetylcholine):
        if acetylcholine < 140:
            return 0
        active = [i for i in range(self.n) if abs(self.trace[i]) > 5]
        if len(active) < 2:
            return 0
        draw = generator((self.tick_count * 0xBEEF) % U64 ^ 0xCAFE)
        created = 0
        for source in active:
            if created >= 16:
                break
            length = self.row_ptr[source + 1] - self.row_ptr[source]
            if length % 65536 >= self.config.max_synapses_per_neuron:
                continue
            for target in active:
                row = self.target[self.row_ptr[source]:self.row_ptr[source + 1]]
                if created >= 16 or target == source or target in row:
                    continue
                magnitude = next(draw) % 20 + 5
                delay = next(draw) % self.config.max_delay + 1
                self.insert(source, target, signed(magnitude, self.flags[source]),
                            min(max(delay, 1), 8))
                created += 1
        return created

    def prune(self):
        before = len(self.target)
        for y in reversed(range(before)):
            if self.maturity[y] == 0:
                source = self.source(y)
                for name in ("target", "weight", "delay", "eligibility", "maturity"):
                    del getattr(self, name)[y]
                if self.astrocytes:
                    del self.astrocytes.domain[y]
                for i in range(source + 1, self.n + 1):
                    self.row_ptr[i] -= 1
        return before - len(self.target)


class LiteralBlock:
    """The dense block of a pool, one cell after the other."""

    def __init__(self, block):
        self.params, self.crossbar = block.params, block.array.params
        self.step_shift = block.array.tables.step_shift
        self.pulses = 0
        for name, values in block.fields().items():
            setattr(self, name, values.tolist())

    def propagate(self, pool, source):
        row = source - self.params.first_source
        if not 0 <= row < self.crossbar.rows:
            return
        slot = (max(self.params.delay, 1) - 1) % len(pool.ring)
        for column in range(self.crossbar.columns):
            target = self.params.first_target + column
            bump = (pool.config.stdp_negative if pool.spike[target]
                    else pool.config.stdp_positive)
            self.eligibility[row][column] = sat8(self.eligibility[row][column] + bump)
            pool.ring[slot][target] = sat16(
                pool.ring[slot][target] + self.code(row, column) * 2**pool.options.weight_shift)

    def code(self, row, column):
        plus, minus = (contract.attenuated(
            contract.cell_code(self.conductance, self.state[plane][row][column],
                               self.gain[plane][row][column],
                               contract.Stuck(self.stuck[plane][row][column])),
            self.loss[plane][row][column]) for plane in contract.Plane)
        return contract.convert(plus - minus, self.crossbar.adc_shift, self.crossbar.adc_bits)

    def end_tick(self, pool):
        period = self.params.drift_period
        slow = period > 0 and pool.tick_count % period == period - 1
        for row, column in self.cells():
            self.eligibility[row][column] = tdiv(
                self.eligibility[row][column] * pool.config.trace_decay, 256)
            for plane in contract.Plane if slow else ():
                if self.stuck[plane][row][column] == contract.Stuck.WORKS:
                    self.state[plane][row][column] = contract.drifted(
                        self.state[plane][row][column], self.crossbar.drift_shift)

    def modulate(self, r, w):
        reinforced = weakened = 0
        for row, column in self.cells():
            elig = self.eligibility[row][column]
            delta = tdiv(elig * r, 64) - tdiv(elig * w, 64)
            reinforced, weakened = reinforced + (delta > 0), weakened + (delta < 0)
            count = contract.pulse_count(delta, self.crossbar.pulse_gain, self.crossbar.pulse_cap)
            self.pulses += abs(count)
            for _ in range(abs(count)):
                for plane in contract.Plane:
                    kind = contract.Polarity((count > 0) == (plane is contract.Plane.MINUS))
                    self.pulse(plane, row, column, kind)
        return reinforced, weakened

    def pulse(self, plane, row, column, kind):
        bits, self.register[plane][column] = contract.draw(self.register[plane][column])
        if self.stuck[plane][row][column] != contract.Stuck.WORKS:
            return
        state = self.state[plane][row][column]
        step = contract.pulse_step(
            contract.interpolate(self.step[kind], state), self.scale[plane][kind][row][column],
            self.step_shift[kind], self.crossbar.noise, bits)
        self.state[plane][row][column] = contract.pulsed(state, kind, step)

    def cells(self):
        return itertools.product(range(self.crossbar.rows), range(self.crossbar.columns))


def signed(magnitude, flags):
    return -magnitude if flags & 1 else magnitude


def generator(state):
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % U64
        yield state >> 33


def random_rows(n, threshold, config, seed, flags):
    """Return the rows of a random pool: lists of (target, weight, delay)."""
    draw = generator(seed ^ n)
    rows = []
    for source in range(n):
        rows.append(row := [])
        for target in range(n):
            if target == source:
                continue
            if len(row) >= config.max_synapses_per_neuron:
                break
            if next(draw) < threshold:
                magnitude = next(draw) % 60 + 10
                delay = next(draw) % config.max_delay + 1
                row.append((target, signed(magnitude, flags[source]), min(max(delay, 1), 8)))
    return rows


def assert_same(pool: Pool, literal: LiteralPool):
    """Fail, naming the first array that differs, unless both hold the same."""
    for name in STATE_FIELDS:
        assert getattr(pool, name).tolist() == getattr(literal, name), name
    for name in ASTROCYTE_FIELDS if pool.astrocytes else ():
        assert getattr(pool.astrocytes, name).tolist() == getattr(literal.astrocytes, name), name
    for name, values in pool.block.fields().items() if pool.block else ():
        assert values.tolist() == getattr(literal.block, name), f"block {name}"
    assert (pool.tick_count, pool.last_spike_count) == (literal.tick_count,
                                                        literal.last_spike_count)
