"""The commands that keep what a pool has learned in a capsule, and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from golden.model import Pool

from .atomic import check_output
from .board import BoardDevice
from .console import out
from .errors import FileError
from .files import WRITERS, read_any_pool, write_any_pool
from .open import BAUD, open_device
from .thermogram.pool import capture_file, held_pool, restore_file

CapsuleFile = Annotated[Path, typer.Argument(metavar="CAPSULE", help="A .thermo file.")]
Baud = Annotated[int, typer.Option(help="Bits per second of a serial port.")]


def capture(
    where: Annotated[str, typer.Argument(metavar="WHERE", help="Serial port of a board that holds "
                                         "a pool, or a .pool or .checkpoint file.")],
    capsule: CapsuleFile,
    like: Annotated[Path | None, typer.Option(metavar="POOL", help="The file that the board was "
                                              "loaded from, for what a board has no memory "
                                              "for.")] = None,
    note: Annotated[str, typer.Option(help="What brought the changes about, for the "
                                      "record.")] = "",
    baud: Baud = BAUD,
):
    """Record in a capsule what a pool has learned.

    Only what has changed since the capture before is added. The board is only read. The capsule is
    made if there is none.

    Example: [b]tripartite capture /dev/ttyUSB1 memory.thermo --note "reward 200"[/]
    """
    check_output(capsule, ".thermo")
    if Path(where).suffix in WRITERS:
        pool = read_any_pool(where)
    else:
        pool = _pool_on(where, read_any_pool(like) if like else held_pool(capsule), baud)
    found = capture_file(pool, capsule, note)
    out.print(f"{capsule}: {found.rows:,} rows; {found.created:,} new, {found.updated:,} changed, "
              f"{found.deleted:,} gone; {found.synapses:,} synapses changed", markup=False)


def restore(
    capsule: CapsuleFile,
    where: Annotated[str, typer.Argument(metavar="WHERE", help="Serial port of a board, or the "
                                         ".pool or .checkpoint file to write.")],
    baud: Baud = BAUD,
):
    """Bring the pool in a capsule back.

    It goes on as of its latest capture.

    Example: [b]tripartite restore memory.thermo /dev/ttyUSB1[/]
    """
    pool = restore_file(capsule)
    if Path(where).suffix in WRITERS:
        check_output(where)
        write_any_pool(pool, where)
    else:
        _check_lasts(where)
        with open_device(where, baud=baud) as device:
            device.load(pool)
    out.print(f"{where}: {pool.name}, {pool.n:,} neurons, {pool.synapse_count:,} synapses, tick "
              f"{pool.tick_count:,}", markup=False)


def _pool_on(where: str, like: Pool | None, baud: int) -> Pool:
    _check_lasts(where)
    with open_device(where, baud=baud) as device:
        assert isinstance(device, BoardDevice)
        return device.attach(like)


def _check_lasts(where: str) -> None:
    """Raise FileError if a device begins and ends with this command."""
    if where in ("golden", "virtual"):
        remedy = ("a .checkpoint file" if where == "golden" else
                  "the port of one that tripartite board has started")
        raise FileError(f"{where}: ends with this command, and what it holds with it; name "
                        f"{remedy}")
