"""Byte layouts of what crosses the line, and bit layouts of what the memories keep of it.

A record is a sequence of integer fields without padding, least significant byte first. The
memories keep only as many bits of a field as they need: `width` of a `Field`, unless a build
parameter says less.
"""

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One integer of a record.

    Parameters
    ----------
    name : str
        Name, in the field's standard term.
    size : int
        Bytes on the line.
    signed : bool
        Whether it is two's complement.
    doc : str
        Meaning and unit.
    bits : int or None
        Bits that carry information, if fewer than ``8 * size``.
    """

    name: str
    size: int
    signed: bool
    doc: str = dataclasses.field(repr=False)  # the contract hash is of facts, not of words
    bits: int | None = None

    @property
    def width(self) -> int:
        """Bits that carry information."""
        return 8 * self.size if self.bits is None else self.bits

    @property
    def code(self) -> str:
        """Type code, as NumPy and this documentation write it: ``i2``, ``u1``."""
        return f"{'i' if self.signed else 'u'}{self.size}"


@dataclass(frozen=True)
class Record:
    """A named sequence of fields.

    Parameters
    ----------
    name : str
        Name.
    fields : tuple of Field
        Fields in the order of their bytes.
    """

    name: str
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        """Bytes on the line."""
        return sum(field.size for field in self.fields)

    def pack(self, **values: int) -> bytes:
        """Return the bytes of a record.

        Raises
        ------
        ValueError
            If a value does not fit its field, is missing, or names no field.
        """
        names = [field.name for field in self.fields]
        if set(values) != set(names):
            raise ValueError(f"{self.name}: fields are {', '.join(names)}, "
                             f"not {', '.join(values)}")
        packed = bytearray()
        for field in self.fields:
            try:
                packed += int(values[field.name]).to_bytes(field.size, "little",
                                                           signed=field.signed)
            except OverflowError:
                raise ValueError(f"{self.name}: {field.name} of {values[field.name]} does not fit "
                                 f"{field.code}") from None
        return bytes(packed)

    def unpack(self, data: bytes) -> dict[str, int]:
        """Return the values of a record.

        Raises
        ------
        ValueError
            If `data` has another size.
        """
        if len(data) != self.size:
            raise ValueError(f"{self.name}: {self.size} bytes expected, not {len(data)}")
        values, at = {}, 0
        for field in self.fields:
            values[field.name] = int.from_bytes(data[at:at + field.size], "little",
                                                signed=field.signed)
            at += field.size
        return values


def u(size: int, name: str, doc: str, bits: int | None = None) -> Field:
    """Return an unsigned field of `size` bytes."""
    return Field(name, size, False, doc, bits)


def i(size: int, name: str, doc: str) -> Field:
    """Return a signed field of `size` bytes."""
    return Field(name, size, True, doc)


NEURON = Record("neuron", (
    i(2, "potential", "membrane potential, Q8.8 mV"),
    i(2, "threshold", "potential at and above which it fires, Q8.8 mV"),
    u(2, "rate", "spike rate that homeostasis looks at"),
    u(1, "refractory", "ticks of dead time that remain"),
    i(1, "trace", "spike trace that synaptogenesis looks at"),
    u(1, "spike", "1 if it fired in the latest tick", bits=1),
))
"""What a tick changes of a neuron."""

LEAK = Record("leak", (
    u(2, "leak", "λ, the part of the way back to rest in one tick, 1/4096", bits=13),
))

CURRENT = Record("current", (
    i(2, "current", "input or delayed current, Q8.8 mV per tick"),
))

AGE = Record("age", (
    u(1, "age", "decays that the eligibilities of a row are behind, 0..129; from 128 on all of "
                "them are zero"),
))

ROW = Record("row", (
    u(4, "end", "number of the synapse after the last one of the row within the tile; the row "
                "starts where the one before it ends, the first row at 0"),
    u(1, "inhibitory", "1 if its source is inhibitory", bits=1),
))

SYNAPSE = Record("synapse", (
    u(2, "target", "number of the target neuron within the tile; one at or past the end of the "
                   "pool dangles: it conducts nothing"),
    i(1, "weight", "weight"),
    u(1, "delay", "ticks from spike to arrival, 1..number of slots"),
    i(1, "eligibility", "STDP trace, behind by the age of its row"),
    u(1, "maturity", "counter << 2 | temperature"),
))

DOMAIN = Record("domain", (
    u(2, "domain", "number of an astrocyte domain; one at or past the last means none"),
))

CALCIUM = Record("calcium", (
    u(2, "calcium", "calcium of a domain, 1/65535"),
    u(1, "active", "1 if a neuron that feeds it has fired since the latest astrocyte step",
      bits=1),
))

GLIOTRANSMITTER = Record("gliotransmitter", (
    u(1, "gliotransmitter", "gliotransmitter at a calcium of 256 times the address"),
))

WEIGHT = Record("weight", (i(1, "weight", "weight"),))
ELIGIBILITY = Record("eligibility", (i(1, "eligibility", "STDP trace, behind by its age"),))
MATURITY = Record("maturity", (u(1, "maturity", "counter << 2 | temperature"),))
DECAY = Record("decay", (u(1, "magnitude", "magnitude of an eligibility after some ticks"),))

CELL = Record("cell", (
    u(2, "plus", "state of the PLUS cell, 0..65,280"),
    u(2, "minus", "state of the MINUS cell"),
    u(2, "plus_loss", "its attenuation: (loss + 1) / 2**16 of the PLUS cell's current arrives"),
    u(2, "minus_loss", "the same of the MINUS cell"),
    i(1, "eligibility", "STDP trace, behind by the age of its row"),
))
"""A weight of a dense block: two cells, and what arrives of them."""

TRAITS = Record("traits", (
    u(1, "plus_gain", "conductance of the PLUS cell over nominal, Q1.7"),
    u(1, "minus_gain", "conductance of the MINUS cell over nominal, Q1.7"),
    u(1, "plus_set", "SET step of the PLUS cell over nominal, Q1.7"),
    u(1, "plus_reset", "RESET step of the PLUS cell over nominal, Q1.7"),
    u(1, "minus_set", "SET step of the MINUS cell over nominal, Q1.7"),
    u(1, "minus_reset", "RESET step of the MINUS cell over nominal, Q1.7"),
    u(1, "stuck", "0 works, 1 OFF, 2 ON, 3 FROZEN: bits 0 and 1 the PLUS cell, 2 and 3 the MINUS "
                  "cell", bits=4),
))
"""How the two cells of a weight differ from nominal ones."""

ENTRY = Record("entry", (
    u(2, "set", "step of a SET pulse at state 256 * entry, with set_shift fraction bits"),
    u(2, "reset", "step of a RESET pulse, with reset_shift fraction bits"),
    u(2, "conductance", "conductance, 2**15 at R_on"),
))
"""What all cells share."""

DRAW = Record("draw", (
    u(4, "plus", "shift register of the PLUS plane of a column, not 0", bits=31),
    u(4, "minus", "shift register of the MINUS plane, not 0", bits=31),
))

AGE_HORIZON = 128
"""Every eligibility is zero after this many decays, for every `trace_decay`."""

AGE_MAX = AGE_HORIZON + 1
"""Ages saturate here, one past the horizon: the sweep advances them before a row is visited, and
the visit must still tell 127 from 128."""

DECAY_POWERS = 7
"""Decay tables for 1, 2, 4 ... 64 ticks; an age selects among them bit by bit."""


def decay_table(trace_decay: int) -> list[list[int]]:
    """Return the decay tables that a host loads when `trace_decay` changes.

    Returns
    -------
    list of 7 lists of 128 int
        Entry m of table k is the magnitude, after 2**k ticks, of an eligibility of magnitude m.
        Entry 0 stands for magnitude 128, since 0 stays 0 without a table.
    """
    once = [m * trace_decay >> 8 for m in range(129)]
    tables = []
    step = once
    for _ in range(DECAY_POWERS):
        tables.append([step[128], *step[1:128]])
        step = [step[step[m]] for m in range(129)]
    return tables


def full_decay_table(trace_decay: int) -> list[list[int]]:
    """Return the decay tables of a core with single-port memories.

    Returns
    -------
    list of 128 lists of 128 int
        Entry m of table k is the magnitude, after k ticks, of an eligibility of magnitude m.
        Entry 0 stands for magnitude 128.
    """
    magnitudes = [128, *range(1, 128)]
    tables = []
    for _ in range(AGE_HORIZON):
        tables.append(magnitudes)
        magnitudes = [m * trace_decay >> 8 for m in magnitudes]
    return tables
