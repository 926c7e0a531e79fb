"""What travels inside the two streams: commands to the board, reports from it.

A command is an opcode byte, its arguments, and the data that the arguments announce. Commands are
executed whole and in order: a tick never starts before everything sent ahead of it has arrived and
been done. A report is a tag byte and its fields; reports come in the order of their commands.

A tick is reported as EVENTS or as BITMAP, whichever is shorter (EVENTS if equal). EVENTS is
followed by a count and as many neuron numbers in ascending order, 1 byte each in a core of up to
256 neurons, else 2. BITMAP is followed by ``ceil(neuron_count / 8)`` bytes, neuron i in bit
``i % 8`` of byte ``i // 8``.

A command that can't be done is answered with FAULT; from then on the board drops all commands
until the next session.
"""

import enum

from .records import Record, i, u


class Opcode(enum.IntEnum):
    """First byte of a command."""

    WRITE = 0x01
    READ = 0x02
    INPUT = 0x03
    RUN = 0x04
    INJECT = 0x05
    REST = 0x06
    MODULATE = 0x07
    PRUNE = 0x08
    SETTLE = 0x09
    SYNC = 0x0A
    LOOP = 0x0B
    REPEAT = 0x0C
    ASTROCYTES = 0x0D


_ACCESS = (
    u(1, "window", "number of the window"),
    u(4, "address", "first word"),
    u(2, "count", "number of words"),
)

ARGUMENTS = {
    Opcode.WRITE: Record("write", _ACCESS),
    Opcode.READ: Record("read", _ACCESS),
    Opcode.INPUT: Record("input", (u(2, "count", "number of changes"),)),
    Opcode.RUN: Record("run", (
        u(2, "ticks", "number of ticks"),
        u(1, "silent", "1: their spikes are counted, not reported", bits=1),
    )),
    Opcode.INJECT: Record("inject", (
        u(4, "first", "first neuron"),
        u(4, "end", "neuron after the last one"),
        i(2, "delta", "what is added to each potential, saturating"),
    )),
    Opcode.REST: Record("rest", ()),
    Opcode.MODULATE: Record("modulate", (
        u(1, "dopamine", "reward is what exceeds 128"),
        u(1, "cortisol", "punishment is what exceeds 30"),
    )),
    Opcode.PRUNE: Record("prune", ()),
    Opcode.SETTLE: Record("settle", ()),
    Opcode.SYNC: Record("sync", (u(4, "token", "any number"),)),
    Opcode.LOOP: Record("loop", (u(2, "times", "how often, at least 1"),)),
    Opcode.REPEAT: Record("repeat", ()),
    Opcode.ASTROCYTES: Record("astrocytes", (
        u(1, "clear", "1: instead, set calcium and `active` of every domain to 0", bits=1),
    )),
}

DESCRIPTION = {
    Opcode.WRITE: "Write `count` words, which follow, to a window. No report.",
    Opcode.READ: "Read `count` words of a window. Report WORDS.",
    Opcode.INPUT: "Change `count` words of the input vector; as many records *input change* "
                  "follow. No report.",
    Opcode.RUN: "Run a batch of ticks, each with the input vector as it is. Report EVENTS or "
                "BITMAP for each tick, unless they are to be silent.",
    Opcode.INJECT: "Add `delta` to the potentials of the neurons first <= i < end of the pool. No "
                   "report.",
    Opcode.REST: "Set every potential to the resting potential and every refractory counter to 0. "
                 "No report.",
    Opcode.MODULATE: "Turn eligibilities into weight changes. Report MODULATED.",
    Opcode.PRUNE: "Drop dead synapses and close the gaps. Report DROPPED for each, then PRUNED.",
    Opcode.SETTLE: "Bring all eligibilities up to date, so that windows show their true values. "
                   "No report.",
    Opcode.SYNC: "Do nothing. Report SYNCED, when everything before has been done.",
    Opcode.LOOP: "Keep what follows, up to REPEAT, in the command queue, so that a stored stimulus "
                 "plays at the speed of the core, however slow the line. LOOP and REPEAT and what "
                 "lies between them must fit in three quarters of `command_depth`; loops don't "
                 "nest. No report.",
    Opcode.REPEAT: "Go back to the command after LOOP, unless this has been the last time. No "
                   "report.",
    Opcode.ASTROCYTES: "Do an astrocyte step: calcium decays, then rises in the domains that were "
                       "active. A core built without astrocytes does not know this opcode. No "
                       "report.",
}

INPUT_CHANGE = Record("input change", (
    u(2, "neuron", "neuron"),
    i(2, "current", "current added in every tick from now on, Q8.8 mV"),
))


class Tag(enum.IntEnum):
    """First byte of a report."""

    EVENTS = 0x40
    BITMAP = 0x41
    WORDS = 0x42
    MODULATED = 0x43
    DROPPED = 0x44
    PRUNED = 0x45
    SYNCED = 0x46
    FAULT = 0x7F


REPORTS = {
    Tag.EVENTS: Record("events", ()),
    Tag.BITMAP: Record("bitmap", ()),
    Tag.WORDS: Record("words", ()),
    Tag.MODULATED: Record("modulated", (
        u(4, "reinforced", "synapses reinforced"),
        u(4, "weakened", "synapses weakened"),
    )),
    Tag.DROPPED: Record("dropped", (
        u(4, "address", "address that the synapse had in window SYNAPSES before the prune"),
    )),
    Tag.PRUNED: Record("pruned", (u(4, "count", "synapses dropped"),)),
    Tag.SYNCED: Record("synced", (u(4, "token", "the token of the command"),)),
    Tag.FAULT: Record("fault", (
        u(1, "code", "what is wrong"),
        u(1, "opcode", "opcode of the command that can't be done"),
    )),
}


class Fault(enum.IntEnum):
    """Why a command can't be done."""

    OPCODE = 1    # no such opcode
    WINDOW = 2    # no such window, or it can't be read or written that way
    ADDRESS = 3   # beyond the end of the window, or no such neuron
    LOOP = 4      # a loop that does not fit in the command queue, or LOOP and REPEAT out of order


def spike_report_sizes(count: int, neuron_count: int, event_bytes: int) -> tuple[int, int]:
    """Return the sizes, in bytes after the tag, of a tick's event list and of its bitmap."""
    return event_bytes * (1 + count), (neuron_count + 7) // 8
