"""Ages of the rows, one table for the whole pool."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.records import AGE_MAX
from golden.arch.windows import Window

from .delay import delayed
from .window import WindowBus


class AgeTable(wiring.Component):
    """How many decays each row is behind.

    A sweep advances the ages of one neuron of each tile per cycle; a pass looks one up per cycle
    and sets those before. The two never overlap, nor do they with the host.

    A lookup takes 1 cycle, a change at most 3. No combinational paths from inputs to outputs.

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
        Row to look up.
    enable : In(1)
        Look it up; else `age` goes on showing the former one.
    age : Out(8)
        Its age, one cycle later.
    set : In(1), set_source : In, set_age : In(8)
        New age of a row.
    bus : In(WindowBus(params))
        The host's window AGES.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "advance": In(1),
            "advance_local": In(params.local_width),
            "source": In(params.source_width),
            "enable": In(1),
            "age": Out(8),
            "set": In(1),
            "set_source": In(params.source_width),
            "set_age": In(8),
            "bus": In(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params, bus = self.params, self.bus
        m.submodules.memory = memory = Memory(shape=8 * params.tiles, depth=params.tile_neurons,
                                              init=[])
        write = memory.write_port(granularity=8)
        read = memory.read_port()
        hosting = bus.active & (bus.window == Window.AGES)

        def tile_of(source):
            return source[:params.tile_width] if params.tiles > 1 else Const(0, 1)

        tile = Signal(max(1, params.tile_width))
        with m.If(read.en):
            m.d.sync += tile.eq(Mux(hosting, bus.tile, tile_of(self.source)))
        m.d.comb += [
            read.en.eq(self.enable | self.advance | hosting),
            read.addr.eq(Mux(hosting, bus.address, Mux(
                self.advance, self.advance_local, self.source >> params.tile_width))),
            self.age.eq(read.data.word_select(tile, 8)),
        ]

        # changes are registered, so that neither the memory's output, which is late in a cycle that
        # is short, nor its input has to meet the sum
        late = 0 if params.single_port else 1
        ages = delayed(m, read.data, late, name="ages")
        older = []
        for index in range(params.tiles):
            age = ages.word_select(index, 8)
            older.append(Mux(age >= AGE_MAX, AGE_MAX, age + 1)[:8])
        setting = self.set | (hosting & bus.write)
        changed_tile = Mux(hosting, bus.tile, tile_of(self.set_source))
        advanced = delayed(m, self.advance, 1 + late, name="advanced")
        advanced_local = delayed(m, self.advance_local, 1 + late, name="advanced_local")
        m.d.sync += [
            write.en.eq(Mux(advanced, -1, Mux(setting, 1 << changed_tile, 0))),
            write.addr.eq(Mux(hosting, bus.address, Mux(
                advanced, advanced_local, self.set_source >> params.tile_width))),
            write.data.eq(Mux(advanced, Cat(older), Mux(
                hosting, bus.write_data[:8], self.set_age).replicate(params.tiles))),
        ]

        answered = delayed(m, hosting, 1, name="answered")
        m.d.comb += bus.read_data.eq(Mux(answered, self.age, 0))
        return m
