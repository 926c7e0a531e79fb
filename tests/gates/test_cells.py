"""The models of memories are those of Yosys, but for what is undefined."""

import random

import pytest

from golden.arch.params import CoreParams
from sim.verilated import verilated

from .memories import MODES, Models

CYCLES = 4000
ROWS = 4


@pytest.fixture(scope="module")
def simulation():
    return verilated(Models("tests.gates.memories:Memories", CoreParams()))


def drive(simulation, rng, **inputs):
    """Run a cycle with some inputs at random, as they are returned."""
    inputs = {"read": rng.getrandbits(1), "write": rng.getrandbits(1),
              "mask": rng.getrandbits(16), "data": rng.getrandbits(16)} | inputs
    for name, value in inputs.items():
        simulation.set(name, value)
    simulation.run(1)
    return inputs


def block_address(rng):
    return rng.randrange(8) << 8 | rng.randrange(ROWS)


def test_block_rams_equal_those_of_yosys(simulation):
    rng = random.Random(1)
    reads = 0
    for _ in range(CYCLES):
        source, target = block_address(rng), block_address(rng)
        while source % 256 == target % 256:
            target = block_address(rng)
        if drive(simulation, rng, read_address=source, write_address=target)["read"]:
            reads += 1
        if reads:
            assert simulation.get("differ") == 0
    assert reads > CYCLES / 4


def test_block_rams_show_noise_for_what_is_being_written(simulation):
    rng = random.Random(2)
    different = 0
    for _ in range(CYCLES):
        address = block_address(rng)
        drive(simulation, rng, read=1, write=1, mask=0, read_address=address,
              write_address=address)
        different |= simulation.get("differ")
    assert different == 2 ** (MODES * MODES) - 1


def test_single_port_ram_reads_what_was_written(simulation):
    rng = random.Random(3)
    for address in range(ROWS):  # noise until then
        drive(simulation, rng, read=1, write=1, mask=0xf, write_address=address)
    differed = False
    for _ in range(CYCLES):
        inputs = drive(simulation, rng, write_address=rng.randrange(ROWS))
        if inputs["read"] and inputs["write"]:
            differed |= simulation.get("single_differs")
        elif inputs["read"]:
            assert not simulation.get("single_differs")
    assert differed  # what is shown after a write is undefined


def test_single_port_ram_starts_with_noise(simulation):
    differed = 0
    for address in range(1000, 1100):
        drive(simulation, random.Random(4), read=1, write=0, write_address=address)
        differed += simulation.get("single_differs")
    assert differed > 90
