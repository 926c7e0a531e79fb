"""Simulate one component: drivers, monitors, a deadline, and the rules every stream keeps."""

from amaranth.hdl import Value
from amaranth.lib import data, stream
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


def feed(dut, items, *, latency=None, prepare=None, late=None, **constants):
    """Give a pipeline one item in every cycle, and return what it makes of each.

    Parameters
    ----------
    dut : wiring.Component
        Pipeline.
    items : list of dict
        Values of inputs, by name.
    latency : int, optional
        Cycles from the inputs of an item to its outputs; `dut.LATENCY` unless told.
    prepare : callable, optional
        Testbench to run before the first item.
    late : dict, optional
        Inputs that are given later than the others, and by how many cycles.
    **constants
        Values of inputs that stay.

    Returns
    -------
    list of dict
        Values of all outputs, by name.
    """
    outputs = [name for name, member in dut.signature.members.items() if member.flow is Out]
    latency = dut.LATENCY if latency is None else latency
    outcomes = []

    async def testbench(ctx):
        for name, value in constants.items():
            ctx.set(getattr(dut, name), value)
        if prepare:
            await prepare(ctx)
        for cycle in range(len(items) + latency):
            for name in items[0]:
                at = cycle - (late or {}).get(name, 0)
                if 0 <= at < len(items):
                    ctx.set(getattr(dut, name), items[at][name])
            if cycle >= latency:
                outcomes.append({name: plain(ctx.get(getattr(dut, name))) for name in outputs})
            await ctx.tick()

    simulate(dut, testbench, deadline=len(items) + 10_000)
    return outcomes


def plain(value):
    """Return a number, or the members of a structure as a dictionary of them."""
    if isinstance(value, data.Const):
        return {name: plain(value[name]) for name in value.shape().members}
    return value


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
