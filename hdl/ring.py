"""The delay ring: currents on their way to the neurons of one tile."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width

from .delay import delayed
from .numeric import saturate
from .store import HostPort, Store


class DelayRing(wiring.Component):
    """Slots of saturating 16-bit currents, one word per slot and neuron.

    An access goes through four cycles, and one may start in each:

    0. `slot` and `neuron` name a word;
    1. it is read;
    2. `current` shows it, and `clear` empties it or `add` adds `amount`, saturating at once, so
       that the order of additions counts as the specification wants;
    3. it is written.

    What the three accesses before have made of the same word, and the memory doesn't show yet, is
    forwarded: the words change as if each access had ended before the next one starts.

    Word ``slot * tile_neurons + neuron``. Throughput is 1 access per cycle, latency to `current` 2
    cycles. No combinational paths from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    slot, neuron : In
        Word of the access that starts.
    clear, add : In(1)
        What to do with the word of the access that started two cycles ago.
    amount : In(signed(16))
        Current to add to it.
    current : Out(signed(16))
        Its current so far.
    host : In(HostPort(signed(16), width))
        The host's side; what it reads is in `stored`.
    stored : Out(signed(16))
        The word read, one cycle after its address, without what is being forwarded.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        self.depth = params.delay_slots * params.tile_neurons
        super().__init__({
            "slot": In(params.slot_width),
            "neuron": In(params.local_width),
            "clear": In(1),
            "add": In(1),
            "amount": In(signed(16)),
            "current": Out(signed(16)),
            "host": In(HostPort(signed(16), index_width(self.depth))),
            "stored": Out(signed(16)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.store = store = Store(signed(16), self.depth)
        wiring.connect(m, store.host, wiring.flipped(self.host))
        address = Signal(index_width(self.depth))
        m.d.comb += [
            address.eq(self.slot * self.params.tile_neurons + self.neuron),
            store.read_address.eq(address),
            self.stored.eq(store.read_data),
        ]

        # the three accesses before: their addresses, and whether they are to the same word
        before, same = [], []
        for number in range(3):
            before.append(delayed(m, before[-1] if before else address, 1,
                                  name=f"address_before{number}"))
            same.append(delayed(m, address == before[-1], 1, name=f"same_as_before{number}"))
        same_as_last = delayed(m, same[0], 1, name="same_as_last")

        word = Signal(signed(16), reset_less=True)
        result = Signal(signed(16), reset_less=True)    # of the access in cycle 3
        earlier = Signal(signed(16), reset_less=True)   # of the one before it
        written = Signal()
        written_earlier = Signal()
        m.d.sync += [
            word.eq(Mux(same[1] & written, result,
                        Mux(same[2] & written_earlier, earlier, store.read_data))),
            result.eq(Mux(self.clear, 0, saturate(self.current + self.amount, 16))),
            written.eq(self.clear | self.add),
            earlier.eq(result),
            written_earlier.eq(written),
        ]
        m.d.comb += [
            self.current.eq(Mux(same_as_last & written, result, word)),
            store.write_address.eq(before[2]),
            store.write_enable.eq(written),
            store.write_data.eq(result),
        ]
        return m


def slot_after(head, offset, slot_count):
    """Return the slot `offset` places, less than `slot_count`, after `head`, going round."""
    place = head + offset
    return Mux(place >= slot_count, place - slot_count, place)
