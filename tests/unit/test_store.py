import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.lib import data

from hdl.store import Store
from tests.support.gateware import simulate


@pytest.mark.parametrize("lanes", [1, 2])
def test_core_and_host_share_the_ports(lanes):
    dut = Store(data.ArrayLayout(16 // lanes, lanes) if lanes > 1 else 16, 8, lanes=lanes)
    rng = np.random.default_rng(seed=2)
    masks = {0: 0, 1: 0xFFFF} if lanes == 1 else {0: 0, 1: 0x00FF, 2: 0xFF00, 3: 0xFFFF}

    async def testbench(ctx):
        words = [0] * 8
        shown = None  # unknown
        for _ in range(1000):
            claim, read = (bool(bit) for bit in rng.integers(0, 2, 2))
            write, host_write = (int(mask) for mask in rng.integers(0, len(masks), 2))
            read_at, write_at, host_at = (int(address) for address in rng.integers(0, 8, 3))
            value, host_value = (int(word) for word in rng.integers(0, 65536, 2))
            ctx.set(dut.read_address, read_at)
            ctx.set(dut.read_enable, read)
            ctx.set(dut.write_address, write_at)
            ctx.set(Value.cast(dut.write_data), value)
            ctx.set(dut.write_enable, write)
            ctx.set(dut.host.claim, claim)
            ctx.set(dut.host.address, host_at)
            ctx.set(Value.cast(dut.host.data), host_value)
            ctx.set(dut.host.write, host_write)
            if claim:
                read_at, write_at, write, value = host_at, host_at, host_write, host_value
            if claim or read:
                shown = None if write and read_at == write_at else words[read_at]
            words[write_at] = words[write_at] & ~masks[write] | value & masks[write]
            await ctx.tick()
            assert shown in (None, ctx.get(Value.cast(dut.read_data)))

    simulate(dut, testbench)
