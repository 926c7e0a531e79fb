"""The sweep: every neuron of the pool once."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams


class SweepStep(data.StructLayout):
    """One step of a sweep, the same for all tiles.

    Members
    -------
    valid : unsigned(1)
        A step starts.
    local : unsigned
        Which neuron of each tile.
    """

    def __init__(self, params: CoreParams):
        super().__init__({"valid": 1, "local": params.local_width})


class Sweeper(wiring.Component):
    """Step all tiles through their neurons, one neuron per tile and cycle.

    Neuron i is word ``i // tiles`` of tile ``i % tiles``, so the spikes of step after step, tile
    after tile, come in ascending order.

    A sweep takes ``ceil(n / tiles)`` cycles; its first step comes 2 cycles after `start`. No
    combinational paths from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    neuron_count : In(params.count_width)
        Neurons of the pool.
    first, end : In(17)
        Neurons ``first <= i < end`` are enabled, if they belong to the pool; constant during a
        sweep.
    slow : In(1)
        Every other cycle has a step, not every one; constant during a sweep.
    start : In(1)
        Begin a sweep, when `idle`.
    step : Out(SweepStep(params))
        Step for all tiles.
    enable : Out(params.tiles)
        For which tiles its neuron exists and is wanted.
    idle : Out(1)
        No step left; 0 from the cycle after `start`.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "neuron_count": In(params.count_width),
            "first": In(17),
            "end": In(17),
            "slow": In(1),
            "start": In(1),
            "step": Out(SweepStep(params)),
            "enable": Out(params.tiles),
            "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        running = Signal()
        moves = Signal()
        local = Signal(params.local_width)
        following = Signal(params.local_width + 1)
        m.d.comb += following.eq(local + 1)
        m.d.sync += [
            self.step.valid.eq(running & moves),
            self.step.local.eq(local),
        ]
        # steps and pauses take turns
        m.d.comb += moves.eq(~self.slow | ~self.step.valid)
        m.d.comb += self.idle.eq(~running & ~self.step.valid)
        for tile in range(params.tiles):
            neuron = Cat(Const(tile, params.tile_width), local)
            exists = neuron < self.neuron_count if params.tiles > 1 else Const(1, 1)
            m.d.sync += self.enable[tile].eq(
                exists & ~_is_below(neuron, self.first) & _is_below(neuron, self.end))
        with m.If(self.start):
            m.d.sync += [running.eq(1), local.eq(0)]
        with m.Elif(running & moves):
            m.d.sync += local.eq(following)
            with m.If(Cat(Const(0, params.tile_width), following) >= self.neuron_count):
                m.d.sync += running.eq(0)
        return m


def _is_below(neuron, limit):
    """Return whether a number is below a wider one; its upper bits need no carry chain."""
    return (neuron < limit[:len(neuron)]) | limit[len(neuron):].any()
