"""The sweep: every neuron of the pool once."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams

from .neuron import SweepOp
from .tile import SweepStep


class Sweep(data.StructLayout):
    """What to do to which neurons.

    Members
    -------
    op : SweepOp
        Operation.
    first, end : unsigned(32)
        Neurons ``first <= i < end``; those past the end of the pool are left out.
    delta : signed(16)
        INJECT: what to add.
    """

    def __init__(self):
        super().__init__({"op": SweepOp, "first": 32, "end": 32, "delta": signed(16)})


class Sweeper(wiring.Component):
    """Step all tiles through their neurons, one neuron per tile and cycle.

    Neuron i is word ``i // tiles`` of tile ``i % tiles``, so the spikes of step after step, tile
    after tile, come in ascending order.

    A sweep takes ``ceil(n / tiles)`` cycles and 1 more until `idle`. `commands.ready` depends on
    registers alone.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    neuron_count : In(17)
        Neurons of the pool.
    commands : In(stream.Signature(Sweep()))
        Sweeps to make.
    step : Out(SweepStep(params))
        Step for all tiles.
    enable : Out(params.tiles)
        For which tiles its neuron exists and is wanted.
    swept_local : Out
        The previous cycle's step: where its spikes belong.
    idle : Out(1)
        No step under way.
    """

    commands: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "neuron_count": In(17),
            "commands": In(stream.Signature(Sweep())),
            "step": Out(SweepStep(params)),
            "enable": Out(params.tiles),
            "swept_local": Out(params.local_width),
            "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params, step = self.params, self.step
        sweep = Signal(Sweep())
        running = Signal()
        draining = Signal()
        local = Signal(params.local_width)
        last = Signal.like(local)
        m.d.comb += [
            last.eq((self.neuron_count - 1) >> params.tile_width),
            step.valid.eq(running),
            step.op.eq(sweep.op),
            step.local.eq(local),
            step.delta.eq(sweep.delta),
            self.commands.ready.eq(self.idle),
            self.idle.eq(~running & ~draining),
        ]
        for tile in range(params.tiles):
            neuron = local * params.tiles + tile
            m.d.comb += self.enable[tile].eq(Cat(
                neuron < self.neuron_count, neuron >= sweep.first, neuron < sweep.end).all())
        m.d.sync += [draining.eq(running), self.swept_local.eq(local)]
        with m.If(self.commands.valid & self.commands.ready):
            m.d.sync += [sweep.eq(self.commands.payload), running.eq(1), local.eq(0)]
        with m.Elif(running):
            m.d.sync += local.eq(local + 1)
            with m.If(local == last):
                m.d.sync += running.eq(0)
        return m
