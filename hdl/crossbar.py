"""A memristor crossbar: its cells, their noise, and the converters of its columns."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.crossbar import (
    DRAW_BITS,
    REGISTER_BITS,
    STATE_BITS,
    TABLE_DEPTH,
    Plane,
    Polarity,
    Stuck,
)
from golden.arch.params import index_width

from .cell import CellOp, CellPath, EntryWord
from .delay import delayed, marked
from .registers import CONFIG
from .store import HostPort, Store


class Cell(data.StructLayout):
    """What is kept of a cell where a pulse moves it.

    Members
    -------
    state : unsigned(16)
        State.
    loss : unsigned(16)
        Attenuation by the wires; only the host changes it.
    """

    def __init__(self):
        super().__init__({"state": STATE_BITS, "loss": 16})


class Traits(data.StructLayout):
    """How a cell differs from a nominal one.

    Members
    -------
    gain : unsigned(8)
        Its conductance, Q1.7.
    scales : ArrayLayout(unsigned(8), 2)
        Its SET and its RESET steps, Q1.7.
    stuck : unsigned(2)
        `golden.arch.crossbar.Stuck`.
    """

    def __init__(self):
        super().__init__({"gain": 8, "scales": data.ArrayLayout(8, len(Polarity)), "stuck": 2})


def pair(shape):
    """Return the layout of both planes' parts of a weight."""
    return data.ArrayLayout(shape, len(Plane))


class CrossbarPlane(wiring.Component):
    """One plane of a crossbar: a cell for each row and column, a shift register for each column.

    1 cell per cycle. A cell taken in cycle 0 shows what arrives of its current in cycle `LATENCY`,
    or is written then; until `LATENCY` + 1 it may not be taken again. A pulse advances the register
    of its column, also where the cell is stuck. No combinational paths from inputs to outputs.

    Parameters
    ----------
    plane : Plane
        Which one: a pulse that raises the weight is a SET of a PLUS cell, a RESET of a MINUS cell.
    rows, columns : int
        Cells; the number of columns is a power of two. Cell ``row * columns + column``.
    style : str, optional
        Kind of memory of the tables, as of `Store`.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    op : In(CellOp)
        What to do; constant while cells are under way.
    valid : In(1), index : In, lowers : In(1)
        A cell; PULSE: the weight shall fall.
    arrived : Out(16)
        READ: what arrives of its current.
    cells, traits, draws, entries : In(HostPort)
        The host's sides of the cells, their traits, the shift registers, and the tables.
    cell : Out(Cell()), trait : Out(Traits()), draw : Out(31), entry : Out(EntryWord())
        What it reads of them, one cycle after the address.
    """

    LATENCY = 2 + CellPath.LATENCY

    def __init__(self, plane: Plane, rows: int, columns: int, style: str | None = None):
        self.plane = plane
        self.style = style
        self.rows = rows
        self.columns = columns
        width = index_width(rows * columns)
        super().__init__({
            "config": In(CONFIG),
            "op": In(CellOp),
            "valid": In(1),
            "index": In(width),
            "lowers": In(1),
            "arrived": Out(16),
            "cells": In(HostPort(Cell(), width)),
            "traits": In(HostPort(Traits(), width)),
            "draws": In(HostPort(unsigned(REGISTER_BITS), index_width(columns))),
            "entries": In(HostPort(EntryWord(), index_width(TABLE_DEPTH))),
            "cell": Out(Cell()),
            "trait": Out(Traits()),
            "draw": Out(REGISTER_BITS),
            "entry": Out(EntryWord()),
        })

    def elaborate(self, platform):
        m = Module()
        depth = self.rows * self.columns
        m.submodules.states = states = Store(unsigned(STATE_BITS), depth)
        m.submodules.losses = losses = Store(unsigned(16), depth)
        m.submodules.traits = traits = Store(Traits(), depth)
        m.submodules.draws = draws = Store(unsigned(REGISTER_BITS), self.columns)
        m.submodules.path = path = CellPath(self.style)
        wiring.connect(m, draws.host, wiring.flipped(self.draws))
        wiring.connect(m, path.host, wiring.flipped(self.entries))
        for store, host, part in ((states, self.cells, self.cells.data.state),
                                  (losses, self.cells, self.cells.data.loss),
                                  (traits, self.traits, self.traits.data)):
            m.d.comb += [
                store.host.claim.eq(host.claim),
                store.host.address.eq(host.address),
                store.host.write.eq(host.write),
                store.host.data.eq(part),
                store.read_address.eq(self.index),
            ]
        m.d.comb += [
            self.cell.state.eq(states.read_data),
            self.cell.loss.eq(losses.read_data),
            self.trait.eq(traits.read_data),
            self.draw.eq(draws.read_data),
            self.entry.eq(path.entry),
        ]

        # read, and registered, since a block memory shows its word late
        valid = marked(m, self.valid & (self.op != CellOp.READ), self.LATENCY, name="valid")
        index = [self.index]
        for cycle in range(1, self.LATENCY + 1):
            index.append(delayed(m, index[-1], 1, name=f"index{cycle}"))
        state = delayed(m, states.read_data, 1, name="state")
        trait = delayed(m, traits.read_data, 1, name="trait")
        register = delayed(m, draws.read_data, 1, name="register")
        resets = Signal()
        m.d.comb += [
            resets.eq(delayed(m, self.lowers if self.plane is Plane.PLUS else ~self.lowers, 2,
                              name="resets")),
            path.config.eq(self.config),
            path.op.eq(self.op),
            path.polarity.eq(resets),
            path.state.eq(state),
            path.stuck.eq(trait.stuck),
            path.loss.eq(delayed(m, losses.read_data, 1, name="loss")),
            path.ratio.eq(Mux(self.op == CellOp.READ, trait.gain,
                              trait.scales[resets])),
            self.arrived.eq(path.arrived),
        ]

        # a draw: 24 shifts at once
        bits = Signal(DRAW_BITS)
        m.d.comb += [
            bits.eq(register[7:] ^ register[4:]),
            path.bits.eq(bits),
            draws.read_address.eq(self.index),
            draws.write_address.eq(index[2]),
            draws.write_data.eq(Cat(bits, register)),
            draws.write_enable.eq(valid[2] & (self.op == CellOp.PULSE)),
        ]

        works = delayed(m, trait.stuck == Stuck.WORKS, path.LATENCY, name="works")
        m.d.comb += [
            states.write_address.eq(index[-1]),
            states.write_data.eq(path.moved),
            states.write_enable.eq(valid[-1] & works),
        ]
        return m


