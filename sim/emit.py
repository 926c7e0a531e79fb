"""Turn a component into the languages that other tools read."""

import importlib
import re
from typing import NamedTuple
from unittest import mock

from amaranth.back import verilog
from amaranth.hdl import Value
from amaranth.lib import wiring

rtlil = importlib.import_module("amaranth.back.rtlil")  # amaranth-stubs leaves it out

INITIAL_BLOCK = re.compile(r"^  initial begin\n((?:    (?:\\\S+ |\w+)\[\d+\] = \d+'h\w+;\n)+)"
                           r"  end\n", re.M)
INITIAL_WORD = re.compile(r"^    (\\\S+ |\w+)\[(\d+)\] = (\d+'h\w+);$", re.M)


class Port(NamedTuple):
    """A port of a component.

    Parameters
    ----------
    name : str
        Name in the emitted text: the path of the member, joined by ``__``.
    width : int
        Bits.
    is_input : bool
        Whether the component reads it.
    """

    name: str
    width: int
    is_input: bool


def ports(component: wiring.Component) -> list[Port]:
    """Return the ports of a component, without its clock, with its reset."""
    return [Port("rst", 1, True)] + [
        Port("__".join(map(str, path)), len(Value.cast(value)), member.flow == wiring.In)
        for path, member, value in component.signature.flatten(component)]


class _Emitter(rtlil.ModuleEmitter):
    """Leaves out initialisers of zero.

    Amaranth spells them out bit by bit, and CXXRTL word by word, which takes longer to write and
    to compile than the rest of the design.
    """

    def emit_memory(self, cell_idx, cell):
        if any(cell.init):
            super().emit_memory(cell_idx, cell)


def rtlil_text(component: wiring.Component, name: str = "top") -> str:
    """Return a component in RTLIL, for simulators whose memories start at zero by themselves."""
    with mock.patch.object(rtlil, "ModuleEmitter", _Emitter):  # Amaranth offers no other way in
        return rtlil.convert(component, name=name, emit_src=False)


def verilog_text(component: wiring.Component, name: str = "top") -> str:
    """Return a component in Verilog.

    A memory whose words all start with one value is initialised by a loop, where Amaranth writes
    a line for each word.
    """
    return INITIAL_BLOCK.sub(_as_loop, verilog.convert(component, name=name, emit_src=False,
                                                       strip_internal_attrs=True))


def _as_loop(block: re.Match) -> str:
    """Return the loop that does what an initial block of assignments does, if there is one."""
    words = INITIAL_WORD.findall(block[1])
    memory, _, value = words[0]
    if words != [(memory, str(index), value) for index in range(len(words))]:
        return block[0]
    label = "initial_" + re.sub(r"\W", "_", memory.strip())
    return (f"  initial begin : {label}\n    integer word;\n"
            f"    for (word = 0; word < {len(words)}; word = word + 1) {memory}[word] = {value};\n"
            "  end\n")
