"""Simulate one component: drivers, monitors, a deadline, and the rules every stream keeps."""

from amaranth.hdl import Value
from amaranth.lib import stream
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator


def simulate(dut, *testbenches, background=(), deadline=10_000):
    """Simulate `dut` until every testbench returns, or raise TimeoutError after `deadline` cycles.

    Testbenches in `background` need not return. Every output stream of `dut` is watched throughout.
    """
    async def give_up(ctx):
        await ctx.delay(deadline * 1e-6)
        raise TimeoutError(f"no end in {deadline} cycles")

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    for testbench in testbenches:
        simulator.add_testbench(testbench)
    for testbench in background:
        simulator.add_testbench(testbench, background=True)
    for name, member in dut.signature.members.items():
        if member.is_signature and isinstance(member.signature, stream.Signature) \
                and member.flow is Out:
            ports = getattr(dut, name)
            for port in ports if member.dimensions else [ports]:
                simulator.add_testbench(stream_rules(port), background=True)
    simulator.add_testbench(give_up, background=True)
    simulator.run()


async def stream_put(ctx, port, payload, *, wait=0):
    """Offer `payload`, after `wait` idle cycles, until it is taken."""
    for _ in range(wait):
        await ctx.tick()
    ctx.set(port.payload, payload)
    ctx.set(port.valid, 1)
    ready = False
    while not ready:
        *_, ready = await ctx.tick().sample(port.ready)
    ctx.set(port.valid, 0)


async def stream_get(ctx, port, *, wait=0):
    """Take the next payload, after `wait` cycles of stalling."""
    for _ in range(wait):
        await ctx.tick()
    ctx.set(port.ready, 1)
    while True:
        *_, valid, payload = await ctx.tick().sample(port.valid, port.payload)
        if valid:
            ctx.set(port.ready, 0)
            return payload


def stream_rules(port):
    """Return a testbench that fails if an offer is withdrawn or changed before its transfer."""
    async def watch(ctx):
        offer = None
        async for _, _, valid, ready, payload in ctx.tick().sample(
                port.valid, port.ready, Value.cast(port.payload)):
            assert offer in (None, (valid, payload)), f"{offer} became {(valid, payload)}"
            offer = (valid, payload) if valid and not ready else None
    return watch
