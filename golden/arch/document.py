"""The contract in words and tables, for those who write a driver in another language.

Run: python -m golden.arch.document
"""

import inspect
from pathlib import Path

from . import astrocytes, commands, frames, maturity, windows
from .commands import ARGUMENTS, DESCRIPTION, INPUT_CHANGE, REPORTS, Fault, Opcode, Tag
from .frames import HEADER, HELLO, Kind, build_frame, crc
from .identity import IDENTITY, VERSION, contract_hash, identity_fields
from .params import CoreParams
from .records import Record, decay_table
from .registers import REGISTER_ADDRESS, REGISTERS
from .windows import WINDOWS, Window

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = "<!-- Made by `python -m golden.arch.document`; edit the contract, not this file. -->\n"

KINDS = {
    Kind.HELLO: ("host", "record *hello*", "opens a session"),
    Kind.DATA: ("host", "commands", "carries commands, acknowledges reports"),
    Kind.RESEND: ("host", "commands", "the same, and asks for reports again"),
    Kind.BOARD_IDENTITY: ("board", "record *identity*", "answers HELLO"),
    Kind.BOARD_DATA: ("board", "reports", "carries reports, acknowledges commands"),
    Kind.BOARD_RESEND: ("board", "reports", "the same, and asks for commands again"),
}

FAULTS = {
    Fault.OPCODE: "there is no such opcode",
    Fault.WINDOW: "there is no such window, or it can't be read or written that way",
    Fault.ADDRESS: "beyond the end of the window, or no such neuron; no word of a WRITE or READ "
                   "has been touched, but the changes of an INPUT before the wrong one are done",
    Fault.LOOP: "a loop does not fit in the command queue, there is a LOOP within a loop, or a "
                "REPEAT without one",
}

FOLLOWS = {
    Opcode.WRITE: "`count` records of the window",
    Opcode.INPUT: "`count` records *input change*",
    Tag.EVENTS: "count of spikes, then their neurons, ascending; each 1 byte in a core of up to "
                "256 neurons, else 2",
    Tag.BITMAP: "`ceil(neuron_count / 8)` bytes",
    Tag.WORDS: "`count` records of the window that was read",
}

CRC = """
The CRC is CRC-16/IBM-3740 (also CCITT-FALSE): polynomial 0x1021, initial value 0xFFFF, not
reflected, no final XOR, appended most significant byte first.

```c
uint16_t crc16(const uint8_t *data, size_t size) {
    uint16_t crc = 0xFFFF;
    while (size--) {
        crc ^= (uint16_t)*data++ << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? (uint16_t)(crc << 1 ^ 0x1021) : (uint16_t)(crc << 1);
    }
    return crc;
}
```
"""

STUFFING = """
COBS replaces the zero bytes of a frame, so that zero can end it. Think of one zero more at the end
of the frame, and cut it behind each zero: each piece is sent without its zero, behind a byte that
tells its length plus 1. A frame has at most {frame_max} bytes, so no piece is as long as 254 bytes,
for which COBS has a special rule, and stuffing adds exactly one byte.

```c
size_t stuff(const uint8_t *frame, size_t size, uint8_t *line) {{
    size_t code = 0, end = 1;
    for (size_t i = 0; i < size; i++) {{
        if (frame[i])
            line[end++] = frame[i];
        else {{
            line[code] = (uint8_t)(end - code);
            code = end++;
        }}
    }}
    line[code] = (uint8_t)(end - code);
    line[end++] = 0;
    return end;
}}
```

Values to test with:

| | bytes |
|---|---|
| CRC of `313233343536373839` | `{check:04x}` |
| CRC of nothing | `{nothing:04x}` |
| `112200330000` stuffed, with its end | `{stuffed}` |
"""

