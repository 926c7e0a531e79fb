"""Plays conformance scripts on a device, and compares every value they tell."""

import re
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from golden.arch.config import PoolConfig
from golden.model import STATE_FIELDS, Pool, new, with_random_connectivity_seeded
from golden.model.pool import as_current

from .atomic import read_bytes
from .device import Device
from .errors import FileError
from .poolfile import pool_from_bytes, pool_to_bytes
from .progress import progress
from .script import parse, read_lines
from .stimulus import Stimulus

DYNAMIC_FIELDS = ("potential", "threshold", "refractory", "trace", "rate", "ring", "eligibility")
"""What a tick changes, beside the spikes themselves."""

CONFIG_FIELDS = tuple(field.name for field in fields(PoolConfig))

OUTPUT = re.compile(r"out_(\d+)_(\d+)")
"""Field of a run: spikes of the neurons from the first number up to, but not, the second."""

Comparison = tuple[str, object, object]
"""Field, what the script expects, and what the device has."""


@dataclass(frozen=True)
class Difference:
    """Where a device first departs from a script.

    Parameters
    ----------
    record, line : int
        Numbers of the record and of its line, from 1.
    tick : int
        Tick count at the start of the record.
    field : str
        Name of the value, or of the array whose CRC differs.
    expected, actual : object
        What the script, and what the device says.
    """

    record: int
    line: int
    tick: int
    field: str
    expected: object
    actual: object

    def __str__(self) -> str:
        return (f"record {self.record} (line {self.line}, tick {self.tick}): {self.field} must be "
                f"{self.expected}, not {self.actual}")


@dataclass(frozen=True)
class Report:
    """Outcome of one script.

    Parameters
    ----------
    path : Path
        The script.
    records : int
        Records compared, the one that differs included.
    difference : Difference or None
        The first difference, after which nothing is compared, or None.
    """

    path: Path
    records: int
    difference: Difference | None


def conform(path: str | Path, device: Device | Callable[[], Device]) -> Report:
    """Play a script on a device and compare every value of every record.

    Parameters
    ----------
    path : path
        Script; the pool files it names are beside it.
    device : Device or callable
        Device, or what opens one; one that is opened here is closed at the end.

    Returns
    -------
    Report
        Number of records compared, and the first difference.

    Raises
    ------
    FileError
        If a file can't be read, or a line (the message has its number) is no record of the format.
    FitError
        If the device can't hold the pool.
    """
    path = Path(path)
    lines = read_lines(path)
    with ExitStack() as stack, progress(path.name, len(lines), "records") as advance:
        def opened() -> Device:
            return device if isinstance(device, Device) else stack.enter_context(device())

        player = _Player(path.parent, opened)
        for number, (line, text) in enumerate(lines, 1):
            try:
                mismatch = player.play(parse(text))
            except ValueError as error:
                raise FileError(f"{path}: line {line}: {error}") from None
            if mismatch:
                return Report(path, number, Difference(number, line, player.tick, *mismatch))
            advance(1)
    if player.loaded and not player.ended:
        raise FileError(f"{path}: line {lines[-1][0]}: the script is cut short: its last record "
                        "must be an end")
    return Report(path, len(lines), None)


