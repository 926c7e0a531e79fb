"""Ages and kinds of the rows, one table for the whole pool."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.records import AGE_MAX, SOURCE
from golden.arch.windows import Window

from .records import SourceWord, from_line, to_line
from .window import WindowBus


class AgeTable(wiring.Component):
    """One word per source: how many decays its row is behind, and whether it is inhibitory.

    A sweep advances the ages of one neuron of each tile per cycle; a visit looks one up and then
    sets it. The two never overlap, nor do they with the host.

    A lookup takes 1 cycle. No combinational path from inputs to outputs but to `source_word`
    from `lane`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    advance : In(1)
        Add one tick to the age of neuron `advance_local` of every tile; saturates at 129.
    advance_local : In
        Which neuron.
    source : In
        Row looked up, or set.
    source_word : Out(SourceWord)
        The row that `source` named in the previous cycle, and names still.
    set : In(1)
        Set the age of row `source` to `age`; its kind stays.
    age : In(8)
        New age.
    bus : In(WindowBus(params))
        The host's window SOURCES.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "advance": In(1),
            "advance_local": In(params.local_width),
            "source": In(params.source_width),
            "source_word": Out(SourceWord),
            "set": In(1),
            "age": In(8),
            "bus": In(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params, bus = self.params, self.bus
        row = data.ArrayLayout(SourceWord, params.tiles)
        m.submodules.memory = memory = Memory(shape=row, depth=params.tile_neurons, init=[])
        write = memory.write_port(granularity=1)
        read = memory.read_port()

        hosting = bus.active & (bus.window == Window.SOURCES)
        local = self.source >> params.tile_width
        tile = self.source[:params.tile_width] if params.tiles > 1 else Const(0, 1)
        lane = Mux(hosting, bus.tile, tile)
        m.d.comb += [
            read.en.eq(1),
            read.addr.eq(Mux(hosting, bus.address, Mux(self.advance, self.advance_local, local))),
            self.source_word.eq(read.data[tile]),
        ]

        advancing = Signal()
        advanced_local = Signal(params.local_width)
        m.d.sync += [advancing.eq(self.advance), advanced_local.eq(self.advance_local)]
        word = Signal(SourceWord)
        m.d.comb += word.eq(read.data[tile])
        with m.If(hosting):
            m.d.comb += word.eq(from_line(SOURCE, bus.write_data))
        with m.Else():
            m.d.comb += word.age.eq(self.age)
        with m.If(advancing):
            m.d.comb += [write.addr.eq(advanced_local), write.en.eq(-1)]
            for index in range(params.tiles):
                before = read.data[index]
                m.d.comb += [
                    write.data[index].inhibitory.eq(before.inhibitory),
                    write.data[index].age.eq(Mux(before.age >= AGE_MAX, AGE_MAX, before.age + 1)),
                ]
        with m.Else():
            m.d.comb += [
                write.addr.eq(Mux(hosting, bus.address, local)),
                write.data.eq(Cat(word.as_value().replicate(params.tiles))),
                write.en.eq((self.set | (hosting & bus.write)) << lane),
            ]

        answered = Signal()
        m.d.sync += answered.eq(hosting)
        with m.If(answered):
            m.d.comb += bus.read_data.eq(to_line(SOURCE, read.data[bus.tile]))
        return m
