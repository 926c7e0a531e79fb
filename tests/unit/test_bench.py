import json

import numpy as np
import pytest

from golden.arch.commands import ARGUMENTS, Opcode
from golden.arch.params import CoreParams
from golden.arch.registers import REGISTER_ADDRESS, REGISTERS
from host.bench_tables import Result, beside_peers, print_json, print_peers
from host.image import Image
from sim.bench import BATCH_TICKS, Measurement, count
from sim.line_use import LineUse
from sim.peers import PEERS
from sim.workloads import excite, fitting_neurons, random_network

CORES = [CoreParams(neurons=4096, synapses=57344, tiles=8),
         CoreParams(neurons=1024, synapses=16384, tiles=2),
         CoreParams(neurons=256, synapses=8192)]


def measurement(**changes):
    values = {"tiles": 4, "neurons": 400, "fan_out": 10, "firing": 20.0, "ticks": 100,
              "sweep_cycles": 105.0, "propagate_cycles": 215.0, "stall_cycles": 0.0,
              "idle_cycles": 5.0, "spikes_per_tick": 80.0, "events_per_tick": 800.0}
    return Measurement(**values | changes)


@pytest.mark.parametrize("params", CORES, ids=["8 tiles", "2 tiles", "1 tile"])
@pytest.mark.parametrize("fan_out", [16, 32, 64, 128])
def test_networks_fit_and_fill_a_core(params, fan_out):
    neurons = fitting_neurons(params, fan_out)
    if not neurons:
        assert fan_out**2 > params.synapses
        return
    for seed in range(5):
        Image(random_network(neurons, fan_out, seed), params)
    assert neurons == params.neurons or neurons * fan_out > 0.93 * params.synapses


def test_rows_have_as_many_different_targets_as_asked_for():
    pool = random_network(50, 7)
    rows = np.split(pool.target, pool.row_ptr[1:-1])
    assert len(rows) == 50
    for row in rows:
        assert len(row) == len(set(row.tolist())) == 7
    assert random_network(9, 9).target.tolist() == 9 * list(range(9))
    with pytest.raises(ValueError, match=r"bench: fan_out must be in 1\.\.9, not 10"):
        random_network(9, 10)


@pytest.mark.parametrize("firing", [0, 0.2, 1, 5, 20, 30, 70, 100])
def test_as_many_neurons_fire_in_every_tick_as_asked_for(firing):
    pool, current = excite(random_network(500, 20), firing)
    counts = [pool.tick(current).size for _ in range(300)]
    assert np.ptp(counts) <= 1
    assert np.mean(counts) == pytest.approx(5 * firing, abs=0.6)


def test_others_fire_in_the_next_tick():
    pool, current = excite(random_network(100, 20), 20)
    fired = [pool.tick(current).tolist() for _ in range(5)]
    assert sorted(neuron for tick in fired for neuron in tick) == list(range(100))
    assert fired[0] != list(range(20))  # but at random


@pytest.mark.parametrize(("neurons", "fan_out"), [(2000, 16), (800, 64), (128, 64)])
def test_free_running_pools_neither_die_nor_explode(neurons, fan_out):
    pool, current = excite(random_network(neurons, fan_out), None)
    counts = np.array([pool.tick(current).size for _ in range(200)])
    assert 0.03 * neurons < counts[20:].mean() < 0.2 * neurons


def test_excitation_leaves_synapses_alone():
    pool, current = excite(random_network(100, 20), 20)
    for _ in range(10):
        pool.tick(current)
    again, _ = excite(pool, None)
    assert pool.eligibility.any()
    np.testing.assert_array_equal(again.eligibility, pool.eligibility)
    assert not again.ring.any()


@pytest.mark.parametrize("firing", [-1, 101, float("nan")])
def test_excite_rejects(firing):
    with pytest.raises(ValueError, match=r"bench: firing must be in 0\.\.100 percent, not"):
        excite(random_network(9, 2), firing)


def test_bound_is_updates_or_rows():
    assert measurement().bound_cycles == 100 + 200
    assert measurement(spikes_per_tick=301.0).bound_cycles == 301
    assert measurement().cycles_per_tick == 325
    assert measurement().fraction == 300 / 325
    assert measurement(idle_cycles=80.0).events_per_cycle == 2


def test_scripts_get_what_they_ask_for(capsys):
    result = Result(title="x", clock_mhz=32.5, clock="y",
                    measurements=[measurement(), measurement(firing=None)])
    print_json(result.rows())
    first, second = json.loads(capsys.readouterr().out)
    assert {"tiles", "neurons", "fan_out", "firing", "cycles_per_tick", "sweep_cycles",
            "propagate_cycles", "idle_cycles", "events_per_tick", "events_per_cycle",
            "bound_cycles", "fraction"} <= first.keys()
    assert (first["firing"], second["firing"]) == (20, "free")
    assert (first["ticks_per_second"], first["events_per_second"]) == (100_000, 80e6)
    assert Result(title="x", measurements=[measurement()]).rows()[0]["ticks_per_second"] is None


def test_line_use_counts_ten_bits_a_byte():
    assert LineUse(direction="reports", size=900, cycles=30_000, divisor=3).fraction == 0.9


class CountingCore:
    """Registers that count as a core would that takes 7 + 9 cycles for a tick."""

    def __init__(self):
        self.link = self
        self.under_way = 0
        self.registers = dict.fromkeys(REGISTER_ADDRESS, 0) | {"idle_cycles": 2**32 - 300}
        self.looks = []
        self.runs = []

    def write(self, commands):
        read = 1 + ARGUMENTS[Opcode.READ].size
        self.look()
        assert commands[read] == Opcode.RUN
        run = ARGUMENTS[Opcode.RUN].unpack(commands[read + 1:-read])
        assert run["silent"]
        self.runs.append(run["ticks"])
        for name, cycles in (("sweep_cycles", 7), ("propagate_cycles", 9)):
            self.registers[name] += cycles * run["ticks"]
        self.look()

    def look(self):
        self.looks.append(dict(self.registers))
        self.registers["idle_cycles"] = (self.registers["idle_cycles"] + 200) % 2**32

    def report(self, tag):
        self.under_way -= 1

    def read(self, size):
        words = b"".join(value.to_bytes(4, "little") for value in self.looks.pop(0).values())
        assert size == len(words) == 4 * len(REGISTERS)
        return words


@pytest.mark.parametrize("ticks", [0, 1, BATCH_TICKS, 2 * BATCH_TICKS + 5])
def test_count_leaves_out_what_looking_costs(ticks):
    core = CountingCore()
    found = count(core, ticks)
    assert found["sweep_cycles"] == 7 * ticks
    assert found["propagate_cycles"] == 9 * ticks
    assert found["idle_cycles"] == found["spikes"] == 0
    assert sum(core.runs) == ticks
    assert max(core.runs) <= BATCH_TICKS
    assert core.under_way == 0


def test_peers_are_as_measured():
    assert [round(peer.events_per_second / 1e6, 1) for peer in PEERS] == [
        19.9, 24.1, 5.7, 9.9, 9.1, 2.9, 628.6]
    ours, *others = beside_peers([Result(title="x", clock_mhz=10.0, measurements=[
        measurement(), measurement(events_per_tick=650.0)])])
    assert ours["core"] == "Tripartite, 4 tiles"
    assert ours["events_per_second"] == 10e6 * 800 / 325
    assert [row["core"] for row in others] == [peer.name for peer in PEERS]
    print_peers(beside_peers([Result(title="x", measurements=[measurement(events_per_tick=0.0)])]))
