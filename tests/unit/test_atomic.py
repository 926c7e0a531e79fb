from pathlib import Path

import pytest

from host.atomic import check_output, make_folder, read_bytes, replacing
from host.errors import FileError


def test_file_appears_whole(tmp_path):
    with replacing(tmp_path / "file") as temporary:
        temporary.write_bytes(b"new")
        assert not (tmp_path / "file").exists()
    assert (tmp_path / "file").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def write_half(path, error):
    with replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise error


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt(), ValueError()])
def test_failure_leaves_what_was_there(tmp_path, error):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises((FileError, type(error))):
        write_half(tmp_path / "file", error)
    assert (tmp_path / "file").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_missing_folder_is_one_line(tmp_path):
    with (pytest.raises(FileError, match=r"can't be written \(No such file or directory\)$"),
          replacing(tmp_path / "no" / "file") as temporary):
        temporary.write_bytes(b"new")


def test_folder_is_not_replaced(tmp_path):
    with (pytest.raises(FileError, match="can't be written"),
          replacing(tmp_path) as temporary):
        temporary.write_bytes(b"new")
    assert not temporary.exists()


def test_missing_file_is_one_line(tmp_path):
    with pytest.raises(FileError, match=r"can't be read \(No such file or directory\)$"):
        read_bytes(tmp_path / "file")


@pytest.mark.parametrize(("name", "message"), [
    ("x.txt", "the name must end with .run or .png"),
    ("missing/x.run", "there is no folder .*missing; make it first"),
    ("folder.run", "is a folder; name a file"),
])
def test_output_is_checked_before_the_work(tmp_path, name, message):
    (tmp_path / "folder.run").mkdir()
    with pytest.raises(FileError, match=message):
        check_output(tmp_path / name, ".run", ".png")
    check_output(tmp_path / "x.run", ".run", ".png")


def test_folder_is_made_with_those_above_it(tmp_path):
    there = tmp_path / "a" / "b"
    assert make_folder(there) == make_folder(there) == there
    assert there.is_dir()


def test_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path, reason in ((tmp_path / "file", "it is a file"),
                         (tmp_path / "file" / "in", "Not a directory"),
                         (Path("/proc/xyz"), "No such file or directory")):
        with pytest.raises(FileError, match=rf"^{path}: the folder can't be made \({reason}\); "
                                            "name another with --out$"):
            make_folder(path)


def test_folder_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # whoever tests may be root
    with pytest.raises(FileError, match="can't be written to; name another with --out"):
        make_folder(tmp_path)
