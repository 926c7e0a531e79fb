"""The bus between the host's windows and the memories."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width
from golden.arch.windows import WINDOWS, Window, window_words

from .records import LINE_WIDTH

READ_LATENCY = 6
"""Cycles from an address, held, to its `read_data`: registers on the way there and back."""

WRITE_LATENCY = 2
"""Most cycles from `write` to the word in its memory."""


WHOLE = (Window.REGISTERS, Window.DECAYS, Window.ENTRIES, Window.FEEDS, Window.CALCIUM,
         Window.GLIOTRANSMITTERS)
"""Windows that are not cut into tiles."""


def window_width(params: CoreParams) -> int:
    """Return the bits that tell apart the windows that a core has."""
    return index_width(1 + max(window for window in WINDOWS if window_words(window, params)))


def address_width(params: CoreParams) -> int:
    """Return the bits of an address within a tile, or within a window that is not cut."""
    words = {window: window_words(window, params) for window in WINDOWS}
    return index_width(max(count if window in WHOLE else count // params.tiles
                           for window, count in words.items()))


class WindowBus(wiring.Signature):
    """One access of the host to a memory.

    An access that reads holds `active`, `window`, `tile` and `address` until `READ_LATENCY` cycles
    have passed; then `read_data` is the answer. One that writes lasts 1 cycle; `address` and
    `write_data` stay, and nothing else starts, until `WRITE_LATENCY` cycles have passed.

    Members
    -------
    active : Out(1)
        The host owns the memories in this cycle; the core rests.
    window : Out(window_width(params))
        Which memory, a `Window`.
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
            "window": Out(window_width(params)),
            "tile": Out(max(1, params.tile_width)),
            "address": Out(address_width(params)),
            "write": Out(1),
            "write_data": Out(LINE_WIDTH),
            "read_data": In(LINE_WIDTH),
        })


def relay(m: Module, access, bus):
    """Pass the host's access on to a memory's bus; the answer is the caller's to choose."""
    m.d.comb += [getattr(bus, name).eq(getattr(access, name)) for name in
                 ("active", "window", "tile", "address", "write", "write_data")]
