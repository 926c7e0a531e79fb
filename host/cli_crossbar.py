"""The commands for the memristor crossbar."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import out, print_rows

app = typer.Typer(no_args_is_help=True, help="The memristor crossbar, and how true it is.")


@app.command()
def check(
    device: Annotated[str, typer.Option(
        metavar="CSV|NAME", help="magic, memtorch, verilog-a; or a .csv file with measured pulses "
        "or with parameters, see docs/crossbar.md.")] = "magic",
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="NAME=VALUE", help="A parameter of the device; may be repeated.")] = None,
    state_bits: Annotated[int, typer.Option(
        min=4, max=16, help="Bits of a state: fewer, to see what that would do.")] = 16,
    folder: Annotated[Path | None, typer.Option(
        "--out", "-o", help="Folder for the files; by default build/crossbar/DEVICE.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False,
):
    """Compare the crossbar's integers with the physics.

    Runs trains of pulses through the integers and through the differential equation, and columns
    of currents through the tables and through nodal analysis. Writes check.json, check.png and
    device.csv, which --device reads again. Ends with status 1 if a figure exceeds its bar.

    Example: [b]tripartite crossbar check --device magic --set window=kvatinsky[/]
    """
    from .crossbar_check import check as find
    from .crossbar_check import write_check
    from .crossbar_device import find_device, write_device
    from .crossbar_plot import plot_check

    chosen, fit = find_device(device, _parse(settings or []))
    folder = folder or Path("build", "crossbar", chosen.name)
    folder.mkdir(parents=True, exist_ok=True)
    found = find(chosen, fit, state_bits)
    write_check(found, folder / "check.json")
    write_device(chosen, folder / "device.csv")
    plot_check(found, folder / "check.png")
    if as_json:
        print(json.dumps(found.summary(), indent=1))
    else:
        print_rows(found.rows())
        out.print(f"{folder}: check.json, check.png, device.csv", markup=False)
    if not found.good:
        raise typer.Exit(1)


def _parse(settings: list[str]) -> dict[str, str]:
    """Return names and values of ``name=value`` strings."""
    parsed = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set must be NAME=VALUE, not {setting!r}")
        parsed[name] = value
    return parsed
