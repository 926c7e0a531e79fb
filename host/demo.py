"""The two demonstrations, with their tables, run files and pictures."""

import time
from dataclasses import fields
from pathlib import Path

from rich.table import Table

from .console import out, print_rows
from .digits import show_digits
from .learning import REPORTED, Outcome, learn
from .open import BAUD, open_device
from .plot import plot_run
from .recorder import Recorder
from .replay import replay
from .runfile import Run, read_run, write_run

LABELS = {"synapses": "synapses", "mean_weight": "mean |weight|", "cold": "cold synapses",
          "output": "output spikes in 40 ticks"}


def demo(where: str = "virtual", folder: str | Path = ".", *, baud: int = BAUD) -> bool:
    """Let a pool learn on a device, compared with the golden model at every tick.

    Writes `demo.run` and `demo.png`, and prints what is measured beside what the reference reports.

    Parameters
    ----------
    where : str
        Device, as `open_device` takes it.
    folder : path
        Where the files go.
    baud : int
        Bits per second, if that is a serial port.

    Returns
    -------
    bool
        Whether everything agrees.
    """
    with Recorder(open_device(where, verify=True, baud=baud)) as device:
        start = time.monotonic()
        before, after = learn(device)
        seconds = time.monotonic() - start
        run = device.finish()
    _keep(run, Path(folder), "demo")

    out.print("Learning demonstration: 200 epochs of 40 ticks", style="bold")
    out.print(_outcome_table(before, after))
    out.print(f"{run.ticks:,} ticks on {where}, each compared with the golden model, in "
                  f"{seconds:.1f} s; no difference.")
    _tell_files(Path(folder), "demo")
    if (before, after) != REPORTED:
        out.print("But this is not what the reference reports.", style="red")
        return False
    return True


def demo_digits(where: str = "virtual", folder: str | Path = ".", *, baud: int = BAUD) -> bool:
    """Stream handwritten digits through a learning pool, then verify the record of it.

    Writes `digits.run` and `digits.png`, and prints a summary.

    Parameters
    ----------
    where, folder, baud
        As for `demo`.

    Returns
    -------
    bool
        Whether all spike bins agree with the golden model.
    """
    with Recorder(open_device(where, baud=baud)) as device:
        start = time.monotonic()
        shown = show_digits(device)
        seconds = time.monotonic() - start
        stats = device.stats()
        run = device.finish()
    _keep(run, Path(folder), "digits")
    agreement = replay(read_run(Path(folder, "digits.run")))

    out.print("Handwritten digits through a learning pool", style="bold")
    print_rows({
        "digits": f"{shown:,}",
        "ticks": f"{run.ticks:,}, {run.ticks / seconds:,.0f} a second",
        "spikes": f"{sum(len(fired) for fired in run.spikes):,}",
        "synapses": f"{run.before.synapse_count:,} → {stats.synapses:,}",
        "mean |weight|": f"{run.before.stats().mean_weight:.1f} → {stats.mean_weight:.1f}",
    })
    out.print(str(agreement))
    _tell_files(Path(folder), "digits")
    return agreement.complete


def _outcome_table(before: Outcome, after: Outcome) -> Table:
    table = Table()
    table.add_column("")
    for heading in ("before", "expected", "after", "expected"):
        table.add_column(heading, justify="right")
    for field in fields(Outcome):
        cells = []
        for measured, reported in zip((before, after), REPORTED, strict=True):
            value, expected = (f"{getattr(one, field.name):,}" for one in (measured, reported))
            cells += [f"[{'green' if value == expected else 'red'}]{value}[/]", expected]
        table.add_row(LABELS[field.name], *cells)
    return table


def _keep(run: Run, folder: Path, name: str) -> None:
    write_run(run, folder / f"{name}.run")
    plot_run(run, folder / f"{name}.png")


def _tell_files(folder: Path, name: str) -> None:
    out.print(f"Record: {folder / name}.run, picture: {folder / name}.png")
