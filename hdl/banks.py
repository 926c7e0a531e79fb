"""The synapses of one tile, in the single-port memories of an iCE40 UltraPlus."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width
from golden.arch.records import AGE_HORIZON

from .delay import delayed
from .records import SynapseWord
from .store import DriveWord, StorePorts
from .synapses import SynapsePorts, cell_store

NIBBLE = 4
HALF = 8192
"""Half the words of a bank."""
RATES = HALF // 2
"""Where the rates begin in the upper half of their bank."""


class SinglePort(wiring.Component):
    """Memory of 16-bit words that either reads or writes in a cycle.

    Written so that synthesis makes SB_SPRAM256KA of it: one address, and what it shows after a
    write is what it showed before.

    Parameters
    ----------
    depth : int
        Words, up to 16,384.

    Members
    -------
    address : In
        Word to read or to write.
    write : In(4)
        Nibbles to write; reads if 0.
    data : In(16)
        Word to write.
    word : Out(16)
        The word read, one cycle after its address.
    """

    def __init__(self, depth: int):
        self.depth = depth
        super().__init__({
            "address": In(index_width(depth)),
            "write": In(16 // NIBBLE),
            "data": In(16),
            "word": Out(16),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=unsigned(16), depth=self.depth, init=[],
                                              attrs={"ram_style": "huge"})
        write = memory.write_port(granularity=NIBBLE)
        read = memory.read_port()
        m.d.comb += [
            write.addr.eq(self.address),
            write.data.eq(self.data),
            write.en.eq(self.write),
            read.addr.eq(self.address),
            read.en.eq(~self.write.any()),
            self.word.eq(read.data),
        ]
        return m


class BankedSynapses(wiring.Component):
    """What a tile keeps in four single-port memories, so laid out that reads and writes never meet.

    A synapse has two static words, one for target and offset, which a pass only reads, and one for
    weight and maturity. Of an even synapse they lie in banks 0 and 1, of an odd one in banks 1 and
    0. Eligibilities lie in pairs in bank 2, which reads in even cycles and writes in odd ones. A
    synapse is read in a cycle of its own parity, so that what is written back an odd number of
    cycles later goes where nothing is read: weights and maturities into the bank whose turn it is
    not, eligibilities a pair at a time. Bank 3 holds the decay table: all ages, all magnitudes. The
    upper halves of banks 2 and 3 hold inputs, and leak factors and rates, which are for sweeps. The
    eligibilities of a dense block lie in block memory.

    1 synapse per cycle, and on average 1 cycle more per row, since a row may begin in a cycle of
    the wrong parity or in the middle of a pair; a prune takes 4 cycles per synapse, so that one has
    been moved before the next is read. `hold` depends combinationally on `index` and `fresh`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    ports : In(SynapsePorts(params))
        The tile's side; word 128 age + m of the decay table is what magnitude m decays to in `age`
        ticks, and m = 0 stands for 128.
    passing : In(1)
        A pass is under way, or else, if anything, a sweep.
    drives : In(StorePorts(ArrayLayout(16, 2), neurons, lanes=2))
        Inputs and leak factors; the core may only read them.
    input_local : In
        Neuron whose input is read; `drives.read_address` is for the leak factor alone.
    rates : In(StorePorts(unsigned(16), neurons))
        Rates; the core may read or write, not both in one cycle, and not while it reads `drives`.
    """

    READ = 2
    KEPT = 2
    BUMPED = 3   # an odd number of cycles after it was read
    CHANGED = 5  # likewise

    ports: wiring.PureInterface
    drives: wiring.PureInterface
    rates: wiring.PureInterface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "ports": In(SynapsePorts(params)),
            "passing": In(1),
            "drives": In(StorePorts(DriveWord, params.neurons, lanes=2)),
            "input_local": In(params.local_width),
            "rates": In(StorePorts(unsigned(16), params.neurons)),
        })

    def elaborate(self, platform):
        m = Module()
        ports = self.ports
        depth = self.params.tile_synapses
        m.submodules.bank0 = bank0 = SinglePort(depth)
        m.submodules.bank1 = bank1 = SinglePort(depth)
        m.submodules.pairs = self.pairs = SinglePort(2 * HALF)
        m.submodules.decays = self.decays = SinglePort(2 * HALF)
        cycle = Signal(2)
        m.d.sync += cycle.eq(cycle + 1)
        self.odd = cycle[0]

        host = ports.host
        index = Signal.like(ports.index)
        m.d.comb += [
            index.eq(Mux(host.claim, host.address, ports.index)),
            ports.hold.eq(Mux(ports.pruning, cycle != 0,
                              (index[0] != self.odd) | (index[0] & ports.fresh))),
        ]
        last_index = delayed(m, index, 1, name="last_index")
        moved = self._moved(m)
        self.changed, self.bumped = ports.changed_enable, ports.bumped_enable
        if self.params.block_rows:
            self.changed = self.changed & ~ports.changed_index[-1]
            self.bumped = self.bumped & ~ports.bumped_index[-1]
        eligibility = self._eligibilities(m, index, last_index, moved)

        # static words
        first, second = bank0.word, bank1.word
        word = Signal.like(ports.word)
        place, state = Mux(last_index[0], second, first), Mux(last_index[0], first, second)
        width = len(word.target)
        m.d.comb += [
            word.target.eq(place[:width]),
            word.offset.eq(place[width:]),
            word.weight.eq(state[:8]),
            word.maturity.eq(state[8:]),
            word.eligibility.eq(eligibility),
        ]
        if self.params.block_rows:
            cells = cell_store(m, self.params, ports, ports.bumped_enable & ~ports.pruning,
                               ports.bumped_index, ports.bumped)
            cell = delayed(m, ports.cell, 1, name="cell")
            with m.If(last_index[-1]):
                m.d.comb += [
                    word.eq(cell),
                    word.eligibility.eq(eligibility),
                    eligibility.eq(cells.read_data),
                ]
        m.d.sync += ports.word.eq(word)
        m.d.comb += ports.target.eq(word.target)

        moves, moved_index, moved_word = moved
        for parity, bank in enumerate((bank0, bank1)):
            m.d.comb += bank.address.eq(index)
            with m.If(moves):
                m.d.comb += [
                    bank.address.eq(moved_index),
                    bank.write.eq(-1),
                    bank.data.eq(_static(moved_word, moved_index[0] == parity)),
                ]
            with m.Elif(self.changed & (ports.changed_index[0] != parity)):
                m.d.comb += [
                    bank.address.eq(ports.changed_index),
                    bank.write.eq(-1),
                    bank.data.eq(_static(ports.changed, False)),
                ]
        self._decay(m, eligibility)
        self._sweep(m)
        return m

    def _moved(self, m):
        """Return whether a prune or the host writes, where, and what."""
        ports, host = self.ports, self.ports.host
        writes = host.write
        if self.params.block_rows:
            writes = writes & ~host.address[-1]
        return (Mux(host.claim, writes, ports.moved_enable & ports.pruning),
                Mux(host.claim, host.address, ports.moved_index),
                SynapseWord(self.params)(Mux(host.claim, host.data, ports.word)))

    def _eligibilities(self, m, index, last_index, moved):
        """Read pairs in even cycles, write them in odd ones; return what was read."""
        ports, host, pairs = self.ports, self.ports.host, self.pairs
        # of a pair on its way, the odd one is used a cycle later
        late = delayed(m, self.odd & ~ports.pruning & ~host.claim, 1, name="late")
        upper = Signal(8)
        with m.If(self.odd):
            m.d.sync += upper.eq(pairs.word[8:])
        eligibility = Signal(signed(8))
        m.d.comb += eligibility.eq(Mux(late, upper, pairs.word.word_select(last_index[0], 8)))

        # the even one of a pair comes in an odd cycle, the odd one in the next; then both go, in
        # the very cycle in which the rest of the even one is taken
        pair = Signal(16)
        mask = Signal(2)
        with m.If(self.odd):
            m.d.sync += [pair[:8].eq(ports.bumped), mask.eq(self.bumped)]
        with m.Else():
            m.d.sync += [pair[8:].eq(ports.bumped), mask[1].eq(self.bumped)]

        moves, moved_index, moved_word = moved
        m.d.comb += pairs.address.eq(index >> 1)
        with m.If(moves):
            m.d.comb += [
                pairs.address.eq(moved_index >> 1),
                pairs.data.eq(moved_word.eligibility.as_unsigned().replicate(2)),
                pairs.write.eq(Mux(moved_index[0], 0b1100, 0b0011)),
            ]
        with m.Elif(self.odd & self.passing & ~ports.pruning):
            m.d.comb += [
                pairs.address.eq(ports.changed_index >> 1),
                pairs.data.eq(pair),
                pairs.write.eq(Cat(mask[0].replicate(2), mask[1].replicate(2))),
            ]
        return eligibility

    def _decay(self, m, eligibility):
        """Look up what an eligibility has decayed to."""
        ports, decays = self.ports, self.decays
        age = delayed(m, ports.age, 1, name="age")
        magnitude = abs(eligibility)[:7]
        address = Signal(range(2 * HALF))
        m.d.comb += [
            address.eq(Mux(ports.load, ports.load_address, Cat(magnitude, age[:7]))),
            decays.address.eq(address >> 1),
            decays.data.eq(ports.load_data.replicate(2)),
        ]
        with m.If(ports.load):
            m.d.comb += decays.write.eq(Mux(address[0], 0b1100, 0b0011))
        upper = delayed(m, address[0], 1, name="upper_decay")
        negative = delayed(m, eligibility < 0, 1, name="negative")
        none = delayed(m, (eligibility == 0) | (age >= AGE_HORIZON), 1, name="none")
        decayed = decays.word.word_select(upper, 8)
        m.d.comb += ports.decayed.eq(Mux(none, 0, Mux(negative, -decayed, decayed)))

    def _sweep(self, m):
        """Put inputs, leak factors and rates where neither pairs nor decays are."""
        drives, rates, pairs, decays = self.drives, self.rates, self.pairs, self.decays
        host = drives.host
        m.d.comb += [
            drives.read_data[0].eq(pairs.word),
            drives.read_data[1].eq(decays.word),
            rates.read_data.eq(decays.word),
        ]
        rate = Signal.like(rates.read_address)
        rating = Signal()
        m.d.comb += [
            rate.eq(Mux(rates.write_enable, rates.write_address, rates.read_address)),
            rating.eq(rates.read_enable | rates.write_enable),
        ]
        with m.If(rates.host.claim):
            m.d.comb += [rate.eq(rates.host.address), rating.eq(1)]
        hosting = self.ports.host.claim | self.ports.load
        with m.If(~self.passing & ~hosting):
            m.d.comb += [
                pairs.address.eq(HALF | Mux(host.claim, host.address, self.input_local)),
                pairs.data.eq(host.data[0]),
                pairs.write.eq((host.claim & host.write[0]).replicate(4)),
                decays.address.eq(HALF | Mux(host.claim, host.address, drives.read_address)),
                decays.data.eq(host.data[1]),
                decays.write.eq((host.claim & host.write[1]).replicate(4)),
            ]
            with m.If(rating):
                m.d.comb += [
                    decays.address.eq(HALF | RATES | rate),
                    decays.data.eq(Mux(rates.host.claim, rates.host.data, rates.write_data)),
                    decays.write.eq(Mux(rates.host.claim, rates.host.write,
                                        rates.write_enable).replicate(4)),
                ]


def _static(word, place):
    """Return the word that tells where a synapse leads, or the one that learning changes."""
    return Mux(place, Cat(word.target, word.offset), Cat(word.weight, word.maturity))