class Crossbar(wiring.Component):
    """Two planes of cells, and converters for their columns.

    Computes, bit for bit, what `golden.model.crossbar.CrossbarArray` computes for one weight after
    the other: `read`, one pulse each of `pulse`, `drift`.

    1 weight, a cell of either plane, per cycle. The code of a weight taken in cycle 0 comes in
    cycle `LATENCY`; cells that pulses or drift move are written `MOVED` cycles after they were
    taken, and may be taken again in the cycle after that. No combinational paths from inputs to
    outputs.

    Parameters
    ----------
    rows, columns : int
        Weights; the number of columns is a power of two.
    style : str, optional
        Kind of memory of the tables, as of `Store`.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    op : In(CellOp)
        What to do; constant while cells are under way.
    valid : In(1), index : In, lowers : In(1)
        A weight, ``row * columns + column``; PULSE: it shall fall.
    code : Out(signed(8))
        READ: its code.
    cells, traits, draws, entries : In(HostPort)
        The host's sides of the cells, their traits, the shift registers, each of both planes at
        once, and of the tables.
    cell, trait, draw, entry : Out
        What it reads of them, one cycle after the address.
    """

    MOVED = CrossbarPlane.LATENCY
    LATENCY = CrossbarPlane.LATENCY + 3

    def __init__(self, rows: int, columns: int, style: str | None = None):
        self.style = style
        self.rows = rows
        self.columns = columns
        width = index_width(rows * columns)
        super().__init__({
            "config": In(CONFIG),
            "op": In(CellOp),
            "valid": In(1),
            "index": In(width),
            "lowers": In(1),
            "code": Out(signed(8)),
            "cells": In(HostPort(pair(Cell()), width)),
            "traits": In(HostPort(pair(Traits()), width)),
            "draws": In(HostPort(pair(REGISTER_BITS), index_width(columns))),
            "entries": In(HostPort(EntryWord(), index_width(TABLE_DEPTH))),
            "cell": Out(pair(Cell())),
            "trait": Out(pair(Traits())),
            "draw": Out(pair(REGISTER_BITS)),
            "entry": Out(EntryWord()),
        })

    def elaborate(self, platform):
        m = Module()
        planes = [CrossbarPlane(plane, self.rows, self.columns, self.style) for plane in Plane]
        for number, plane in enumerate(planes):
            m.submodules[Plane(number).name.lower()] = plane
            wiring.connect(m, plane.entries, wiring.flipped(self.entries))
            for name in ("cells", "traits", "draws"):
                host, part = getattr(self, name), getattr(plane, name)
                m.d.comb += [
                    part.claim.eq(host.claim),
                    part.address.eq(host.address),
                    part.write.eq(host.write),
                    part.data.eq(host.data[number]),
                ]
            m.d.comb += [
                plane.config.eq(self.config),
                plane.op.eq(self.op),
                plane.valid.eq(self.valid),
                plane.index.eq(self.index),
                plane.lowers.eq(self.lowers),
                self.cell[number].eq(plane.cell),
                self.trait[number].eq(plane.trait),
                self.draw[number].eq(plane.draw),
            ]
        m.d.comb += self.entry.eq(planes[Plane.PLUS].entry)

        # the converter: 1 rounds, 2 shifts, 3 saturates
        config = self.config
        half = Signal(16)
        limit = Signal(7)
        m.d.comb += [half.eq((1 << config.adc_shift) >> 1),
                     limit.eq((1 << config.adc_bits >> 1) - 1)]
        rounded = delayed(m, planes[Plane.PLUS].arrived - planes[Plane.MINUS].arrived + half, 1,
                          name="rounded")
        shifted = delayed(m, rounded >> config.adc_shift, 1, name="shifted")
        m.d.sync += self.code.eq(Mux(shifted > limit, limit,
                                     Mux(shifted < -limit, -limit, shifted)))
        return m
