"""The `.thermo` file, version 1: read and written, byte for byte.

Little-endian, packed. A text has its length as u16 in front, a signal is polarity i8 and magnitude
u8, an instant seconds i64 and nanoseconds u32; an option is a byte 1 and its value, or a byte 0:

======= =======================================================================================
bytes   what
======= =======================================================================================
16      "THRM", version u16, flags u16 = 0, size of the file u32, CRC-32 of all that follows u32
..      name, id: texts
67      temperatures: 4 decay rates, 4 promotion and 4 demotion thresholds, signals; 4 minima of
        observations u64; 4 bytes, whether demotion is allowed; prune and crystallisation
        threshold, signals; byte, whether warming is allowed; cost of warming, signal
32 ..   created and last consolidated, instants; deltas and consolidations so far, u32; option of
        custom metadata, u32 and so many bytes
11      plasticity rule: policy u8; novelty, merge, decay, prune, learning rate, signals
3 ..    whether weak entries are pruned, similar ones merged, bytes; triggers u8, for each: 0 and
        deltas u32, 1 and hours u64, 2 and bytes u32, or 3
4 x ..  hot, warm, cool, cold: entries u32, for each: text key; u32 n and n signals; strength,
        signal; last update, instant; updates u32
..      hash chain, see `host.thermogram.chain_codec`
======= =======================================================================================

A reader checks the kind, the version, the CRC and the size in this order, then the contents; of
texts, counts and options it trusts none. What the reference overlooks, flags and bytes after the
chain, is refused unless asked for.
"""

import struct
import zlib

import numpy as np

from ..errors import FileError
from .archive import Archive
from .capsule import Capsule
from .chain_codec import decode_chain, encode_chain
from .entries import Entries
from .instant import Clock, bad_instants, system_clock
from .plasticity import PlasticityRule, UpdatePolicy
from .reader import INSTANT, SIGNAL, Reader
from .signal import Signal
from .temperature import Temperature, ThermalConfig
from .triggers import (
    ConsolidationPolicy,
    DeltaCount,
    DirtySize,
    Manual,
    TimePeriod,
    Trigger,
)
from .wire import MOST, U16, U32, text

MAGIC = b"THRM"
VERSION = 1

HEADER = struct.Struct("<4sHHII")
THERMAL = struct.Struct("<24s4Q4?4s?2s")
COUNTS = struct.Struct("<II")
RULE = struct.Struct("<B10s")
POLICY = struct.Struct("<??B")

TAIL = np.dtype([("polarity", "i1"), ("magnitude", "u1"), ("seconds", "<i8"),
                 ("nanoseconds", "<u4"), ("count", "<u4")])
"""What follows key and value of an entry."""

SMALLEST_ENTRY = 6 + TAIL.itemsize

TRIGGERS = ((DeltaCount, "<I"), (TimePeriod, "<Q"), (DirtySize, "<I"), (Manual, ""))


def encode(capsule: Capsule) -> bytes:
    """Return the contents of a `.thermo` file.

    Raises
    ------
    FileError
        If something exceeds what the file can say: a text 65,535 bytes, the file 4 GiB.
    """
    with capsule.lock:
        custom = capsule.custom
        body = b"".join([
            text(capsule.name, "name"), text(capsule.id, "id"), _encode_thermal(capsule.thermal),
            INSTANT.pack(*capsule.created_at), INSTANT.pack(*capsule.last_consolidation),
            COUNTS.pack(min(capsule.total_deltas, MOST), min(capsule.total_consolidations, MOST)),
            b"\0" if custom is None else b"\1" + U32.pack(len(custom)) + custom,
            _encode_rule(capsule.rule), _encode_policy(capsule.policy),
            *(piece for temperature in Temperature
              for piece in _encode_layer(capsule.entries, temperature)),
            encode_chain(capsule.chain),
        ])
    size = HEADER.size + len(body)
    if size > MOST:
        raise FileError(f"{capsule.name}: a file holds at most {MOST} bytes, not {size}; split "
                        "the capsule")
    return HEADER.pack(MAGIC, VERSION, 0, size, zlib.crc32(body)) + body


