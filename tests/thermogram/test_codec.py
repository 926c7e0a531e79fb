import struct
import zlib

import numpy as np
import pytest

from host.errors import FileError
from host.thermogram.capsule import Capsule
from host.thermogram.codec import HEADER, decode, encode
from host.thermogram.entries import Entry
from host.thermogram.instant import EARLIEST, LATEST, Instant
from host.thermogram.legacy import to_document
from host.thermogram.plasticity import PlasticityRule, UpdatePolicy
from host.thermogram.signal import Signal
from host.thermogram.temperature import Temperature, ThermalConfig
from host.thermogram.triggers import (
    ConsolidationPolicy,
    DeltaCount,
    DirtySize,
    Manual,
    TimePeriod,
)
from tests.thermogram.capsules import Ticking, five_deltas, put, seven_deltas


def sealed(body, *, magic=b"THRM", version=1, flags=0, size=None, crc=None):
    """Return a file around a body, whatever it says."""
    return HEADER.pack(magic, version, flags, HEADER.size + len(body) if size is None else size,
                       zlib.crc32(body) if crc is None else crc) + body


def everything():
    """Return a capsule with every section, and what is unusual but legal in it."""
    capsule = five_deltas()
    rng = np.random.default_rng(7)
    odd = Signal(-128, 255), Signal(1, 0), Signal(0, 5), Signal(127, 1)
    capsule.name = "naïve 名前 🧠"
    capsule.id = "not a uuid"
    capsule.created_at, capsule.last_consolidation = Instant(EARLIEST, 0), Instant(LATEST, 999)
    capsule.total_deltas, capsule.total_consolidations = 2**32 - 1, 2**31
    capsule.custom = bytes(range(256))
    capsule.thermal = ThermalConfig(odd, odd[::-1], odd, (0, 1, 2**63, 2**64 - 1),
                                    (True, False, True, False), odd[1], odd[2], False, odd[0])
    capsule.rule = PlasticityRule(UpdatePolicy.WTA, *odd, Signal(-1, 9))
    capsule.policy = ConsolidationPolicy(
        (TimePeriod(2**64 - 1), Manual(), DeltaCount(0), DirtySize(2**32 - 1), Manual()), False)
    for temperature in Temperature:
        longest = "k" * (300 if temperature else 65535)
        for index, key in enumerate(("", "k", "ключ" + "!" * temperature, longest)):
            value = bytes(rng.integers(0, 256, 2 * 17 * index, np.uint8))
            capsule.entries.put(Entry(key, value, odd[index], Instant(-1 - index, 999_999_999),
                                      2**32 - 1), temperature)
    return capsule


def test_t05_thermal_section_has_67_bytes():
    capsule = Capsule("e")
    data = encode(capsule)
    start = HEADER.size + 2 + 1 + 2 + 36
    section = data[start:start + 67]
    expected = b"".join(b"\1" + bytes([m]) for m in (26, 3, 1, 1, 153, 191, 230, 255, 0, 77, 102,
                                                     128))
    expected += struct.pack("<4Q", 3, 10, 50, 2**64 - 1) + b"\0\1\1\1" + b"\1\x0d\1\xbf\1\1\x4d"
    assert section == expected
    assert data[start + 67:start + 79] == struct.pack("<qI", *capsule.created_at)


def test_t08_signals_are_bytes_and_odd_ones_survive():
    capsule = Capsule("x")
    odd = [(1, 0), (0, 5), (-1, 0), (-128, 255), (127, 0)]
    put(capsule, "k", 5, polarity=0, value=odd)
    data = encode(capsule)
    assert bytes([1, 0, 0, 5, 0xFF, 0, 0x80, 255, 127, 0]) in data
    again = decode(data).entries.get("k", Temperature.HOT)
    assert again.signals.tolist() == odd
    assert again.strength == (0, 5)


@pytest.mark.parametrize("make", [five_deltas, seven_deltas, everything, lambda: Capsule("e")],
                         ids=["chain", "layers", "everything", "empty"])
def test_t09_decoded_and_encoded_again(make):
    capsule = make()
    data = encode(capsule)
    again = decode(data)
    assert to_document(again) == to_document(capsule)
    assert encode(again) == data
    again.chain.verify()


def test_t09_entries_keep_their_order():
    capsule = Capsule("x")
    for key in ("zebra", "apple", "mango"):
        put(capsule, key, 100)
    assert [entry.key for entry in decode(encode(capsule)).entries.layer(Temperature.HOT)] == [
        "zebra", "apple", "mango"]


def test_t09_of_two_entries_with_one_key_the_last_counts():
    capsule = Capsule("x")
    for key, magnitude in (("a", 1), ("b", 2), ("c", 3)):
        put(capsule, key, magnitude, value=[])
    body = encode(capsule)[HEADER.size:].replace(b"\1\0c", b"\1\0a")
    entries = decode(sealed(body)).entries
    assert [(e.key, e.strength[1]) for e in entries.layer(Temperature.HOT)] == [("b", 2), ("a", 3)]
    assert len(entries) == 2


def test_t09_updates_saturate_in_the_file():
    capsule = Capsule("x")
    put(capsule, "k", 5, updates=2**32 + 7)
    assert decode(encode(capsule)).entries.get("k", Temperature.HOT).update_count == 2**32 - 1


def test_t10_sizes():
    assert len(encode(Capsule("e"))) == 206
    capsule = Capsule("size_test")
    for index in range(20):
        put(capsule, f"key_{index}", 200, value=[(1, signal) for signal in range(100)])
    assert len(encode(capsule)) == 4804


def test_t11_corruption_magic():
    data = encode(Capsule("e"))
    for bad in (b"", b"THR", b"XHRM" + data[4:], b"thrm" + data[4:]):
        with pytest.raises(FileError, match=r"no \.thermo file"):
            decode(bad)