DRIVING = """
What a driver has to do, in short:

1. Send HELLO with a session number that is unlikely to be the current one (random, not 0), after a
   zero byte or two that end whatever the board has half received. Repeat it, say every 100 ms,
   until IDENTITY comes with that number. `contract` must be the value above, or nothing that
   follows can be relied on.
2. Number the bytes of the commands from 0, cut them into payloads of up to {payload_max} bytes, and
   send DATA, never more than `window` bytes beyond `acknowledge`, both of the latest frame from the
   board. Go on before the answers come: the line is faster than the round trip.
3. Keep the bytes until they are acknowledged. If the board sends RESEND, or nothing is acknowledged
   for a few round trips, send again from `acknowledge` on. A payload that starts before what the
   board expects is dropped whole: cut anew at that byte.
4. Append the payload of each good frame from the board to the reports if its `offset` is the one
   expected, and answer with DATA, be it empty, whose `acknowledge` is what is expected now. One
   answer for several frames is enough. If a frame is damaged or comes too early, answer with
   RESEND, once per round trip. An empty DATA frame is not answered.
5. If nothing comes though something should, send an empty RESEND: the board answers every one.
6. On a bad line use short payloads, and ask for them by a small `window`: about
   `sqrt(12 / errors per byte)` bytes get the most through.
"""

LOADING = """
Commands are done in order and no tick runs in between, so the windows can be written in any order.
Let the pool have n neurons and the core `neurons`, `tiles` and `delay_slots`. It fits if n is
at most `neurons`, its slots at most `delay_slots`, and each tile has at most `synapses / tiles`
synapses. A WRITE has up to 65,535 words.

1. REGISTERS from address 0: all that are *rw*, in one WRITE. `tick_low` and `tick_high` hold the
   tick count, `tick_phase` the tick count modulo 100. `slot_head` may be 0.
2. DECAYS: 7 tables of 128 bytes that follow from `trace_decay`. With D(m) = floor(m * trace_decay /
   256), byte 128 * k + m is D applied 2**k times to m, except that m = 0 stands for 128. For
   trace_decay = {trace_decay}, table 0 begins {first}, table 1 begins {second}. A core with
   single-port memories takes 128 tables, of which table k is D applied k times.
3. NEURONS: n records.
4. LEAKS: n records. λ is the fraction, in 1/4096, of the way back to rest in one tick. The leak
   code c of a `.pool` file is λ = 2**(min(c, 7) + 4), with `leak_rounding` 0.
5. INPUTS: n records, which a tick adds to the potentials, and which hold until they are changed.
6. RING: slot s starts at address s * neurons and has n records. Slot `slot_head` is delivered by
   the next tick, slot (`slot_head` + d - 1) % `slot_count` by the d-th tick from now.
7. AGES: n records. An age of 0 says that the eligibilities of the row are up to date.
8. ROWS: word k * tiles + t tells where row k ends within tile t, for k = 0..n-1. Row k holds the
   synapses from neuron k to the neurons of tile t. It starts where the row before it ends.
9. SYNAPSES: a synapse is in the tile of its target, t = target % tiles, and its record says
   target / tiles. The synapses of a tile are sorted by source, those of one source as in the pool;
   number k of them has address k * tiles + t. A target outside the pool becomes any neuron of the
   core outside the pool. `delay` is (max(delay, 1) - 1) % `slot_count` + 1.
10. A pool with a dense block, which needs a core with room for one: CELLS and TRAITS, row by row,
   ENTRIES and DRAWS. The cell at row r and column j has address r * block_columns + `block_target`
   % tiles + j, `block_columns` being the build parameter; the last lane must be within it. A core
   computes with these as `golden/arch/crossbar.py` says. `block_rows` is 0 without a block.
11. If the core has astrocytes: DOMAINS, as many as synapses and with their addresses; FEEDS, n
   records; CALCIUM, a record for each domain; GLIOTRANSMITTERS, 256 bytes. Domain 65535 is none.
   A pool without astrocytes needs no more than a domain 65535 for each synapse and neuron.
12. SYNC. When SYNCED comes, all of it has been done.

To read a pool back, send SETTLE before reading ELIGIBILITIES or CELLS, and READ the windows. While
nothing was pruned or written, synapses have the addresses that they were given. PRUNE reports the
address that each dropped synapse had; those that remain move up within their tile, in order, and
ROWS tells where the rows end now. To add synapses, write AGES (0, after SETTLE), ROWS and SYNAPSES
anew, and the CELLS of a dense block as they were read.
"""


def stuff(frame: bytes) -> bytes:
    """Return a frame as it goes over the line: stuffed with COBS, with its end."""
    pieces = frame.split(b"\0")
    return b"".join(bytes([len(piece) + 1]) + piece for piece in pieces) + b"\0"


