import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from amaranth.hdl import Value

from golden.arch.params import CoreParams
from sim.cache import cached
from sim.compiled import compiled
from sim.design import Design
from sim.emit import ports, verilog_text
from sim.errors import SimError
from tests.support.gateware import simulate

PARAMS = CoreParams()
ECHO = Design("tests.support.designs:Echo", PARAMS)
STREAM_ECHO = Design("tests.support.designs:StreamEcho", PARAMS)
MIXER = Design("tests.support.designs:Mixer", PARAMS)


def test_computes_what_amaranth_computes():
    cycles = 4000
    rng = random.Random(1)
    dut = MIXER.create()
    inputs = [port for port in ports(dut) if port.is_input]
    outputs = [port for port in ports(dut) if not port.is_input]
    stimulus = [[rng.getrandbits(port.width) if port.name != "rst" else 0 for port in inputs]
                for _ in range(cycles)]
    expected = []

    async def testbench(ctx):
        members = {port.name: Value.cast(getattr(dut, port.name))
                   for port in ports(dut) if port.name != "rst"}
        for values in stimulus:
            for port, value in zip(inputs[1:], values[1:], strict=True):
                ctx.set(members[port.name], value)
            await ctx.tick()
            expected.append([ctx.get(members[port.name].as_unsigned()) for port in outputs])

    simulate(dut, testbench, deadline=cycles + 1)
    simulation = compiled(MIXER)
    for cycle, values in enumerate(stimulus):
        for port, value in zip(inputs, values, strict=True):
            simulation.set(port.name, value)
        simulation.run(1)
        assert [simulation.get(port.name) for port in outputs] == expected[cycle], cycle
    assert simulation.cycles == cycles


def test_reset_restores_registers():
    simulation = compiled(MIXER)
    simulation.set("value", 7)
    simulation.set("write", 3)
    simulation.run(5)
    assert simulation.get("sum") == 35
    simulation.set("rst", 1)
    simulation.run(1)
    assert simulation.get("sum") == 0


@pytest.mark.parametrize("divisor", [4, 5, 13])
def test_serial_peer_exchanges_every_byte(divisor):
    simulation = compiled(Design(ECHO.component, CoreParams(divisor=divisor)))
    data = bytes(range(256))
    simulation.push(data)
    assert simulation.pending == 256
    simulation.run(10 * divisor * 260)
    assert simulation.pull() == data
    assert simulation.get("count") == 256
    assert (simulation.pending, simulation.active, simulation.get("busy")) == (0, False, 0)


@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.9, 0), (0, 0.9), (0.5, 0.5)])
def test_stream_peer_exchanges_every_byte(idle, stall):
    simulation = compiled(STREAM_ECHO)
    simulation.pace(idle, stall)
    data = random.Random(2).randbytes(1000)
    simulation.push(data)
    simulation.run(1005 if not (idle or stall) else 20_000)
    assert simulation.pull(400) + simulation.pull() == bytes(byte ^ 0xFF for byte in data)


@pytest.mark.parametrize(("port", "value"), [("word", 1), ("address", 64), ("address", -1)])
def test_refuses_what_a_port_can_not_take(port, value):
    with pytest.raises(SimError, match=f"port {port} can't be set to {value}"):
        compiled(MIXER).set(port, value)


def test_refuses_unknown_port():
    with pytest.raises(SimError, match="no port 'nothing'"):
        compiled(MIXER).get("nothing")


def test_cache_hit_needs_no_amaranth():
    compiled(ECHO)
    subprocess.run([sys.executable, "-c",
                    "import sys\n"
                    "from golden.arch.params import CoreParams\n"
                    "from sim.compiled import compiled\n"
                    "from sim.design import Design\n"
                    f"compiled(Design({ECHO.component!r}, CoreParams())).run(1)\n"
                    "assert 'amaranth.hdl' not in sys.modules\n"], check=True)


def test_cache_builds_once_for_many(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIPARTITE_CACHE", str(tmp_path / "cache"))
    built = []

    def build(scratch):
        built.append(scratch)
        (scratch / "result").write_text("done")
        return scratch / "result"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: cached("key", build), range(8)))
    assert len(built) == 1
    assert {result.read_text() for result in results} == {"done"}


def test_cache_keeps_nothing_of_a_failed_build(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIPARTITE_CACHE", str(tmp_path))

    def fail(scratch):
        (scratch / "result").write_text("half")
        raise SimError("no")

    with pytest.raises(SimError):
        cached("key", fail)
    assert os.listdir(tmp_path) == ["key.lock"]


def test_cache_names_folder_that_can_not_be_written(monkeypatch):
    monkeypatch.setenv("TRIPARTITE_CACHE", "/dev/null/cache")
    with pytest.raises(SimError, match="/dev/null/cache can't be written"):
        cached("key", lambda scratch: scratch)


def test_names_missing_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimError, match=r"needs g\+\+.*apt install g\+\+"):
        compiled(ECHO)


def test_key_tells_parameters_and_tools():
    other = Design(ECHO.component, CoreParams(divisor=5))
    assert len({ECHO.key("g++ 12"), ECHO.key("g++ 13"), other.key("g++ 12"),
                MIXER.key("g++ 12")}) == 4


def test_refuses_design_that_needs_delta_cycles():
    with pytest.raises(SimError, match="delta cycles"):
        compiled(Design("tests.support.designs:Loop", PARAMS))


def test_verilog_initialises_uniform_memories_by_a_loop():
    text = verilog_text(MIXER.create(), "mixer")
    assert "for (word = 0; word < 50; word = word + 1)" in text
    assert "[63] = 40'h" in text  # this one is spelled out
    assert "module mixer(" in text