def decode(data: bytes, *, lenient: bool = False, clock: Clock = system_clock) -> Capsule:
    """Return the capsule that the contents of a `.thermo` file describe.

    The hash chain is taken as it is; `Chain.verify` tells whether it holds.

    Parameters
    ----------
    data : bytes
        Contents.
    lenient : bool
        Accept flags, and bytes after the chain, as the reference does. Neither is kept.
    clock : Clock
        What the capsule will take the time from.

    Raises
    ------
    FileError
        If they are of another kind or version, damaged or cut short.
    """
    reader = Reader(data)
    if reader.data[:4] != MAGIC:
        raise FileError(f"begins with {data[:4]!r}, not {MAGIC!r}; it is no .thermo file")
    if len(data) < HEADER.size:
        raise reader.cut_short()
    _, version, flags, size, crc = reader.unpack(HEADER)
    if version != VERSION:
        raise FileError(f"has version {version}, but only {VERSION} is known; use a newer program")
    computed = zlib.crc32(memoryview(data)[HEADER.size:])
    if crc != computed:
        raise FileError(f"is damaged: its CRC says {crc}, its contents say {computed}; restore it "
                        "from a copy")
    if size != len(data):
        raise FileError(f"says that it has {size} bytes, but has {len(data)}; it is cut short or "
                        "damaged")
    if flags and not lenient:
        raise FileError(f"has flags {flags:#06x}, which must be 0; read it with lenient (--lenient)"
                        " to ignore them")
    name, id_ = reader.text(), reader.text()
    thermal = _decode_thermal(reader)
    capsule = Capsule(name, thermal=thermal, clock=clock)
    capsule.id = id_
    capsule.created_at, capsule.last_consolidation = reader.instant(), reader.instant()
    capsule.total_deltas, capsule.total_consolidations = reader.unpack(COUNTS)
    capsule.custom = reader.optional(reader.blob)
    capsule.rule = _decode_rule(reader)
    capsule.policy = _decode_policy(reader)
    for temperature in Temperature:
        _decode_layer(reader, capsule.entries, temperature)
    capsule.chain = decode_chain(reader)
    capsule.archive = Archive.anchored(id_, capsule.custom)
    if reader.at < len(data) and not lenient:
        raise FileError(f"has {len(data) - reader.at} bytes after its end; read it with lenient "
                        "(--lenient) to ignore them")
    return capsule


def _signals(*signals: Signal) -> bytes:
    return b"".join(SIGNAL.pack(*signal) for signal in signals)


def _parse_signals(data: bytes) -> tuple[Signal, ...]:
    return tuple(Signal(*pair) for pair in SIGNAL.iter_unpack(data))


def _encode_thermal(config: ThermalConfig) -> bytes:
    return THERMAL.pack(
        _signals(*config.decay_rates, *config.promotion_thresholds, *config.demotion_thresholds),
        *config.min_observations, *config.allow_demotion,
        _signals(config.prune_threshold, config.crystallization_threshold), config.allow_warming,
        _signals(config.warming_delta))


def _decode_thermal(reader: Reader) -> ThermalConfig:
    signals, *numbers, thresholds, allow_warming, delta = reader.unpack(THERMAL)
    h0, h1, h2, h3, p0, p1, p2, p3, d0, d1, d2, d3 = _parse_signals(signals)
    n0, n1, n2, n3, a0, a1, a2, a3 = numbers
    prune, crystallization = _parse_signals(thresholds)
    return ThermalConfig((h0, h1, h2, h3), (p0, p1, p2, p3), (d0, d1, d2, d3), (n0, n1, n2, n3),
                         (a0, a1, a2, a3), prune, crystallization, allow_warming,
                         *_parse_signals(delta))


def _encode_rule(rule: PlasticityRule) -> bytes:
    return RULE.pack(rule.policy, _signals(
        rule.novelty_threshold, rule.merge_threshold, rule.decay_rate, rule.prune_threshold,
        rule.learning_rate))