def table(head: str, rows) -> str:
    """Return a table in Markdown; `head` has the titles of the columns, split by ``|``."""
    titles = head.split("|")
    lines = ["|".join(titles), "|".join("---" for _ in titles),
             *("|".join(str(cell).replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"|{line}|\n" for line in lines)


def fields_table(record: Record) -> str:
    """Return the fields of a record with the positions of their bytes."""
    rows, at = [], 0
    for field in record.fields:
        doc = field.doc + (f" ({_count(field.bits, 'bit')})" if field.bits else "")
        rows.append((at, f"`{field.name}`", field.code, doc))
        at += field.size
    return table("byte|field|type|meaning", rows)


def record_section(record: Record) -> str:
    """Return the description of a record."""
    return f"*{record.name}*, {_count(record.size, 'byte')}:\n\n{fields_table(record)}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' * (number != 1)}"


def prose(module) -> str:
    """Return what a module of the contract says of itself, without title and references."""
    text = inspect.getdoc(module) or ""
    body = text.split("\n\n", 1)[1].split("\nReferences\n")[0]
    return body.replace(" [1]_", "").replace("`golden.arch.commands`", "[below](#commands)").strip()


def _layout(record: Record, follows: str | None = None) -> str:
    parts = [f"`{field.name}` {field.code}" for field in record.fields]
    return ", ".join([*parts, follows] if follows else parts) or "none"


def session(params: CoreParams) -> list[tuple[str, bytes]]:
    """Return a worked session with a core just powered up: what happens, and the frame."""
    number, token = 0x12345678, 0xCAFE
    register = REGISTER_ADDRESS["neuron_count"]
    steps = bytes([Opcode.WRITE]) + ARGUMENTS[Opcode.WRITE].pack(
        window=Window.REGISTERS, address=register, count=1) + (8).to_bytes(4, "little")
    steps += bytes([Opcode.RUN]) + ARGUMENTS[Opcode.RUN].pack(ticks=2, silent=0)
    steps += bytes([Opcode.SYNC]) + ARGUMENTS[Opcode.SYNC].pack(token=token)
    report = 2 * bytes([Tag.BITMAP, 0xFF]) + bytes([Tag.SYNCED]) + REPORTS[Tag.SYNCED].pack(
        token=token)
    depth, largest = params.command_depth, frames.PAYLOAD_MAX
    return [
        ("The host opens a session.", build_frame(
            Kind.HELLO, HELLO.pack(session=number), window=largest)),
        ("The board tells what it is.", build_frame(
            Kind.BOARD_IDENTITY, IDENTITY.pack(**identity_fields(params, number)), window=depth)),
        ("The host sets `neuron_count` to 8, runs 2 ticks and asks for a sign.", build_frame(
            Kind.DATA, steps, window=largest)),
        ("The board has got that. All neurons fired in both ticks, since every threshold is 0. "
         "(The report may come in several frames.)", build_frame(
            Kind.BOARD_DATA, report, acknowledge=len(steps), window=depth)),
        ("The host has got that, too.", build_frame(
            Kind.DATA, offset=len(steps), acknowledge=len(report), window=largest)),
        ("Had the report been damaged, it would have asked for it again.", build_frame(
            Kind.RESEND, offset=len(steps), window=largest)),
    ]


def protocol() -> str:
    """Return docs/protocol.md."""
    params = CoreParams()
    built = ", ".join(f"{name} {getattr(params, name)}" for name in vars(params))
    return "\n".join((
        "# Protocol\n",
        SOURCE,
        f"Version {VERSION[0]}.{VERSION[1]}, contract 0x{contract_hash():016x}.\n",
        "All integers are least significant byte first, without padding; `u2` is an unsigned "
        "integer of 2 bytes, `i2` a two's complement one. Memories and registers are in "
        "[registers.md](registers.md).\n",
        "## Frames\n",
        prose(frames) + "\n",
        table("kind|name|from|payload|meaning", (
            (f"0x{kind:02x}", kind.name, *KINDS[kind]) for kind in Kind)),
        record_section(HEADER),
        f"A payload has at most {frames.PAYLOAD_MAX} bytes, a frame {frames.FRAME_MAX}. A frame in "
        f"which the line is silent for {frames.SILENCE_BYTES} byte times is dropped; reports that "
        "stay without acknowledgement as long are sent again.\n",
        record_section(HELLO),
        record_section(IDENTITY),
        "`contract` differs as soon as any fact of these pages does: refuse a board with another "
        "one. The build parameters of a core follow it.\n",
        "## CRC and stuffing",
        CRC,
        STUFFING.format(frame_max=frames.FRAME_MAX, check=crc(b"123456789"), nothing=crc(b""),
                        stuffed=stuff(bytes.fromhex("112200330000")).hex()),
        "## A driver",
        DRIVING.format(payload_max=frames.PAYLOAD_MAX),
        "## Commands\n",
        prose(commands) + "\n",
        table("opcode|name|arguments|what it does", (
            (f"0x{opcode:02x}", opcode.name, _layout(ARGUMENTS[opcode], FOLLOWS.get(opcode)),
             DESCRIPTION[opcode]) for opcode in Opcode)),
        "Arguments:\n",
        table("command|field|type|meaning", (
            (opcode.name, f"`{field.name}`", field.code, field.doc)
            for opcode in Opcode for field in ARGUMENTS[opcode].fields)),
        record_section(INPUT_CHANGE),
        "## Reports\n",
        table("tag|name|fields", (
            (f"0x{tag:02x}", tag.name, _layout(REPORTS[tag], FOLLOWS.get(tag))) for tag in Tag)),
        table("report|field|type|meaning", (
            (tag.name, f"`{field.name}`", field.code, field.doc)
            for tag in Tag for field in REPORTS[tag].fields)),
        table("code|fault|meaning", ((fault.value, fault.name, FAULTS[fault]) for fault in Fault)),
        "## A session, byte by byte\n",
        f"With a core of the parameters {built}, just powered up. *frame* is header, payload and "
        "CRC; *line* is that, stuffed, with its end.\n",
        "\n".join(f"{what}\n\n    frame  {frame.hex()}\n    line   {stuff(frame).hex()}\n"
                  for what, frame in session(params)),
    ))


def registers() -> str:
    """Return docs/registers.md."""
    decay = 230
    first, second = (", ".join(map(str, powers[:6])) for powers in decay_table(decay)[:2])
    records = dict.fromkeys(spec.record for spec in WINDOWS.values())
    temperatures = ", ".join(f"{heat.value} {heat.name.lower()}" for heat in maturity.Temperature)
    return "\n".join((
        "# Memories and registers\n",
        SOURCE,
        "What commands READ and WRITE reach; how they travel is in [protocol.md](protocol.md).\n",
        "## Windows\n",
        prose(windows) + "\n",
        "`neurons`, `tiles`, `synapses` and `delay_slots` are the build parameters that the board "
        "tells in its identity.\n",
        table("number|window|record|access|words|what it is", (
            (window.value, window.name, f"*{spec.record.name}*", spec.access, f"`{spec.extent}`",
             spec.doc) for window, spec in WINDOWS.items())),
        "## Records\n",
        "A type such as `u2` is that of the bytes on the line. Where fewer bits are noted, a core "
        "keeps only those.\n",
        "\n".join(record_section(record) for record in records),
        f"Temperatures are {temperatures}. A synapse is born with maturity "
        f"0x{maturity.NEWBORN:02x}; one with 0x{maturity.DEAD:02x} is dead, and PRUNE drops it.\n",
        "## Registers\n",
        "Words of window REGISTERS, 4 bytes each; a signed register is two's complement in its "
        "low bits, and the bits above them read 0. Counters (access *r*) count from power-up and "
        "wrap at 2**32.\n",
        table("address|register|bits|access|at power-up|meaning", (
            (address, f"`{register.name}`", f"{register.width}{' signed' * register.signed}",
             register.access, register.reset, register.doc)
            for address, register in enumerate(REGISTERS))),
        "## Astrocytes\n",
        prose(astrocytes) + "\n",
        "## To load a pool",
        LOADING.format(trace_decay=decay, first=first, second=second),
    ))


PAGES = {"protocol.md": protocol, "registers.md": registers}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