class _Player:
    """Does what records say, and yields what to compare.

    Parameters
    ----------
    folder : Path
        Where the pool files are.
    opened : callable
        Opens the device.
    """

    def __init__(self, folder: Path, opened: Callable[[], Device]):
        self.folder = folder
        self.opened = opened
        self.loaded: Device | None = None
        self.n = 0
        self.tick = 0
        self.patterns: dict[str, np.ndarray] = {}
        self.ended = False

    @property
    def device(self) -> Device:
        """The device, once a header has loaded a pool into it."""
        if self.loaded is None:
            raise ValueError("a script must start with a header, or have nothing but constructors")
        return self.loaded

    def play(self, record: dict[str, Any]) -> Comparison | None:
        """Do what a record says, and return the first comparison that fails."""
        if self.ended:
            raise ValueError("nothing may follow the end")
        self.tick = self.loaded.tick_count if self.loaded else 0
        comparisons: Iterator[Comparison] = getattr(self, f"play_{record['rec']}")(record)
        return next(((field, expected, actual) for field, expected, actual in comparisons
                     if expected != actual), None)

    def play_header(self, header: dict[str, Any]) -> Iterator[Comparison]:
        config = _config(header["config"])
        ctor = header["ctor"]
        built = ctor["kind"] != "file"
        if header["pool_file"] is not None:
            data = read_bytes(self.folder / header["pool_file"])
        elif built:
            data = pool_to_bytes(_construct(ctor, config))
        else:
            raise ValueError("header: pool_file must be given, since ctor says so")
        yield "pool_size", header["pool_size"], len(data)
        yield "pool_crc32", header["pool_crc32"], _crc(data)
        pool = pool_from_bytes(data, header["pool_file"] or "the constructed pool")
        for name, value in asdict(pool.config).items():
            yield f"config.{name}", getattr(config, name), value
        yield from _size(header, pool)
        yield "n", header["n"], pool.n
        yield "tick_count", header["tick_count"], pool.tick_count
        yield from _density(ctor)
        if built and header["pool_file"] is not None:
            yield "ctor", header["pool_crc32"], _crc(pool_to_bytes(_construct(ctor, config)))

        self.n = pool.n
        self.patterns = {name: _pattern(name, pairs, pool.n)
                         for name, pairs in header["patterns"].items()}
        if self.loaded is None:
            self.loaded = self.opened()
        self.device.load(pool)
        yield from self.state(header["all"])

    def play_ctor(self, record: dict[str, Any]) -> Iterator[Comparison]:
        ctor = record["ctor"]
        if ctor["kind"] == "file":
            raise ValueError("ctor: a file constructs nothing")
        config = PoolConfig(**{name: record[name] for name in CONFIG_FIELDS
                               if name in record})
        pool = _construct(ctor, config)
        data = pool_to_bytes(pool)
        yield from _density(ctor)
        yield from _size(record, pool)
        yield "pool_size", record["pool_size"], len(data)
        yield "pool_crc32", record["pool_crc32"], _crc(data)
        for name, expected in zip(STATE_FIELDS, record["all"], strict=True):
            yield name, expected, _crc(getattr(pool, name).tobytes())

    def play_tick(self, record: dict[str, Any]) -> Iterator[Comparison]:
        yield "t", record["t"], self.tick
        neurons = self.device.tick(self.current(record["in"]))
        yield "n", record["n"], self.device.spike_count
        yield "spk", record["spk"], self.bitmap(neurons).hex()
        yield from self.state(record["dyn"], DYNAMIC_FIELDS)

    def play_run(self, record: dict[str, Any]) -> Iterator[Comparison]:
        yield "t", record["t"], self.tick
        stimulus = Stimulus.constant(self.current(record["in"]), record["k"])
        counts, crc = np.zeros(self.n, np.int64), 0
        for neurons in self.device.stream(stimulus):
            counts[neurons] += 1
            crc = zlib.crc32(self.bitmap(neurons), crc)
        yield "spikes", record["spikes"], int(counts.sum())
        for field, expected in record.items():
            if output := OUTPUT.fullmatch(field):
                first, end = map(int, output.groups())
                yield field, expected, int(counts[first:end].sum())
        yield "spk_crc", record["spk_crc"], f"{crc:08x}"
        yield from self.state(record["dyn"], DYNAMIC_FIELDS)

    def play_inject(self, record: dict[str, Any]) -> Iterator[Comparison]:
        self.device.inject(record["lo"], record["hi"], record["pol"], record["mag"])
        yield from self.state(record["dyn"], DYNAMIC_FIELDS)

    def play_modulate(self, record: dict[str, Any]) -> Iterator[Comparison]:
        reinforced, weakened = self.device.modulate(record["da"], record["cort"], record["ach"])
        yield "reinforced", record["reinforced"], reinforced
        yield "weakened", record["weakened"], weakened
        yield from self.state(record["all"])

    def play_synaptogenesis(self, record: dict[str, Any]) -> Iterator[Comparison]:
        yield "created", record["created"], self.device.synaptogenesis(record["ach"])
        yield "synapses", record["synapses"], len(self.device.read("target"))
        yield from self.state(record["all"])

    def play_prune(self, record: dict[str, Any]) -> Iterator[Comparison]:
        yield "pruned", record["pruned"], self.device.prune()
        yield "synapses", record["synapses"], len(self.device.read("target"))
        yield from self.state(record["all"])

    def play_reset_membranes(self, record: dict[str, Any]) -> Iterator[Comparison]:
        self.device.reset_membranes()
        yield from self.state(record["dyn"], DYNAMIC_FIELDS)

    def play_saveload(self, record: dict[str, Any]) -> Iterator[Comparison]:
        data = self.saved()
        yield "file_size", record["file_size"], len(data)
        yield "file_crc32", record["file_crc32"], _crc(data)
        self.device.load(pool_from_bytes(data, "the saved pool"))
        yield from self.state(record["all"])

    def play_stats(self, record: dict[str, Any]) -> Iterator[Comparison]:
        stats = self.device.stats()
        yield "t", record["t"], stats.tick_count
        yield "elig_abs_sum", record["elig_abs_sum"], stats.eligibility_abs_sum
        for name in ("synapses", "hot", "warm", "cool", "cold", "dead", "weight_abs_sum",
                     "last_spike_count", "mean_activation"):
            yield name, record[name], getattr(stats, name)

    def play_end(self, record: dict[str, Any]) -> Iterator[Comparison]:
        data = self.saved()
        yield "tick_count", record["tick_count"], self.tick
        yield "file_size", record["file_size"], len(data)
        yield "file_crc32", record["file_crc32"], _crc(data)
        if record["final_file"] is not None:
            final = read_bytes(self.folder / record["final_file"])
            yield f"size of {record['final_file']}", len(final), len(data)
            yield f"CRC of {record['final_file']}", _crc(final), _crc(data)
        yield from self.state(record["all"])
        self.ended = True

    def current(self, given: list[int] | str | None) -> np.ndarray:
        """Return the input that a record gives: a pattern by name, a vector, or nothing."""
        if not isinstance(given, str):
            return as_current(given)
        if given not in self.patterns:
            raise ValueError(f"in: no pattern {given!r} in the header")
        return self.patterns[given]

    def bitmap(self, neurons: np.ndarray) -> bytes:
        """Return who fired as bits, neuron i in bit ``i % 8`` of byte ``i // 8``."""
        spike = np.zeros(self.n, np.bool_)
        spike[neurons] = True
        return np.packbits(spike, bitorder="little").tobytes()

    def state(self, expected: list[str],
              names: tuple[str, ...] = STATE_FIELDS) -> Iterator[Comparison]:
        """Yield the CRCs of arrays of the device."""
        for name, crc in zip(names, expected, strict=True):
            yield name, crc, _crc(self.device.read(name).tobytes())

    def saved(self) -> bytes:
        """Return the `.pool` file that the device saves."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "saved.pool")
            self.device.save(path)
            return read_bytes(path)


def _crc(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"


def _size(record: dict[str, Any], pool: Pool) -> Iterator[Comparison]:
    """Yield the counts of neurons and synapses."""
    yield "n_exc", record["n_exc"], pool.n_excitatory
    yield "n_inh", record["n_inh"], pool.n_inhibitory
    yield "synapses", record["synapses"], pool.synapse_count


def _density(ctor: dict[str, Any]) -> Iterator[Comparison]:
    """Yield whether the two spellings of a density agree."""
    if "density" in ctor:
        bits = int(np.float32(ctor["density"]).view(np.uint32))
        yield "density_f32_bits", ctor["density_f32_bits"], f"{bits:08x}"


def _config(values: dict[str, int]) -> PoolConfig:
    """Return the configuration in a header, which must tell all of it."""
    if set(values) != set(CONFIG_FIELDS) or any(type(value) is not int
                                                for value in values.values()):
        raise ValueError(f"header: config must have the integers {', '.join(CONFIG_FIELDS)}")
    return PoolConfig(**values)


def _construct(ctor: dict[str, Any], config: PoolConfig) -> Pool:
    """Return the pool that a constructor makes."""
    name, n = ctor["pool_name"], ctor["n_neurons"]
    if n < 0:
        raise ValueError(f"ctor: n_neurons must be at least 0, not {n}")
    if ctor["kind"] == "new":
        return new(name, n, config)
    density = np.uint32(int(ctor["density_f32_bits"], 16)).view(np.float32)
    return with_random_connectivity_seeded(name, n, float(density), config,
                                           int(ctor["seed"], 16))


def _pattern(name: str, pairs: object, n: int) -> np.ndarray:
    """Return the vector of currents, shape (n,), that a sparse pattern means."""
    current = np.zeros(n, np.int64)
    for pair in pairs if isinstance(pairs, list) else [pairs]:
        match pair:
            case [int(neuron), int(value)] if 0 <= neuron < n:
                current[neuron] = value
            case _:
                raise ValueError(f"header: pattern {name} must be pairs of a neuron below {n} and "
                                 f"a current, not {pair!r}")
    return as_current(current)