def _decode_rule(reader: Reader) -> PlasticityRule:
    policy, signals = reader.unpack(RULE)
    if policy >= len(UpdatePolicy):
        raise FileError(f"has update policy {policy}, which must be 0..{len(UpdatePolicy) - 1}")
    return PlasticityRule(UpdatePolicy(policy), *_parse_signals(signals))


def _encode_policy(policy: ConsolidationPolicy) -> bytes:
    if len(policy.triggers) > 0xFF:
        raise FileError(f"triggers: a file holds at most 255, not {len(policy.triggers)}")
    head = POLICY.pack(policy.enable_pruning, policy.enable_merging, len(policy.triggers))
    return head + b"".join(map(_encode_trigger, policy.triggers))


def _encode_trigger(trigger: Trigger) -> bytes:
    kinds = [kind for kind, _ in TRIGGERS]
    tag = kinds.index(type(trigger))
    try:
        return bytes([tag]) + struct.pack(TRIGGERS[tag][1], *vars(trigger).values())
    except struct.error:
        raise FileError(f"{trigger}: the number must fit into {struct.calcsize(TRIGGERS[tag][1])} "
                        "bytes") from None


def _decode_policy(reader: Reader) -> ConsolidationPolicy:
    pruning, merging, count = reader.unpack(POLICY)
    triggers = []
    for _ in range(count):
        tag = reader.u8()
        if tag >= len(TRIGGERS):
            raise FileError(f"has a trigger of type {tag}, which must be 0..{len(TRIGGERS) - 1}")
        kind, layout = TRIGGERS[tag]
        triggers.append(kind(*reader.unpack(struct.Struct(layout))))
    return ConsolidationPolicy(tuple(triggers), pruning, merging)


def _encode_layer(entries: Entries, temperature: Temperature) -> list[bytes]:
    rows = entries.rows(temperature)
    tails = np.empty(len(rows), TAIL)
    for name in ("polarity", "magnitude", "seconds", "nanoseconds"):
        tails[name] = getattr(entries, name)[rows]
    tails["count"] = np.minimum(entries.count[rows], MOST)
    pieces = [U32.pack(len(rows)), *[b""] * (2 * len(rows))]
    pieces[1::2] = map(entries.heads.__getitem__, rows.tolist())
    pieces[2::2] = tails.view(f"V{TAIL.itemsize}").tolist()
    return pieces


def _decode_layer(reader: Reader, entries: Entries, temperature: Temperature) -> None:
    """Take the entries of a temperature; of several with one key, the last one counts."""
    count = reader.count(SMALLEST_ENTRY, f"{temperature.name.lower()} entries")
    if not count:
        return
    data, at = reader.data, reader.at
    starts, key_ends, tail_starts = [], [], []
    length, signals, tail = U16.unpack_from, U32.unpack_from, TAIL.itemsize
    try:
        for _ in range(count):
            starts.append(at)
            at += 2 + length(data, at)[0]
            key_ends.append(at)
            at += 4 + 2 * signals(data, at)[0]
            tail_starts.append(at)
            at += tail
    except struct.error:
        raise reader.cut_short() from None
    if at > len(data):
        raise reader.cut_short()
    reader.at = at
    try:
        keys = [data[start + 2:end].decode() for start, end in zip(starts, key_ends, strict=True)]
    except UnicodeDecodeError:
        raise FileError(f"a key of the {temperature.name.lower()} entries isn't UTF-8") from None
    heads = [data[start:end] for start, end in zip(starts, tail_starts, strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), tail)
    tails = windows[tail_starts].view(TAIL)[:, 0]
    bad = np.flatnonzero(bad_instants(tails["seconds"], tails["nanoseconds"]))
    if bad.size:
        raise FileError(f"entry {keys[bad[0]]!r}: {tails['seconds'][bad[0]]} s and "
                        f"{tails['nanoseconds'][bad[0]]} ns is no time")
    last = dict(zip(keys, range(count), strict=True))
    if len(last) < count:
        kept = sorted(last.values())
        keys, heads = [keys[index] for index in kept], [heads[index] for index in kept]
        tails = tails[kept]
    entries.extend(keys, heads, state=temperature,
                   **{name: tails[name] for name in TAIL.names or ()})