@pytest.mark.parametrize("size", range(4, 16))
def test_t11_corruption_short(size):
    with pytest.raises(FileError, match="cut short"):
        decode(encode(Capsule("e"))[:size])


def test_t11_corruption_version():
    data = encode(Capsule("e"))
    for version in (0, 2, 0x100):
        with pytest.raises(FileError, match=f"version {version}, but only 1"):
            decode(data[:4] + struct.pack("<H", version) + data[6:])


def test_t11_corruption_crc():
    data = bytearray(encode(five_deltas()))
    for at in range(HEADER.size, len(data)):
        data[at] ^= 0x10
        with pytest.raises(FileError, match="is damaged: its CRC says"):
            decode(bytes(data))
        data[at] ^= 0x10
    decode(bytes(data))


def test_t11_corruption_size():
    body = encode(five_deltas())[HEADER.size:]
    with pytest.raises(FileError, match=f"says that it has 7 bytes, but has {len(body) + 16}"):
        decode(sealed(body, size=7))


def test_t11_corruption_is_judged_in_order():
    """Version before CRC before size before flags and contents."""
    with pytest.raises(FileError, match="version"):
        decode(sealed(b"junk", version=3, crc=1, size=1, flags=1))
    with pytest.raises(FileError, match="CRC"):
        decode(sealed(b"junk", crc=1, size=1, flags=1))
    with pytest.raises(FileError, match="says that it has"):
        decode(sealed(b"junk", size=1, flags=1))
    with pytest.raises(FileError, match="flags"):
        decode(sealed(b"junk", flags=1))
    with pytest.raises(FileError, match="cut short"):
        decode(sealed(b"junk"))


@pytest.mark.parametrize("make", [five_deltas, everything])
def test_t11_corruption_truncation(make):
    """Cut anywhere, with a CRC and a size that agree with what is left."""
    body = encode(make())[HEADER.size:]
    cuts = range(len(body)) if len(body) < 3000 else [*range(300), *range(300, len(body), 1999),
                                                      *range(len(body) - 1300, len(body))]
    for size in cuts:
        with pytest.raises(FileError, match=r"cut short|isn't UTF-8"):
            decode(sealed(body[:size]))


def test_t11_corruption_types():
    """Each byte that tells a type, out of its range."""
    capsule = five_deltas()
    body = encode(capsule)[HEADER.size:]
    rule = body.index(bytes([0, 1, 153, 1, 77]))
    for at, message in ((rule, "update policy 9"), (rule + 14, "trigger of type 9"),
                        (body.index(b"0101") + 4, "delta of type 9")):
        bad = body[:at] + b"\x09" + body[at + 1:]
        with pytest.raises(FileError, match=message):
            decode(sealed(bad))


def test_t11_corruption_times():
    capsule = Capsule("x")
    put(capsule, "k", 5, at=Instant(77, 999_999_999))
    body = encode(capsule)[HEADER.size:]
    at = body.index(struct.pack("<qI", 77, 999_999_999))
    bad = body[:at] + struct.pack("<qI", 77, 10**9) + body[at + 12:]
    with pytest.raises(FileError, match="entry 'k': 77 s and 1000000000 ns is no time"):
        decode(sealed(bad))


def test_t11_flags_and_trailing_bytes_are_refused_unless_asked_for():
    body = encode(five_deltas())[HEADER.size:]
    with pytest.raises(FileError, match="flags 0x8000, which must be 0"):
        decode(sealed(body, flags=0x8000))
    with pytest.raises(FileError, match="3 bytes after its end"):
        decode(sealed(body + b"abc"))
    again = decode(sealed(body + b"abc", flags=0x8000), lenient=True)
    assert encode(again) == sealed(body)


@pytest.mark.parametrize("what", ["hot entries", "deltas"])
def test_counts_are_bounded_by_what_is_there(what):
    capsule = Capsule("e")
    body = encode(capsule)[HEADER.size:]
    at = len(body) - (21 if what == "hot entries" else 5)
    bad = body[:at] + b"\xff\xff\xff\xff" + body[at + 4:]
    with pytest.raises(FileError, match=f"4294967295 {what} need at least"):
        decode(sealed(bad))


def test_a_value_is_bounded_by_what_is_there():
    capsule = Capsule("x")
    put(capsule, "kk", 5, value=[])
    body = encode(capsule)[HEADER.size:]
    at = body.index(b"kk") + 2
    with pytest.raises(FileError, match="cut short"):
        decode(sealed(body[:at] + b"\xff\xff\xff\xff" + body[at + 4:]))


def test_texts_must_be_utf8():
    for make, text in ((five_deltas, b"training"), (five_deltas, b"k2"), (seven_deltas, b"edge26"),
                       (seven_deltas, b"consolidate")):
        body = encode(make())[HEADER.size:]
        with pytest.raises(FileError, match="isn't UTF-8"):
            decode(sealed(body.replace(text, b"\xff" * len(text))))


@pytest.mark.parametrize(("change", "message"), [
    ({"name": "n" * 65536}, "name: must be at most 65535 bytes of UTF-8, not 65536"),
    ({"name": "\ud800"}, "name: must be Unicode text"),
    ({"id": "n" * 65536}, "id: must be at most 65535"),
    ({"policy": ConsolidationPolicy((Manual(),) * 256)}, "at most 255, not 256"),
    ({"policy": ConsolidationPolicy((DeltaCount(2**32),))}, "DeltaCount.* must fit into 4 bytes"),
])
def test_what_the_file_cannot_hold_is_refused(change, message):
    capsule = Capsule("x", clock=Ticking())
    vars(capsule).update(change)
    with pytest.raises(FileError, match=message):
        encode(capsule)
