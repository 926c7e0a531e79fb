import pytest

from host.errors import FileError
from host.thermogram.chain import Chain
from host.thermogram.chain_codec import decode_chain, encode_chain
from host.thermogram.delta import Delta, DeltaKind, new_id
from host.thermogram.errors import ChainError
from host.thermogram.instant import Instant
from host.thermogram.reader import Reader
from host.thermogram.signal import SIGNAL, Signal
from tests.thermogram.capsules import FIVE_HASHES, five_deltas, wire


@pytest.fixture
def chain():
    return five_deltas().chain


def damaged(chain, index, **changes):
    """Return the chain as a file tells it in which fields of a delta were changed."""
    deltas = chain.deltas
    deltas[index] = deltas[index]._replace(**changes)
    return Chain.restored(deltas, chain.head_hash)


def test_t13_hash_chain(chain):
    """The hashes that the reference computed, of every kind of delta and fraction."""
    assert tuple(delta.hash for delta in chain) == FIVE_HASHES
    assert chain.head_hash == FIVE_HASHES[-1]
    assert [delta.digest() for delta in chain] == list(FIVE_HASHES)
    chain.verify()


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("changes", [
    {"id": "x"}, {"key": "K"}, {"value": b"\1\7"},
    {"instant": Instant(0, 1)}, {"source": "someone"}, {"strength": Signal(-1, 3)},
    {"hash": "0" * 64}, {"hash": ""}, {"prev_hash": "0" * 64},
], ids=lambda changes: next(iter(changes)))
def test_t13_tampering_is_found(chain, index, changes):
    tampered = damaged(chain, index, **changes)
    with pytest.raises(ChainError, match=f"delta {index} .* is broken") as caught:
        tampered.verify()
    assert caught.value.index == index


def test_t13_a_kind_that_was_changed_is_found(chain):
    for index, delta in enumerate(chain):
        other = DeltaKind((delta.kind + 1) % 4)
        with pytest.raises(ChainError, match=f"delta {index} "):
            damaged(chain, index, kind=other).verify()


def test_t13_what_is_not_hashed(chain):
    for index in range(5):
        damaged(chain, index, observation_count=99, custom=b"other").verify()


def test_t13_links_and_head(chain):
    first, second, third, *_ = chain
    with pytest.raises(ChainError, match=r"delta 1 .* not linked"):
        Chain.restored([first, third], third.hash).verify()
    with pytest.raises(ChainError, match=r"delta 0 .* is the first, but"):
        Chain.restored([second], second.hash).verify()
    orphan = third.after(None)
    orphan = orphan._replace(hash=orphan.digest())
    with pytest.raises(ChainError, match=r"delta 1 .* not linked"):
        Chain.restored([first, orphan], orphan.hash).verify()
    with pytest.raises(ChainError, match=r"delta 1 .* is the last, but not"):
        Chain.restored([first, second], first.hash).verify()
    Chain.restored([first, second], None).verify()  # as the reference does
    Chain.restored([], first.hash).verify()


def test_t14_chain_rules():
    chain = Chain()
    first = chain.append(Delta.create("a", [(1, 1)], "s"))
    second = Delta.update("a", [(1, 2)], "s", Signal(1, 5), first.hash)
    for wrong in (second.after(None), second.after("0" * 64), first):
        with pytest.raises(ChainError, match="prev_hash must be") as caught:
            chain.append(wrong)
        assert caught.value.index == 1
    chain.append(second)
    with pytest.raises(ChainError, match=f"must be {chain.head_hash}"):
        chain.append(second)  # a replay
    with pytest.raises(ChainError, match="prev_hash must be None"):
        Chain().append(second)
    assert len(chain) == 2
    chain.verify()


def test_append_computes_the_hash_anew():
    chain = Chain()
    forged = Delta.create("a", [], "s")._replace(hash="f" * 64)
    assert chain.append(forged).hash == forged.digest() == chain.head_hash


def test_deltas_and_their_defaults():
    create = Delta.create("k", [Signal(1, 2), (-1, 3)], "s", Instant(7, 8))
    assert create[1:] == (DeltaKind.Create, "k", wire((1, 2), (-1, 3)), (7, 8), "s", (1, 255),
                          None, None, None, "")
    delete = Delta.delete("k", "s", "p", Instant(7))
    assert delete[1:] == (DeltaKind.Delete, "k", b"", (7, 0), "s", (1, 255), None, None, "p", "")
    merge = Delta.merge("k", create.signals, "s", Signal(0, 5), "p")
    assert (merge.kind, merge.value, merge.strength) == (DeltaKind.Merge, create.value, (0, 5))
    assert create.signals.dtype == SIGNAL
    with pytest.raises(ValueError, match="two bytes"):
        Delta.create("k", b"odd", "s")


def test_ids_are_random_uuids():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    for one in ids:
        groups = one.split("-")
        assert [len(group) for group in groups] == [8, 4, 4, 4, 12]
        assert groups[2][0] == "4"
        assert groups[3][0] in "89ab"
        int("".join(groups), 16)


def test_reading(chain):
    assert len(chain) == len(chain.deltas) == 5
    assert chain.keys == ["k1", "k2"]
    assert chain.latest("k1").kind is DeltaKind.Delete
    assert chain.latest("k2").hash == FIVE_HASHES[3]
    assert chain.latest("k3") is None
    assert [delta.hash for delta in chain.history("k1")] == [FIVE_HASHES[i] for i in (0, 1, 2, 4)]
    assert chain.history("k3") == []
    assert [delta.hash for delta in chain.since(FIVE_HASHES[2])] == [*FIVE_HASHES[3:]]
    assert chain.since(FIVE_HASHES[4]) == chain.since("x") == []
    assert chain.size == sum(len(d.value) + len(d.key) + 200 for d in chain)


def test_bytes_and_back(chain):
    data = encode_chain(chain)
    reader = Reader(b"before" + data + b"after", 6)
    again = decode_chain(reader)
    assert reader.at == 6 + len(data)
    assert again.deltas == chain.deltas
    assert (again.head_hash, again.size, again.keys) == (chain.head_hash, chain.size, chain.keys)
    assert encode_chain(again) == data


def test_bytes_cut_short_anywhere(chain):
    data = encode_chain(chain)
    for size in range(len(data)):
        with pytest.raises(FileError, match=r"cut short|isn't UTF-8"):
            decode_chain(Reader(data[:size]))


@pytest.mark.parametrize(("delta", "message"), [
    (Delta.create("k" * 65536, [], "s"), "key: must be at most 65535 bytes of UTF-8, not 65536"),
    (Delta.create("ü" * 32768, [], "s"), "not 65536"),
    (Delta.create("k", [], "s" * 65536), "source: must be at most 65535"),
    (Delta.create("k", [], "s")._replace(id="i" * 70000), "id: must be at most 65535"),
    (Delta.create("k", [], "s")._replace(observation_count=2**32), "observation_count must be in"),
])
def test_what_files_cannot_hold_is_refused(delta, message):
    chain = Chain()
    with pytest.raises(FileError, match=message):
        chain.append(delta)
    assert (len(chain), chain.head_hash, chain.keys) == (0, None, [])
    chain.append(Delta.create("k" * 65535, [], "s"))
