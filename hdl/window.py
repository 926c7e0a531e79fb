"""The bus between the host's windows and the memories."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.windows import Window

from .records import LINE_WIDTH

ADDRESS_WIDTH = 25
"""Bits of an address within a tile: 255 slots of 65,536 neurons, or 2**24 synapses."""


class WindowBus(wiring.Signature):
    """One access of the host to a memory.

    The address stays while the answer is awaited: `read_data` belongs to the previous cycle's.

    Members
    -------
    active : Out(1)
        The host owns the memories in this cycle; the core rests.
    window : Out(Window)
        Which memory.
    tile : Out
        Which tile, where the memory is cut into tiles.
    address : Out
        Word within the tile, or within the window where it is not cut.
    write : Out(1)
        Write `write_data`.
    write_data, read_data : Out(LINE_WIDTH), In(LINE_WIDTH)
        Records as on the line, from bit 0.
    """

    def __init__(self, params: CoreParams):
        super().__init__({
            "active": Out(1),
            "window": Out(Window),
            "tile": Out(max(1, params.tile_width)),
            "address": Out(ADDRESS_WIDTH),
            "write": Out(1),
            "write_data": Out(LINE_WIDTH),
            "read_data": In(LINE_WIDTH),
        })


def relay(m: Module, access, bus):
    """Pass the host's access on to a memory's bus; the answer is the caller's to choose."""
    m.d.comb += [getattr(bus, name).eq(getattr(access, name)) for name in
                 ("active", "window", "tile", "address", "write", "write_data")]
