"""Records of the contract as layouts of signals, and their way to and from the line."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Value, ValueLike, signed, unsigned
from amaranth.lib import data

from golden.arch.params import CoreParams, index_width
from golden.arch.records import SYNAPSE, Record
from golden.arch.windows import WINDOWS

LINE_WIDTH = 8 * max(spec.record.size for spec in WINDOWS.values())
"""Bits of the widest record on the line."""


def layout_of(record: Record) -> data.StructLayout:
    """Return the layout of what a memory keeps of `record`."""
    return data.StructLayout({field.name: signed(field.width) if field.signed
                              else unsigned(field.width) for field in record.fields})


def line_layout_of(record: Record) -> data.StructLayout:
    """Return the layout of `record` on the line: whole bytes."""
    return data.StructLayout({field.name: signed(8 * field.size) if field.signed
                              else unsigned(8 * field.size) for field in record.fields})


def from_line(record: Record, line: Value) -> dict[str, Value]:
    """Return the fields, as wide as the memories keep them, of the record at bit 0 of `line`."""
    fields, at = {}, 0
    for field in record.fields:
        value = line[at:at + field.width]
        fields[field.name] = value.as_signed() if field.signed else value
        at += 8 * field.size
    return fields


def to_line(record: Record, fields: Mapping[str, ValueLike]) -> Value:
    """Return a record as on the line: every field extended to whole bytes."""
    bits = []
    for field in record.fields:
        value = Value.cast(fields[field.name])
        spare = 8 * field.size - len(value)
        bits += [value, value[-1].replicate(spare) if field.signed else Const(0, spare)]
    return Cat(bits)


def cell_width(params: CoreParams) -> int:
    """Return the bits of a cell number within a tile, for a core with a dense block."""
    return index_width(params.block_rows * params.tile_columns)


def place_width(params: CoreParams) -> int:
    """Return the bits that tell a synapse within a tile.

    In a core with a dense block, the highest of them tells its cells from the synapses in rows.
    """
    if not params.block_rows:
        return params.synapse_width
    return max(params.synapse_width, cell_width(params)) + 1


class SynapseWord(data.StructLayout):
    """What a tile keeps of a synapse; 36 bits with 512 neurons a tile and 8 slots.

    Members
    -------
    target : unsigned(params.local_width)
        Target neuron within the tile.
    weight : signed(8)
        Weight.
    offset : unsigned(params.slot_width)
        Delay minus 1: slots between the one due next and the one the spike arrives in.
    eligibility : signed(8)
        STDP trace, behind by the age of its row.
    maturity : unsigned(8)
        ``counter << 2 | temperature``.
    """

    def __init__(self, params: CoreParams):
        super().__init__({
            "target": unsigned(params.local_width),
            "weight": signed(8),
            "offset": unsigned(params.slot_width),
            "eligibility": signed(8),
            "maturity": unsigned(8),
        })


def synapse_from_line(params: CoreParams, line: Value) -> Value:
    """Return, as the bits of a `SynapseWord`, a synapse from the line."""
    fields = from_line(SYNAPSE, line)
    return Cat(fields["target"][:params.local_width], fields["weight"],
               (fields["delay"] - 1)[:params.slot_width], fields["eligibility"],
               fields["maturity"])


def synapse_to_line(stored: data.View) -> Value:
    """Return a `SynapseWord` as on the line."""
    return to_line(SYNAPSE, {
        "target": stored.target,
        "weight": stored.weight,
        "delay": (stored.offset + 1)[:8],
        "eligibility": stored.eligibility,
        "maturity": stored.maturity,
    })
