"""A memory that the core and the host share."""

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, ShapeLike
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import index_width

DriveWord = data.ArrayLayout(16, 2)
"""What drives a neuron, read together: its input, and its leak factor."""


class HostPort(wiring.Signature):
    """The host's side of a `Store`.

    Members
    -------
    claim : Out(1)
        The host owns both ports in this cycle.
    address : Out(width)
        Word.
    write : Out(lanes)
        Write these lanes of `data`.
    data : Out(shape)
        Word to write.
    """

    def __init__(self, shape: ShapeLike, width: int, lanes: int = 1):
        super().__init__({
            "claim": Out(1),
            "address": Out(width),
            "write": Out(lanes),
            "data": Out(shape),
        })


class StorePorts(wiring.Signature):
    """Both sides of a `Store`, which describes them.

    Members
    -------
    read_address, read_enable, read_data, write_enable, write_address, write_data, host
        As those of `Store`, seen by whoever uses it.
    """

    def __init__(self, shape: ShapeLike, depth: int, lanes: int = 1):
        width = index_width(depth)
        super().__init__({
            "read_address": Out(width),
            "read_enable": Out(1, init=1),
            "read_data": In(shape),
            "write_enable": Out(lanes),
            "write_address": Out(width),
            "write_data": Out(shape),
            "host": Out(HostPort(shape, width, lanes)),
        })


class Store(wiring.Component):
    """Memory with one read port and one write port, lent to the host when the core rests.

    One of each is what a block RAM has in its widest shape, and all that a pipeline needs which
    reads one word and writes back an earlier one. Both sides read through `read_data`, one cycle
    after the address.

    Parameters
    ----------
    shape : ShapeLike
        Shape of a word.
    depth : int
        Words.
    lanes : int
        Elements of a word, an array, that are written one by one; 1 for a word that is not.
    style : str, optional
        Kind of memory that synthesis shall take, as Yosys names it; left to it by default.
    init : sequence
        Words at power-up, from the first on; 0 where it ends.

    Members
    -------
    read_address : In(width), read_enable : In(1, init=1)
        Word that the core reads; unless enabled, `read_data` stays.
    read_data : Out(shape)
        The word addressed in the previous cycle, by whoever owned the port.
    write_enable, write_address, write_data : In
        Word that the core writes. What a read of that word in the same cycle shows is undefined.
    host : In(HostPort(shape, width, lanes))
        The host's side.
    """

    def __init__(self, shape: ShapeLike, depth: int, *, lanes: int = 1, style: str | None = None,
                 init: Sequence = ()):
        self.shape = shape
        self.depth = depth
        self.lanes = lanes
        self.init = init
        self.attrs = {"ram_style": style} if style else {}
        super().__init__(dict(StorePorts(shape, depth, lanes).flip().members.items()))

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=self.shape, depth=self.depth, init=self.init,
                                              attrs=self.attrs)
        write = memory.write_port(granularity=1 if self.lanes > 1 else None)
        read = memory.read_port()
        m.d.comb += [
            read.addr.eq(Mux(self.host.claim, self.host.address, self.read_address)),
            read.en.eq(self.host.claim | self.read_enable),
            self.read_data.eq(read.data),
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            write.en.eq(self.write_enable),
        ]
        with m.If(self.host.claim):
            m.d.comb += [
                write.addr.eq(self.host.address),
                write.data.eq(self.host.data),
                write.en.eq(self.host.write),
            ]
        return m
