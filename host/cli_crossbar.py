"""The commands for the memristor crossbar."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .atomic import check_output
from .cli_pool import PoolFile
from .console import out, print_rows, wide

app = typer.Typer(no_args_is_help=True,
                  help="The memristor crossbar: how true it is, and what it does to learning.")

DeviceName = Annotated[str, typer.Option(
    "--device", metavar="CSV|NAME", help="magic, memtorch, verilog-a; or a .csv file with measured "
    "pulses or with parameters, see docs/crossbar.md.")]
Settings = Annotated[list[str] | None, typer.Option(
    "--set", metavar="NAME=VALUE", help="A parameter of the device; may be repeated.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print an object.")]


@app.command()
def check(
    device: DeviceName = "magic",
    settings: Settings = None,
    state_bits: Annotated[int, typer.Option(
        min=4, max=16, help="Bits of a state: fewer, to see what that would do.")] = 16,
    folder: Annotated[Path | None, typer.Option(
        "--out", "-o", help="Folder for the files; by default build/crossbar/DEVICE.")] = None,
    as_json: AsJson = False,
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

    chosen, fit = find_device(device, parse_settings(settings))
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


@app.command()
def loop(
    device: DeviceName = "magic",
    settings: Settings = None,
    taught: Annotated[int, typer.Option("--digits", help="Digits that are taught, 20..1500.")]
    = 400,
    seeds: Annotated[int, typer.Option(help="Crossbars that are drawn where cells differ, "
                                            "1..100.")] = 2,
    jobs: Annotated[int | None, typer.Option(
        min=1, help="Processes; by default as many as there are processors.")] = None,
    folder: Annotated[Path | None, typer.Option(
        "--out", "-o", help="Folder for the files; by default build/crossbar/loop-DEVICE.")] = None,
    as_json: AsJson = False,
):
    """Run both demonstrations on crossbars that are less and less ideal.

    Levels from 2 to 32, variation up to 30 %, stuck cells up to 10 %, and the device itself, beside
    ideal synapses: first with what those have learnt, then learning in place. Takes some minutes.
    Writes loop.json and loop.png.

    Example: [b]tripartite crossbar loop --device magic --digits 900[/]
    """
    from golden.model.crossbar import compute_tables

    from .crossbar_device import find_device
    from .crossbar_loop import loop as run
    from .crossbar_loop import loop_table, write_loop
    from .crossbar_loop_plot import plot_loop

    chosen, _ = find_device(device, parse_settings(settings))
    folder = folder or Path("build", "crossbar", f"loop-{chosen.name}")
    folder.mkdir(parents=True, exist_ok=True)
    found = run(chosen.name, compute_tables(chosen), taught=taught, seeds=seeds, jobs=jobs)
    write_loop(found, folder / "loop.json")
    plot_loop(found, folder / "loop.png")
    if as_json:
        print(json.dumps(found.summary(), indent=1))
    else:
        wide.print(loop_table(found))
        out.print(f"{folder}: loop.json, loop.png", markup=False)


@app.command()
def place(
    pool_file: PoolFile,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="POOL",
                                         help="The .pool or .checkpoint file to write.")],
    device: DeviceName = "magic",
    settings: Settings = None,
    levels: Annotated[int | None, typer.Option(
        help="Evenly spaced levels of a cell, 2..64, instead of a device.")] = None,
    variation: Annotated[float, typer.Option(
        help="Standard deviation, relative, of gains and of steps, 0..0.5.")] = 0.0,
    stuck: Annotated[float, typer.Option(
        help="Part of the cells that are stuck, half of them OFF and half ON, 0..1.")] = 0.0,
    delay: Annotated[int, typer.Option(help="Ticks from spike to arrival, 0..255.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 1,
):
    """Put the synapses of a pool on a crossbar.

    Weights are programmed blindly, by as many pulses as a nominal cell needs. All synapses get
    one delay. A pool with a crossbar runs and learns like any other.

    Example: [b]tripartite crossbar place demo.pool -o placed.pool --levels 16 --variation 0.1[/]
    """
    from golden.model.crossbar import compute_tables
    from golden.model.crossbar.levels import level_tables
    from golden.model.crossbar.programming import on_crossbar

    from .crossbar_device import find_device
    from .files import read_any_pool, write_any_pool

    check_output(output, ".pool", ".checkpoint")
    pool = read_any_pool(pool_file)
    chosen, _ = find_device(device, parse_settings(settings))
    tables = compute_tables(chosen) if levels is None else level_tables(levels)
    placed = on_crossbar(pool, tables, delay=delay, variation=variation, stuck=stuck, seed=seed)
    write_any_pool(placed, output)
    out.print(f"{output}: {pool.synapse_count:,} synapses on {pool.n} x {pool.n} cells x 2",
              markup=False)


def parse_settings(settings: list[str] | None) -> dict[str, str]:
    """Return names and values of ``name=value`` strings."""
    parsed = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set must be NAME=VALUE, not {setting!r}")
        parsed[name] = value
    return parsed
