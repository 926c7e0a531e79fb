"""Write the waves of a core that loads a small pool and runs a few ticks.

Run: python -m sim.waves [-o core.vcd] [--ticks N] [--tiles L]

Look at them with any viewer of VCD files, such as GTKWave or Surfer. Hierarchy and names are those
of the gateware: ``top.engine.tile0.update`` is `hdl.neuron` in the first tile. To see another run,
change `commands` here.
"""

import argparse
from collections.abc import Iterator

from amaranth.sim import Simulator

from golden.arch.commands import ARGUMENTS, INPUT_CHANGE, Opcode
from golden.arch.params import CoreParams
from golden.model import Pool, with_random_connectivity_seeded
from hdl.core import Core
from host.image import Image

NEURONS = 16
CURRENT = 20_000
"""Current into the first neuron, Q8.8 mV per tick: enough to make it fire whenever it can."""

CLOCK_PERIOD = 1 / 12e6
QUIET_CYCLES = 500
"""Cycles without a report after which the core has done everything."""


def commands(pool: Pool, params: CoreParams, ticks: int) -> Iterator[bytes]:
    """Yield the commands of the run."""
    for window, address, words in Image(pool, params).spans():
        yield command(Opcode.WRITE, words.tobytes(), window=window, address=address,
                      count=words.size)
    yield command(Opcode.INPUT, INPUT_CHANGE.pack(neuron=0, current=CURRENT), count=1)
    yield command(Opcode.RUN, ticks=ticks, silent=0)
    yield command(Opcode.MODULATE, dopamine=255, cortisol=0)
    yield command(Opcode.PRUNE)


def command(opcode: Opcode, data: bytes = b"", **arguments: int) -> bytes:
    """Return the bytes of a command."""
    return bytes([opcode]) + ARGUMENTS[opcode].pack(**arguments) + data


def write_waves(path: str, *, ticks: int = 10, tiles: int = 1) -> None:
    """Simulate the run and write its waves to a VCD file."""
    params = CoreParams(neurons=NEURONS, tiles=tiles, synapses=NEURONS * NEURONS)
    core = Core(params)
    pool = with_random_connectivity_seeded("waves", NEURONS, 0.25)

    async def testbench(ctx):
        ctx.set(core.reports.ready, 1)
        ctx.set(core.commands.valid, 1)
        for byte in b"".join(commands(pool, params, ticks)):
            ctx.set(core.commands.payload, byte)
            ready = False
            while not ready:
                *_, ready = await ctx.tick().sample(core.commands.ready)
        ctx.set(core.commands.valid, 0)
        quiet = 0
        while quiet < QUIET_CYCLES:
            *_, valid = await ctx.tick().sample(core.reports.valid)
            quiet = 0 if valid else quiet + 1

    simulator = Simulator(core)
    simulator.add_clock(CLOCK_PERIOD)
    simulator.add_testbench(testbench)
    with simulator.write_vcd(path):
        simulator.run()


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m sim.waves",
                                     description="Write the waves of a small run of the core.")
    parser.add_argument("-o", "--output", default="core.vcd", help="VCD file (default: core.vcd)")
    parser.add_argument("--ticks", type=int, default=10, help="ticks to run (default: 10)")
    parser.add_argument("--tiles", type=int, default=1, help="tiles of the core (default: 1)")
    options = parser.parse_args(arguments)
    write_waves(options.output, ticks=options.ticks, tiles=options.tiles)
    print(f"waves in {options.output}")


if __name__ == "__main__":
    main()
