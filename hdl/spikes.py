"""The spikes of one tick, in ascending order."""

from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams


class SpikeList(wiring.Component):
    """Collect the spikes of a sweep, and read them out to two readers.

    One word per step in which any tile fires, holding the step and a mask of tiles. There are never
    more such steps than neurons in a tile, so the list can't overflow, and a sweep never waits for
    it. Two readers, since spikes travel and are reported at the same time: two read ports.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    clear : In(1)
        Forget all spikes.
    local, mask : In
        Step of the sweep, and which tiles fire; taken in every cycle in which any does.
    count : Out(17)
        Spikes since `clear`.
    start : In(1)
        Both readers start.
    readers : Array(2) of Out(stream.Signature(unsigned(source_width)))
        The spiking neurons, ascending.
    drained : Out(2)
        Each reader has delivered all spikes.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "clear": In(1),
            "local": In(params.local_width),
            "mask": In(params.tiles),
            "count": Out(17),
            "start": In(1),
            "readers": Out(stream.Signature(unsigned(params.source_width))).array(2),
            "drained": Out(2),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        word = data.StructLayout({"local": params.local_width, "mask": params.tiles})
        m.submodules.memory = memory = Memory(shape=word, depth=params.tile_neurons, init=[])
        write = memory.write_port()
        words = Signal(range(params.tile_neurons + 1))
        m.d.comb += [
            write.addr.eq(words),
            write.data.local.eq(self.local),
            write.data.mask.eq(self.mask),
            write.en.eq(self.mask.any()),
        ]
        with m.If(self.clear):
            m.d.sync += [words.eq(0), self.count.eq(0)]
        with m.Elif(self.mask.any()):
            m.d.sync += [words.eq(words + 1), self.count.eq(self.count + population(self.mask))]

        for index in range(2):
            m.submodules[f"reader{index}"] = reader = SpikeReader(params)
            read = memory.read_port()
            m.d.comb += [
                read.addr.eq(reader.address),
                read.en.eq(1),
                reader.local.eq(read.data.local),
                reader.mask.eq(read.data.mask),
                reader.words.eq(words),
                reader.start.eq(self.start),
                self.drained[index].eq(reader.drained),
            ]
            wiring.connect(m, reader.o, wiring.flipped(self.readers[index]))
        return m


class SpikeReader(wiring.Component):
    """Turn the words of a spike list into neuron numbers.

    1 spike per cycle, and 2 cycles more per word. No combinational paths from inputs to outputs.

    Members
    -------
    words : In
        Length of the list.
    start : In(1)
        Start, when drained.
    address : Out; local, mask : In
        Read port of the list, one cycle later.
    o : Out(stream.Signature(unsigned(source_width)))
        Spiking neurons, ascending.
    drained : Out(1)
        All have been delivered; 0 from the cycle after `start`.
    """

    o: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "words": In(range(params.tile_neurons + 1)),
            "start": In(1),
            "address": Out(params.local_width),
            "local": In(params.local_width),
            "mask": In(params.tiles),
            "o": Out(stream.Signature(unsigned(params.source_width))),
            "drained": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        position = Signal(range(params.tile_neurons + 1))
        local = Signal(params.local_width)
        left = Signal(params.tiles)
        lowest = Signal(max(1, params.tile_width))
        for tile in reversed(range(params.tiles)):
            with m.If(left[tile]):
                m.d.comb += lowest.eq(tile)
        m.d.comb += [
            self.address.eq(position),
            self.o.payload.eq(Cat(lowest[:params.tile_width], local)),
        ]
        with m.FSM():
            with m.State("DRAINED"):
                m.d.comb += self.drained.eq(1)
                with m.If(self.start):
                    m.d.sync += position.eq(0)
                    m.next = "SEEK"
            with m.State("SEEK"):
                m.next = "FETCH"
                with m.If(position == self.words):
                    m.next = "DRAINED"
            with m.State("FETCH"):
                m.d.sync += [
                    local.eq(self.local),
                    left.eq(self.mask),
                    position.eq(position + 1),
                ]
                m.next = "OFFER"
            with m.State("OFFER"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    others = left & (left - 1)
                    m.d.sync += left.eq(others)
                    with m.If(others == 0):
                        m.next = "SEEK"
        return m


def population(mask) -> Value:
    """Return how many bits of `mask` are set."""
    return sum((bit for bit in mask), start=Const(0, 1))
