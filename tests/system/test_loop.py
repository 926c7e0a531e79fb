"""Loops, from the line to the pool: the command queue keeps what the core plays again."""

import pytest

from golden.arch.commands import ARGUMENTS, INPUT_CHANGE, REPORTS, Fault, Opcode, Tag
from golden.arch.params import CoreParams
from golden.arch.registers import REGISTER_ADDRESS
from golden.arch.windows import Window
from host.link import Link
from sim.simulated_board import SimulatedBoard

PARAMS = CoreParams(neurons=16, synapses=64, delay_slots=2, divisor=3, command_depth=512,
                    report_depth=512)


def command(opcode, data=b"", **arguments):
    return bytes([opcode]) + ARGUMENTS[opcode].pack(**arguments) + data


def tick(current):
    """Return what makes neuron 3 alone fire, or none."""
    change = INPUT_CHANGE.pack(neuron=3, current=current)
    return command(Opcode.INPUT, change, count=1) + command(Opcode.RUN, ticks=1, silent=0)


SYNC = command(Opcode.SYNC, token=7)
SYNCED = bytes([Tag.SYNCED]) + REPORTS[Tag.SYNCED].pack(token=7)
FIRES, RESTS = bytes([Tag.EVENTS, 1, 3]), bytes([Tag.EVENTS, 0])


@pytest.fixture
def link():
    board = SimulatedBoard(PARAMS)
    link = Link(board, clock=board.clock)
    link.connect()
    thresholds = b"".join(b"\0\0" + (100).to_bytes(2, "little") + bytes(5) for _ in range(16))
    link.write(command(Opcode.WRITE, (16).to_bytes(4, "little"), window=Window.REGISTERS,
                       address=REGISTER_ADDRESS["neuron_count"], count=1))
    link.write(command(Opcode.WRITE, thresholds, window=Window.NEURONS, address=0, count=16))
    return link


def test_a_stimulus_plays_again_and_again(link):
    body = tick(200) + tick(200) + tick(0)
    link.write(command(Opcode.LOOP, times=50) + body + command(Opcode.REPEAT) + SYNC)
    expected = 50 * (FIRES + FIRES + RESTS) + SYNCED
    assert link.read(len(expected)) == expected
    link.write(SYNC)
    assert link.read(len(SYNCED)) == SYNCED


@pytest.mark.parametrize("filling", [0, 100, 250])
def test_a_loop_may_be_long_and_lie_anywhere(link, filling):
    body = 30 * tick(200)
    assert len(body) < 3 * PARAMS.command_depth // 4
    link.write(filling * command(Opcode.SETTLE))
    for _ in range(3):
        link.write(command(Opcode.LOOP, times=3) + body + command(Opcode.REPEAT) + 50 * SYNC)
    expected = 3 * (90 * FIRES + 50 * SYNCED)
    assert link.read(len(expected)) == expected


@pytest.mark.parametrize("more", [0, 2000])
def test_a_loop_that_does_not_fit_is_a_fault(link, more):
    body = 60 * tick(200)
    assert len(body) > PARAMS.command_depth
    link.write(command(Opcode.LOOP, times=3) + body + command(Opcode.REPEAT)
               + more * command(Opcode.SETTLE))
    reports = bytearray()
    while reports[-3:-2] != bytes([Tag.FAULT]):
        reports += link.read(1)
    assert reports[-2] == Fault.LOOP
    assert bytes(reports[:-3]) == (len(reports) - 3) // 3 * FIRES
    link.connect()
    link.write(SYNC)
    assert link.read(len(SYNCED)) == SYNCED
