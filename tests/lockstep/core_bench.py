"""cocotb testbench of the core: drives its streams byte by byte, with random gaps.

cocotb runs it inside the simulator; `test_verilog_lockstep` starts that.
"""

import json
import os
import random
from collections import deque

import cocotb
from cocotb.clock import Clock
from cocotb.task import bridge, resume
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly

from golden.arch.identity import identity_fields
from golden.arch.params import CoreParams

from .side_by_side import SideBySide, play

DEADLINE_CYCLES = 100_000


class CocotbLink:
    """The two byte streams of the core under test, in place of `host.link.Link`.

    Attributes
    ----------
    idle, stall : float
        Chance, in each cycle, that a byte is withheld, or refused.
    """

    def __init__(self, dut, params: CoreParams):
        self.identity = identity_fields(params)
        self.idle = self.stall = 0
        self._dut, self._rng = dut, random.Random(1)
        self._to_core = deque()
        self._from_core = bytearray()

    def connect(self):
        """Be there already."""

    close = connect

    def write(self, data):
        self._to_core.extend(data)

    def read(self, size):
        self._exchange(size)
        data = bytes(self._from_core[:size])
        del self._from_core[:size]
        return data

    @resume
    async def _exchange(self, size):
        """Run the streams until `size` bytes have come and all bytes have been taken."""
        dut = self._dut
        offering = False
        cycles = 0
        while len(self._from_core) < size or self._to_core:
            await FallingEdge(dut.clk)
            if not offering and self._to_core and self._rng.random() >= self.idle:
                offering = True
                dut.commands__payload.value = self._to_core[0]
            accepting = self._rng.random() >= self.stall
            dut.commands__valid.value = offering
            dut.reports__ready.value = accepting
            await ReadOnly()
            if offering and dut.commands__ready.value:
                self._to_core.popleft()
                offering = False
                cycles = 0
            if accepting and dut.reports__valid.value:
                self._from_core.append(int(dut.reports__payload.value))
                cycles = 0
            cycles += 1
            assert cycles < DEADLINE_CYCLES, "nothing moves"
        await FallingEdge(dut.clk)
        dut.commands__valid.value = 0
        dut.reports__ready.value = 0


@cocotb.test
async def core_equals_golden(dut):
    """One pool after the other, with other gaps each time."""
    settings = json.loads(os.environ["LOCKSTEP"])
    dut.commands__valid.value = 0
    dut.reports__ready.value = 0
    dut.flush.value = 0
    dut.link_events.value = 0
    dut.rst.value = 1
    Clock(dut.clk, 10, "ns").start()
    await ClockCycles(dut.clk, 3)
    dut.rst.value = 0

    link = CocotbLink(dut, CoreParams(**settings["params"]))
    pair = SideBySide(link)
    for seed in settings["seeds"]:
        link.idle, link.stall = seed % 3 * 0.2, seed % 2 * 0.3
        await bridge(play)(pair, seed, settings["steps"])
