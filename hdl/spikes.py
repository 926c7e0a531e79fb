"""The spikes of one tick, in ascending order."""

from functools import reduce
from operator import add

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width

MASK_WIDTH = 8
"""Neurons of a word of the list, unless there are more tiles."""


class SpikeWord(data.StructLayout):
    """The spikes among ``width`` neuron numbers in a row.

    Members
    -------
    group : unsigned
        Number of the first of them, divided by ``width``.
    mask : unsigned(width)
        Which of them fired.
    """

    def __init__(self, params: CoreParams):
        self.width = max(MASK_WIDTH, params.tiles)
        self.groups = -(-params.neurons // self.width)
        super().__init__({"group": index_width(self.groups), "mask": self.width})


class SpikeList(wiring.Component):
    """Collect the spikes of a sweep, and read them out to two readers.

    Steps whose neurons have the same number but for its lowest 3 bits share a word, and a word is
    kept if any of them fired. There are never more words than groups of neurons, so the list can't
    overflow, and a sweep never waits for it. Two readers, since spikes travel and are reported at
    the same time: two read ports, or one that they share where memory is short (`single_port`).

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    clear : In(1)
        Forget all spikes.
    valid : In(1), local, mask : In
        Step of the sweep, and which tiles fire in it.
    finish : In(1)
        The last step has been; needed before `start`, 2 cycles ahead.
    count : Out(params.count_width)
        Spikes since `clear`, as of 2 cycles ago.
    start : In(2)
        Which readers start.
    readers : Array(2) of Out(stream.Signature(unsigned(source_width)))
        The spiking neurons, ascending.
    drained : Out(2)
        Each reader has delivered all spikes.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "clear": In(1),
            "valid": In(1),
            "local": In(params.local_width),
            "mask": In(params.tiles),
            "finish": In(1),
            "count": Out(params.count_width),
            "start": In(2),
            "readers": Out(stream.Signature(unsigned(params.source_width))).array(2),
            "drained": Out(2),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        layout = SpikeWord(params)
        m.submodules.memory = memory = Memory(shape=layout, depth=layout.groups, init=[])
        write = memory.write_port()
        words = Signal(range(layout.groups + 1))

        # gather the steps of a group, and write it when another one, or the end, comes
        per_word = layout.width // params.tiles
        step_width = (per_word - 1).bit_length()
        place = self.local[:step_width] if per_word > 1 else 0
        open_word = Signal(layout)
        group = Signal.like(open_word.group)
        here = Signal(layout.width)
        m.d.comb += [
            group.eq(self.local >> step_width),
            here.eq(Mux(self.valid, self.mask, 0) << (place * params.tiles)),
            write.addr.eq(words),
            write.data.eq(open_word),
        ]
        leaves = (self.valid & (group != open_word.group)) | self.finish
        with m.If(leaves):
            m.d.comb += write.en.eq(open_word.mask.any())
            m.d.sync += [words.eq(words + write.en), open_word.mask.eq(here)]
        with m.Else():
            m.d.sync += open_word.mask.eq(open_word.mask | here)
        with m.If(self.valid):
            m.d.sync += open_word.group.eq(group)

        fired = Signal(range(params.tiles + 1))
        m.d.sync += [
            fired.eq(population(Mux(self.valid, self.mask, 0))),
            self.count.eq(self.count + fired),
        ]
        with m.If(self.clear):
            m.d.sync += [words.eq(0), open_word.eq(0), fired.eq(0), self.count.eq(0)]

        readers = [SpikeReader(params) for _ in range(2)]
        ports = [memory.read_port() for _ in range(1 if params.single_port else 2)]
        for index, reader in enumerate(readers):
            m.submodules[f"reader{index}"] = reader
            m.d.comb += [
                reader.word.eq(ports[index % len(ports)].data),
                reader.grant.eq(1),
                reader.words.eq(words),
                reader.start.eq(self.start[index]),
                self.drained[index].eq(reader.drained),
            ]
            wiring.connect(m, reader.o, wiring.flipped(self.readers[index]))
        for reader, port in zip(readers, ports, strict=False):
            m.d.comb += [port.addr.eq(reader.address), port.en.eq(reader.enable)]
        if params.single_port:
            m.d.comb += readers[1].grant.eq(~readers[0].enable)
            with m.If(readers[1].enable):
                m.d.comb += [ports[0].addr.eq(readers[1].address), ports[0].en.eq(1)]
        return m


class SpikeReader(wiring.Component):
    """Turn the words of a spike list into neuron numbers.

    1 spike per cycle, the first 3 cycles after `start`; with a shared port 2 cycles more per word,
    since a word must be taken when it comes. No combinational paths from inputs to outputs but from
    `o.ready` and `grant` to `enable`.

    Members
    -------
    words : In
        Length of the list.
    start : In(1)
        Start, when drained.
    grant : In(1)
        The read port may be used in this cycle.
    address : Out, enable : Out(1); word : In(SpikeWord(params))
        Read port of the list, one cycle later.
    o : Out(stream.Signature(unsigned(source_width)))
        Spiking neurons, ascending.
    drained : Out(1)
        All have been delivered; 0 from the cycle after `start`.
    """

    o: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        self.shared = params.single_port
        self.layout = SpikeWord(params)
        super().__init__({
            "words": In(range(self.layout.groups + 1)),
            "start": In(1),
            "grant": In(1),
            "address": Out(index_width(self.layout.groups)),
            "enable": Out(1),
            "word": In(self.layout),
            "o": Out(stream.Signature(unsigned(params.source_width))),
            "drained": Out(1, init=1),
        })

    def elaborate(self, platform):
        m = Module()
        reading = Signal()
        position = Signal(range(self.layout.groups + 1))
        fetched = Signal()  # the port shows a word
        current = Signal(self.layout)
        others = Signal(self.layout.width)
        lowest = Signal(range(len(others)))
        spent = Signal()
        for bit in reversed(range(len(others))):
            with m.If(current.mask[bit]):
                m.d.comb += lowest.eq(bit)
        m.d.comb += [
            others.eq(current.mask & (current.mask - 1)),
            spent.eq((current.mask == 0) | ((others == 0) & self.o.ready)),
            self.o.valid.eq(current.mask.any()),
            self.o.payload.eq(Cat(lowest, current.group)),
            self.address.eq(position),
        ]
        reads = reading & (position != self.words)
        if self.shared:
            m.d.comb += self.enable.eq(self.grant & reads & ~fetched & (current.mask == 0))
            m.d.sync += fetched.eq(self.enable)
        else:
            m.d.comb += self.enable.eq(~fetched | spent)
            with m.If(self.enable):
                m.d.sync += fetched.eq(reads)
        with m.If(self.o.ready):
            m.d.sync += current.mask.eq(others)
        with m.If(spent & fetched):
            m.d.sync += current.eq(self.word)
        with m.If(self.enable & reads):
            m.d.sync += position.eq(position + 1)
        with m.If(self.start):
            m.d.sync += [reading.eq(1), position.eq(0), self.drained.eq(0)]
        with m.Elif(reading & (position == self.words) & ~fetched & ~self.o.valid):
            m.d.sync += [reading.eq(0), self.drained.eq(1)]
        return m


def population(mask) -> Value:
    """Return how many bits of `mask` are set."""
    return reduce(add, (bit for bit in mask))
