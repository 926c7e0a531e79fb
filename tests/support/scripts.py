"""Conformance scripts of our own making, with every kind of record."""

import json
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np

from golden.arch.config import PoolConfig
from golden.model import STATE_FIELDS, Pool, new, with_random_connectivity_seeded
from host.poolfile import pool_from_bytes, pool_to_bytes

DYNAMIC = [STATE_FIELDS[i] for i in (0, 1, 3, 5, 7, 8, 13)]

DENSITY = 0.1
CONFIG = PoolConfig(max_synapses_per_neuron=20, max_delay=3)
RANDOM = {"kind": "with_random_connectivity_seeded", "pool_name": "script", "n_neurons": 20,
          "density": DENSITY, "density_f32_bits": "3dcccccd", "seed": "0x000000000000002a"}
NEW = {"kind": "new", "pool_name": "script", "n_neurons": 20}
FILE = {"kind": "file"}


def crc(data) -> str:
    return f"{zlib.crc32(data):08x}"


def construct(ctor: dict) -> Pool:
    if ctor["kind"] == "new":
        return new("script", 20, CONFIG)
    return with_random_connectivity_seeded("script", 20, DENSITY, CONFIG, 42)


class Recorder:
    """Plays on a pool and writes down what it does.

    Attributes
    ----------
    records : list of dict
        The script so far.
    """

    def __init__(self, folder: Path, ctor: dict = RANDOM, *, pool_file: str | None = "x.pool"):
        self.folder = folder
        pool = construct(ctor)
        if ctor is FILE:
            pool.target[3], pool.delay[4], pool.weight[5] = 40_000, 200, -128
        data = pool_to_bytes(pool)
        if pool_file:
            (folder / pool_file).write_bytes(data)
        self.pool = pool_from_bytes(data, "x")
        self.pattern = np.arange(20, dtype=np.int16) * 500
        self.records = [{
            "rec": "header", "format": "neuropool-vec-1", "name": "x", "ctor": dict(ctor),
            "n": 20, "n_exc": 16, "n_inh": 4, "synapses": pool.synapse_count, "tick_count": 0,
            "config": asdict(CONFIG), "pool_file": pool_file, "pool_size": len(data),
            "pool_crc32": crc(data), "all": self.crcs(),
            "patterns": {"P": [[i, i * 500] for i in range(20)], "Q": []},
        }]

    def crcs(self, names=STATE_FIELDS) -> list[str]:
        return [crc(getattr(self.pool, name).tobytes()) for name in names]

    def add(self, kind: str, *, changed: str | None = None, **values) -> None:
        state = {"dyn": self.crcs(DYNAMIC), "all": self.crcs()}
        self.records.append({"rec": kind, **values})
        if changed:
            self.records[-1][changed] = state[changed]

    def current(self, given):
        return {"P": self.pattern, "Q": []}[given] if isinstance(given, str) else given

    def tick(self, given=None) -> None:
        t = self.pool.tick_count
        fired = self.pool.tick(self.current(given))
        bits = np.packbits(self.pool.spike, bitorder="little").tobytes().hex()
        self.add("tick", t=t, n=len(fired), spk=bits, **{"in": given}, changed="dyn")

    def run(self, ticks: int, given=None) -> None:
        t, spikes, output, bits = self.pool.tick_count, 0, 0, b""
        for _ in range(ticks):
            spikes += len(self.pool.tick(self.current(given)))
            output += int(np.count_nonzero(self.pool.read_output(5, 12)))
            bits += np.packbits(self.pool.spike, bitorder="little").tobytes()
        self.add("run", t=t, k=ticks, spikes=spikes, out_5_12=output, spk_crc=crc(bits),
                 **{"in": given}, changed="dyn")

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        self.pool.inject(first, end, polarity, magnitude)
        self.add("inject", lo=first, hi=end, pol=polarity, mag=magnitude, changed="dyn")

    def modulate(self, dopamine: int, cortisol: int) -> None:
        reinforced, weakened = self.pool.modulate(dopamine, cortisol)
        self.add("modulate", da=dopamine, cort=cortisol, ach=100, reinforced=reinforced,
                 weakened=weakened, changed="all")

    def synaptogenesis(self, acetylcholine: int) -> None:
        created = self.pool.synaptogenesis(acetylcholine)
        self.add("synaptogenesis", ach=acetylcholine, created=created,
                 synapses=self.pool.synapse_count, changed="all")

    def prune(self) -> None:
        self.add("prune", pruned=self.pool.prune(), synapses=self.pool.synapse_count,
                 changed="all")

    def reset_membranes(self) -> None:
        self.pool.reset_membranes()
        self.add("reset_membranes", changed="dyn")

    def saveload(self) -> None:
        data = pool_to_bytes(self.pool)
        self.pool = pool_from_bytes(data, "x")
        self.add("saveload", file_size=len(data), file_crc32=crc(data), changed="all")

    def stats(self) -> None:
        stats = self.pool.stats()
        self.add("stats", t=stats.tick_count, elig_abs_sum=stats.eligibility_abs_sum, **{
            name: getattr(stats, name) for name in (
                "synapses", "hot", "warm", "cool", "cold", "dead", "weight_abs_sum",
                "last_spike_count", "mean_activation")})

    def end(self, final_file: str | None = None) -> None:
        data = pool_to_bytes(self.pool)
        if final_file:
            (self.folder / final_file).write_bytes(data)
        self.add("end", tick_count=self.pool.tick_count, file_size=len(data),
                 file_crc32=crc(data), final_file=final_file, changed="all")

    def write(self) -> Path:
        path = self.folder / "x.jsonl"
        path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n"
                                for record in self.records))
        return path


def record_everything(folder: Path, ctor: dict = RANDOM,
                      pool_file: str | None = "x.pool") -> Recorder:
    """Return a recorder that has recorded every kind of record, with state to tell apart."""
    recorder = Recorder(folder, ctor, pool_file=pool_file)
    recorder.tick("P")
    recorder.run(12, "P")
    recorder.stats()
    recorder.modulate(200, 60)
    recorder.inject(3, 12, 1, 200)
    recorder.inject(3, 99, 1, 255)
    recorder.tick([30000, -30000])
    recorder.tick([0] * 40)
    recorder.synaptogenesis(200)
    recorder.run(3)
    recorder.saveload()
    recorder.reset_membranes()
    recorder.run(8, "P")
    for _ in range(5):
        recorder.modulate(128, 255)
    recorder.prune()
    recorder.tick("Q")
    recorder.end("x.final.pool")
    return recorder


def ctor_record(ctor: dict = RANDOM) -> dict:
    """Return a record that checks a constructor."""
    pool = construct(ctor)
    data = pool_to_bytes(pool)
    return {"rec": "ctor", "ctor": ctor, "max_synapses_per_neuron": 20, "max_delay": 3,
            "n_exc": 16, "n_inh": 4, "synapses": pool.synapse_count, "pool_size": len(data),
            "pool_crc32": crc(data),
            "all": [crc(getattr(pool, name).tobytes()) for name in STATE_FIELDS]}
