"""Version and hash of the contract, and what a board says of itself."""

import hashlib

from . import (
    astrocytes,
    commands,
    config,
    crossbar,
    frames,
    maturity,
    numeric,
    records,
    registers,
    windows,
)
from .params import CoreParams
from .records import Record, u

VERSION = (0, 4)
"""Major and minor version of the contract: the hash tells a difference, this tells the newer."""

IDENTITY = Record("identity", (
    u(4, "session", "session of the HELLO that is answered"),
    u(8, "contract", "first 8 bytes of the contract hash, as an integer"),
    u(1, "major", "version of the contract"),
    u(1, "minor", "version of the contract"),
    u(4, "neurons", "capacity: neurons"),
    u(4, "synapses", "capacity: synapses over all tiles"),
    u(1, "tiles", "tiles"),
    u(1, "delay_slots", "capacity: slots of the delay ring"),
    u(2, "divisor", "clock cycles of one bit on the line"),
    u(2, "command_depth", "bytes of the command queue"),
    u(2, "report_depth", "bytes of the report queue"),
    u(1, "single_port", "1: the synapses lie in single-port memories"),
    u(1, "options", "1: the departures from the reference are built in"),
    u(2, "block_rows", "capacity: rows of a dense block, 0 without one"),
    u(2, "block_columns", "capacity: lanes of a dense block"),
    u(2, "astrocytes", "capacity: astrocyte domains"),
))


def _describe():
    """Yield every fact of the contract, in a fixed order."""
    yield repr(VERSION)
    for module in (numeric, config, maturity, crossbar, astrocytes, records, frames):
        for name, value in sorted(vars(module).items()):
            if name.isupper() and isinstance(value, (int, tuple, dict, Record)):
                yield f"{module.__name__}.{name}={value!r}"
    for kind in (config.Homeostasis, config.Reset, config.Leak, config.Dale, crossbar.Plane,
                 crossbar.Polarity, crossbar.Stuck, frames.Kind, commands.Opcode, commands.Tag,
                 commands.Fault, windows.Window):
        yield f"{kind.__name__}={[(member.name, member.value) for member in kind]}"
    for table in (commands.ARGUMENTS, commands.REPORTS, windows.WINDOWS):
        yield from (f"{key!r}={value!r}" for key, value in table.items())
    yield repr(commands.INPUT_CHANGE)
    yield repr(registers.REGISTERS)
    yield repr(IDENTITY)


def contract_hash() -> int:
    """Return the hash that two sides of one contract share, 64 bits."""
    text = "\n".join(_describe())
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def identity_fields(params: CoreParams, session: int = 0) -> dict[str, int]:
    """Return what a core built with `params` answers to a HELLO."""
    return {
        "session": session,
        "contract": contract_hash(),
        "major": VERSION[0],
        "minor": VERSION[1],
        **{name: getattr(params, name)
           for name in ("neurons", "synapses", "tiles", "delay_slots", "divisor",
                        "command_depth", "report_depth", "single_port", "options", "block_rows",
                        "block_columns", "astrocytes")},
    }


def params_of(identity: dict[str, int]) -> CoreParams:
    """Return the build parameters that an identity tells."""
    flags = {name: bool(identity[name]) for name in ("single_port", "options")}
    return CoreParams(**{name: identity[name] for name in CoreParams.__dataclass_fields__
                         if name in identity and name not in flags}, **flags)
