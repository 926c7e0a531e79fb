"""The delay ring: currents on their way to the neurons of one tile."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width

from .numeric import saturate
from .store import HostPort, Store


class DelayRing(wiring.Component):
    """Slots of saturating 16-bit currents, one word per slot and neuron.

    An access takes two cycles and one may start in each: `slot` and `neuron` in the first, `clear`
    or `add` in the second, when `current` shows the word. `clear` empties it; `add` adds `amount`,
    saturating at once, so that the order of additions counts as the specification wants. An access
    that follows another to the same word sees its result: the memory is transparent.

    Word ``slot * tile_neurons + neuron``. Throughput is 1 access per cycle, latency to `current` 1
    cycle. No combinational path from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    slot, neuron : In
        Word of the access that starts.
    clear, add : In(1)
        What to do with the word of the access that started in the previous cycle.
    amount : In(signed(16))
        Current to add to it.
    current : Out(signed(16))
        Its current so far.
    host : In(HostPort(signed(16), width))
        The host's side.
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
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.store = store = Store(signed(16), self.depth, transparent=True)
        wiring.connect(m, store.host, wiring.flipped(self.host))
        address = Signal(index_width(self.depth))
        accessed = Signal.like(address)
        m.d.comb += address.eq(self.slot * self.params.tile_neurons + self.neuron)
        m.d.sync += accessed.eq(address)
        m.d.comb += [
            store.read_address.eq(address),
            self.current.eq(store.read_data),
            store.write_address.eq(accessed),
            store.write_enable.eq(self.clear | self.add),
            store.write_data.eq(Mux(self.clear, 0, saturate(store.read_data + self.amount, 16))),
        ]
        return m


def slot_after(head, offset, slot_count):
    """Return the slot `offset` places, less than `slot_count`, after `head`, going round."""
    place = head + offset
    return Mux(place >= slot_count, place - slot_count, place)
