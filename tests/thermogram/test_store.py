import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from host.errors import FileError
from host.thermogram.capsule import Capsule
from host.thermogram.codec import encode
from host.thermogram.delta import Delta, DeltaKind
from host.thermogram.errors import ChainError
from host.thermogram.signal import Signal
from host.thermogram.store import editing, load, save
from tests.thermogram.capsules import MANUAL, five_deltas


def add_unlinked(capsule):
    capsule.record(DeltaKind.Create, "k", [], "s")
    capsule.apply_delta(Delta.create("k", [], "s"))


WRITER = """
import sys
from host.thermogram.delta import DeltaKind
from host.thermogram.store import editing
for index in range(int(sys.argv[3])):
    with editing(sys.argv[1], timeout=60) as capsule:
        capsule.record(DeltaKind.Update, f"{sys.argv[2]}_{index}", [(1, 100)], "s")
    print(index, flush=True)
"""


def start_writer(path, name, count):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count)],
                            stdout=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path):
    save(Capsule("x", policy=MANUAL), tmp_path / "x.thermo")
    return tmp_path / "x.thermo"


def test_saved_and_loaded(tmp_path):
    capsule = five_deltas()
    save(capsule, tmp_path / "x.thermo")
    assert (tmp_path / "x.thermo").read_bytes() == encode(capsule)
    assert load(tmp_path / "x.thermo").chain.deltas == capsule.chain.deltas


def test_a_broken_chain_is_told_with_file_and_delta(path):
    capsule = five_deltas()
    capsule.chain.data = capsule.chain.data.replace(b"k2", b"K2")
    save(capsule, path)
    with pytest.raises(ChainError, match=rf"{path}: hash chain: delta 3 \(Create of 'K2'") as found:
        load(path)
    assert found.value.index == 3
    assert len(load(path, verify=False).chain) == 5


def test_problems_name_the_file(tmp_path):
    for name, data in (("a", b"THRM"), ("b", b"junk")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FileError, match=f"{tmp_path / name}: "):
            load(tmp_path / name)
    with pytest.raises(FileError, match="can't be read"):
        load(tmp_path / "absent")
    with pytest.raises(FileError, match="there is no folder"):
        save(Capsule("x"), tmp_path / "absent" / "x.thermo")


def test_a_failed_save_leaves_the_old_file(path):
    before = path.read_bytes()
    with pytest.raises(FileError, match="name: must be at most"):
        save(Capsule("n" * 70000), path)
    with pytest.raises(ChainError), editing(path) as capsule:
        add_unlinked(capsule)
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == [".x.thermo.lock", "x.thermo"]


def test_a_second_writer_waits_and_then_gives_up(path):
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with editing(path) as capsule:
            inside.set()
            leave.wait(30)
            capsule.record(DeltaKind.Create, "held", [], "s")

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(30)
    start = time.monotonic()
    with pytest.raises(FileError, match=rf"process {os.getpid()} is writing .* more than 0\.2 s"):
        save(Capsule("y"), path, timeout=0.2)
    assert 0.2 <= time.monotonic() - start < 5
    assert len(load(path).chain) == 0  # readers don't wait
    leave.set()
    holder.join(30)
    assert load(path).keys() == {"held"}


def test_t27_concurrency_readers_and_writers_of_one_capsule():
    """Ten readers, and five writers of 20 deltas each, on one capsule in memory."""
    capsule = Capsule("x", policy=MANUAL)

    def write(writer):
        for index in range(20):
            with capsule.lock:
                capsule.apply_delta(Delta.update(f"key_{writer}_{index}", [(1, 100)], "source",
                                                 Signal(1, 128), capsule.chain.head_hash))

    def read(_):
        for _ in range(100):
            for key in sorted(capsule.keys()):
                assert capsule.read(key).signals.tolist() == [(1, 100)]

    with ThreadPoolExecutor(15) as pool:
        tasks = [pool.submit(write, w) for w in range(5)] + [pool.submit(read, r)
                                                             for r in range(10)]
        for task in tasks:
            task.result(60)
    assert len(capsule.chain) == 100
    capsule.chain.verify()


def test_t27_concurrency_of_record_needs_no_lock():
    capsule = Capsule("x", policy=MANUAL)
    with ThreadPoolExecutor(5) as pool:
        for task in [pool.submit(capsule.record, DeltaKind.Update, f"k{i}", [], "s")
                     for i in range(100)]:
            task.result(60)
    assert len(capsule.chain) == 100
    capsule.chain.verify()


def test_t27_concurrency_save_and_load_in_five_threads(path):
    def work(writer):
        for index in range(10):
            with editing(path, timeout=60) as capsule:
                capsule.record(DeltaKind.Update, f"{writer}_{index}", [], "s")
            assert load(path).read(f"{writer}_{index}")

    with ThreadPoolExecutor(5) as pool:
        for task in [pool.submit(work, writer) for writer in range(5)]:
            task.result(60)
    assert len(load(path).chain) == 50


def test_t27_concurrency_processes_lose_nothing(path):
    writers = [start_writer(path, name, 15) for name in "ab"]
    while any(writer.poll() is None for writer in writers):
        load(path)
    assert [writer.wait(60) for writer in writers] == [0, 0]
    for writer in writers:
        writer.stdout.close()
    assert load(path).keys() == {f"{name}_{index}" for name in "ab" for index in range(15)}


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.011])
def test_a_killed_writer_loses_nothing_that_it_has_finished(path, delay):
    writer = start_writer(path, "k", 10_000)
    for _ in range(5):
        last = int(writer.stdout.readline())
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    last = max([last, *map(int, writer.stdout.read().split())])
    writer.wait(30)
    writer.stdout.close()
    count = len(load(path).chain)
    assert count in (last + 1, last + 2)  # the one under way may be there
    with editing(path, timeout=1) as capsule:  # the lock is free
        capsule.record(DeltaKind.Update, "after", [], "s")
    assert len(load(path).chain) == count + 1
    assert sorted(os.listdir(path.parent)) == [".x.thermo.lock", "x.thermo"]


def test_the_lock_is_that_of_the_operating_system(path):
    with (path.parent / ".x.thermo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(FileError, match="is writing"):
            save(Capsule("y"), path, timeout=0)
    save(Capsule("y"), path, timeout=0)
