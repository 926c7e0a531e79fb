"""The arithmetic of memristor cells: one plane of a crossbar, one cell per cycle."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.crossbar import (
    DITHER_BITS,
    DRAW_BITS,
    FACTOR_SHIFT,
    FRACTION_BITS,
    NOISE_SHIFT,
    STATE_BITS,
    STATE_FULL,
    TABLE_DEPTH,
    UNIT_SHIFT,
    Polarity,
    Stuck,
)
from golden.arch.params import index_width

from .delay import delayed
from .registers import CONFIG
from .store import HostPort, Store


class CellOp(enum.Enum, shape=2):
    """What happens to cells."""

    READ = 0   # their currents are asked for
    PULSE = 1  # each gets one pulse
    DRIFT = 2  # a slow tick passes


class EntryWord(data.StructLayout):
    """One entry of the three tables.

    Members
    -------
    steps : ArrayLayout(unsigned(16), 2)
        Of a SET and of a RESET pulse.
    conductance : unsigned(16)
        Conductance.
    """

    def __init__(self):
        super().__init__({"steps": data.ArrayLayout(16, len(Polarity)), "conductance": 16})


class CellTables(wiring.Component):
    """The tables, two neighbouring entries at a time.

    Even and odd entries lie in memories of their own. A lookup takes 1 cycle, and one may start in
    each. No combinational paths from inputs to outputs.

    Parameters
    ----------
    style : str, optional
        Kind of memory, as of `Store`.

    Members
    -------
    index : In(range(256))
        Entry to look up.
    here, there : Out(EntryWord())
        That entry and the one after it, one cycle later; after the last one, any.
    host : In(HostPort(EntryWord(), 8))
        The host's side; it reads `here`.
    """

    index: In(range(TABLE_DEPTH))
    here: Out(EntryWord())
    there: Out(EntryWord())
    host: In(HostPort(EntryWord(), index_width(TABLE_DEPTH)))

    def __init__(self, style: str | None = None):
        self.style = style
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        host = self.host
        banks = [Store(EntryWord(), TABLE_DEPTH // 2, style=self.style) for _ in range(2)]
        m.submodules.even, m.submodules.odd = banks
        index = Signal.like(self.index)
        m.d.comb += index.eq(Mux(host.claim, host.address, self.index))
        # the entry after an odd one lies one word further among the even ones
        for parity, (bank, place) in enumerate(zip(banks, (index + 1, index), strict=True)):
            m.d.comb += [
                bank.read_address.eq(place >> 1),
                bank.write_address.eq(index >> 1),
                bank.write_data.eq(host.data),
                bank.write_enable.eq(host.claim & host.write & (index[0] == parity)),
            ]
        odd = delayed(m, index[0], 1, name="odd")
        even_entry, odd_entry = (bank.read_data for bank in banks)
        m.d.comb += [
            self.here.eq(Mux(odd, odd_entry, even_entry)),
            self.there.eq(Mux(odd, even_entry, odd_entry)),
        ]
        return m


class CellPath(wiring.Component):
    """What a cell conducts, and what a pulse or a slow tick makes of it.

    Computes `cell_code` and `attenuated`, `pulse_step` and `pulsed`, or `drifted` of
    `golden.arch.crossbar`, bit for bit, for tables whose conductances are at most `CODE_ONE`.

    A pipeline of 9 stages, 1 cell per cycle: the outputs come 9 cycles after the inputs. `op` and
    `config` are constant while cells are under way. No combinational paths from inputs to
    outputs.

    Parameters
    ----------
    style : str, optional
        Kind of memory of the tables, as of `Store`.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    op : In(CellOp)
        What to do.
    polarity : In(1)
        PULSE: kind of the pulse, a `Polarity`.
    state : In(16), stuck : In(2), loss : In(16)
        Cell.
    ratio : In(8)
        READ: its gain; PULSE: its scale for pulses of that kind.
    bits : In(24)
        PULSE: a draw.
    arrived : Out(16)
        READ: what arrives of its current.
    moved : Out(16)
        PULSE, DRIFT: its state afterwards, unless it is stuck.
    host : In(HostPort(EntryWord(), 8))
        The host's side of the tables.
    entry : Out(EntryWord())
        What the host reads, one cycle after the address.
    """

    LATENCY = 9

    config: In(CONFIG)
    op: In(CellOp)
    polarity: In(1)
    state: In(STATE_BITS)
    stuck: In(2)
    loss: In(16)
    ratio: In(8)
    bits: In(DRAW_BITS)
    arrived: Out(16)
    moved: Out(STATE_BITS)
    host: In(HostPort(EntryWord(), index_width(TABLE_DEPTH)))
    entry: Out(EntryWord())

    def __init__(self, style: str | None = None):
        self.style = style
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        reading = self.op == CellOp.READ
        m.submodules.tables = tables = CellTables(self.style)
        wiring.connect(m, tables.host, wiring.flipped(self.host))
        m.d.comb += self.entry.eq(tables.here)

        # 0: which entries?
        state = Signal(STATE_BITS)
        m.d.comb += state.eq(self.state)
        with m.If(reading & (self.stuck == Stuck.OFF)):
            m.d.comb += state.eq(STATE_FULL)
        with m.If(reading & (self.stuck == Stuck.ON)):
            m.d.comb += state.eq(0)
        m.d.comb += tables.index.eq(state >> FRACTION_BITS)

        # 1..4: interpolated
        resets = delayed(m, self.polarity, 1, name="resets")
        here, there = (
            delayed(m, Mux(reading, entry.conductance, entry.steps[resets]), 1, name=name)
            for name, entry in (("here", tables.here), ("there", tables.there)))
        difference = delayed(m, there - here, 1, name="difference")
        fraction = delayed(m, state[:FRACTION_BITS], 3, name="fraction")
        part = delayed(m, difference * fraction, 1, name="part")
        half = 1 << (FRACTION_BITS - 1)
        value = delayed(m, (delayed(m, here, 2, name="base") + ((part + half) >> FRACTION_BITS))
                        [:16], 1, name="value")

        # 0..4: by what is that multiplied?
        deviation = delayed(m, self.bits[16:] - self.bits[8:16], 1, name="deviation")
        noise = delayed(m, self.config.noise * deviation, 1, name="noise")
        spread = Signal(signed(NOISE_SHIFT + 3))
        m.d.comb += spread.eq((1 << NOISE_SHIFT) + noise)
        spread = delayed(m, Mux(spread < 0, 0, spread[:NOISE_SHIFT + 2]), 1, name="spread")
        ratio = delayed(m, self.ratio, 3, name="ratio")
        scaled = delayed(m, ratio * spread, 1, name="scaled")
        scaled = scaled >> (UNIT_SHIFT + NOISE_SHIFT - FACTOR_SHIFT)
        factor = delayed(m, Mux(reading, delayed(m, ratio, 1, name="gain"), scaled)[:16], 1,
                         name="factor")

        # 5: multiplied
        product = delayed(m, value * factor, 1, name="product")

        # 6..8 of a read: through the wires
        unit = 1 << UNIT_SHIFT
        code = delayed(m, ((product + unit // 2) >> UNIT_SHIFT)[:16], 1, name="code")
        loss = delayed(m, self.loss, 7, name="loss")
        lost = delayed(m, code * loss, 1, name="lost")
        m.d.sync += self.arrived.eq((lost + delayed(m, code, 1, name="sent") + (1 << 15)) >> 16)

        # 6..8 of a pulse: what the dither can't reach is dropped before it is added. A slow tick
        # is a step of the same shifter
        drift = Signal(32)
        shift = Signal(4)
        before = delayed(m, self.state, 6, name="before")
        drifting = self.op == CellOp.DRIFT
        drift_shift = self.config.drift_shift
        resets = delayed(m, resets, 5, name="resets_late")
        fine = FACTOR_SHIFT - DITHER_BITS
        m.d.comb += [
            drift.eq(Mux(drift_shift[4], 0, before << FACTOR_SHIFT)),
            shift.eq(Mux(drifting, drift_shift, Mux(
                resets, self.config.reset_shift, self.config.set_shift))),
        ]
        shifted = delayed(m, (Mux(drifting, drift, product) >> fine) >> shift, 1, name="shifted")
        dither = Mux(drifting, 0, delayed(m, self.bits[:DITHER_BITS], 7, name="dither"))
        step = delayed(m, (shifted + dither) >> DITHER_BITS, 1, name="step")
        before = delayed(m, before, 2, name="state")
        rises = drifting | delayed(m, resets, 2, name="rises")
        lower, higher = before - step, before + step
        m.d.sync += self.moved.eq(Mux(
            rises, Mux(higher > STATE_FULL, STATE_FULL, higher[:STATE_BITS]),
            Mux(lower < 0, 0, lower[:STATE_BITS])))
        return m
