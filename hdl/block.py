"""The dense block of one tile: a crossbar that learns."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.crossbar import COUNT_SHIFT
from golden.arch.params import CoreParams

from .cell import CellOp
from .crossbar import Crossbar
from .delay import delayed, marked
from .records import cell_width
from .registers import CONFIG


class PulseCount(wiring.Component):
    """Pulses that make up a change of a weight.

    Computes `golden.arch.crossbar.pulse_count`, bit for bit, as magnitude and sign.

    A pipeline of 2 stages, 1 change per cycle: the outputs come 2 cycles after the inputs. No
    combinational paths from inputs to outputs.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    change : In(signed(10))
        Change.
    count : Out(7)
        Pulses.
    lowers : Out(1)
        The weight shall fall.
    """

    LATENCY = 2

    config: In(CONFIG)
    change: In(signed(10))
    count: Out(7)
    lowers: Out(1)

    def elaborate(self, platform):
        m = Module()
        product = delayed(m, abs(self.change) * self.config.pulse_gain, 1, name="product")
        pulses = (product + (1 << (COUNT_SHIFT - 1))) >> COUNT_SHIFT
        cap = self.config.pulse_cap
        m.d.sync += self.count.eq(Mux(pulses > cap, cap, pulses))
        m.d.comb += self.lowers.eq(delayed(m, self.change < 0, self.LATENCY, name="lowers"))
        return m


class DenseBlock(wiring.Component):
    """A crossbar between rows of neurons and those of one tile; see `golden.arch.block`.

    *Pass*: a weight is read, and its code comes `Crossbar.LATENCY` cycles later. In a pass that
    modulates, changes of weights come as well: a weight gets a pulse if its change amounts to more
    than `round` of them, and `more` tells whether one gets more than that. Its cells are written
    `MODULATED` cycles after the change.

    *Slow tick*: all cells drift, one weight per cycle, also those that belong to no block.

    Sweeps, passes and slow ticks never overlap; the caller sees to it.

    Parameters
    ----------
    params : CoreParams
        Build parameters; with a dense block.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    modulating : In(1)
        The pass modulates; constant while weights are under way.
    index : In
        Weight to be read, ``row * tile_columns + column``.
    code : Out(signed(8))
        Its code.
    change_valid, change_index, change : In
        Change of a weight.
    round : In(7)
        Pulses that each weight of the row has had, if it was to have them.
    restart : In(1)
        Forget `more`.
    more : Out(1)
        Since then, a weight has had a pulse that is not its last.
    pulse : Out(1)
        A weight gets a pulse.
    drift : In(1)
        Strobe: a slow tick begins.
    idle : Out(1)
        No slow tick under way.
    cells, traits, draws, entries, cell, trait, draw, entry
        The host's sides, as of `Crossbar`.
    """

    MODULATED = PulseCount.LATENCY + Crossbar.MOVED
    HOSTS = ("cells", "traits", "draws", "entries")
    SHOWN = ("cell", "trait", "draw", "entry")

    def __init__(self, params: CoreParams):
        self.params = params
        # the tables of eight tiles would take a third of the block memories of an LFE5U-85F; an
        # iCE40 has no memories in logic cells
        self.crossbar = Crossbar(params.block_rows, params.tile_columns,
                                 None if params.single_port else "distributed")
        width = cell_width(params)
        super().__init__({
            "config": In(CONFIG),
            "modulating": In(1),
            "index": In(width),
            "code": Out(signed(8)),
            "change_valid": In(1),
            "change_index": In(width),
            "change": In(signed(10)),
            "round": In(7),
            "restart": In(1),
            "more": Out(1),
            "pulse": Out(1),
            "drift": In(1),
            "idle": Out(1),
            **{name: self.crossbar.signature.members[name] for name in (*self.HOSTS, *self.SHOWN)},
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.crossbar = crossbar = self.crossbar
        m.submodules.counts = counts = PulseCount()
        for name in self.HOSTS:
            wiring.connect(m, getattr(crossbar, name), wiring.flipped(getattr(self, name)))
        m.d.comb += [getattr(self, name).eq(getattr(crossbar, name)) for name in self.SHOWN]

        # a slow tick goes through all cells
        drifting = Signal()
        place = Signal(range(self.params.block_rows * self.params.tile_columns))
        moving = marked(m, drifting, crossbar.MOVED + 1, name="moving")
        with m.If(drifting):
            m.d.sync += place.eq(place + 1)
            with m.If(place == self.params.block_rows * self.params.tile_columns - 1):
                m.d.sync += [drifting.eq(0), place.eq(0)]
        with m.If(self.drift):
            m.d.sync += drifting.eq(1)
        slow = Signal()
        m.d.comb += [slow.eq(Cat(moving).any()), self.idle.eq(~slow)]

        # a pulse for whoever has not had all of its own
        due = marked(m, self.change_valid, counts.LATENCY, name="due")[-1]
        m.d.comb += [
            counts.config.eq(self.config),
            counts.change.eq(self.change),
            self.pulse.eq(due & (counts.count > self.round)),
        ]
        with m.If(self.restart):
            m.d.sync += self.more.eq(0)
        with m.If(due & (counts.count > self.round + 1)):
            m.d.sync += self.more.eq(1)

        m.d.comb += [
            crossbar.config.eq(self.config),
            crossbar.op.eq(CellOp.READ),
            crossbar.index.eq(self.index),
            crossbar.lowers.eq(counts.lowers),
            self.code.eq(crossbar.code),
        ]
        with m.If(slow):
            m.d.comb += [
                crossbar.op.eq(CellOp.DRIFT),
                crossbar.valid.eq(drifting),
                crossbar.index.eq(place),
            ]
        with m.Elif(self.modulating):
            m.d.comb += [
                crossbar.op.eq(CellOp.PULSE),
                crossbar.valid.eq(self.pulse),
                crossbar.index.eq(delayed(m, self.change_index, counts.LATENCY,
                                          name="pulse_index")),
            ]
        return m
