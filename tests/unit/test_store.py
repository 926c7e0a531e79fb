import numpy as np
import pytest

from hdl.store import Store
from tests.support.gateware import simulate


@pytest.mark.parametrize("transparent", [False, True])
def test_core_and_host_share_the_ports(transparent):
    dut = Store(16, 8, transparent=transparent)
    rng = np.random.default_rng(seed=2)

    async def testbench(ctx):
        words = [0] * 8
        for _ in range(400):
            claim, write, host_write = (bool(bit) for bit in rng.integers(0, 2, 3))
            read_at, write_at, host_at = (int(address) for address in rng.integers(0, 8, 3))
            value, host_value = (int(word) for word in rng.integers(0, 65536, 2))
            ctx.set(dut.read_address, read_at)
            ctx.set(dut.write_address, write_at)
            ctx.set(dut.write_data, value)
            ctx.set(dut.write_enable, write)
            ctx.set(dut.host.claim, claim)
            ctx.set(dut.host.address, host_at)
            ctx.set(dut.host.data, host_value)
            ctx.set(dut.host.write, host_write)
            shown_at = host_at if claim else read_at
            before = words[shown_at]
            if claim and host_write:
                words[host_at] = host_value
            elif write and not claim:
                words[write_at] = value
            await ctx.tick()
            assert ctx.get(dut.read_data) == (words[shown_at] if transparent else before)

    simulate(dut, testbench)
