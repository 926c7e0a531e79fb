"""The command line."""

import dataclasses
import os
import platform
import sys
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from boards.virtual import VIRTUAL
from golden.arch.identity import VERSION, contract_hash

from . import (
    cli_astrocytes,
    cli_bench,
    cli_build,
    cli_capture,
    cli_crossbar,
    cli_energy,
    cli_navigate,
    cli_pool,
    cli_thermo,
)
from .atomic import check_output, make_folder
from .cli_pool import PoolFile
from .conform import conform as play
from .console import out, print_rows
from .errors import FileError, TripartiteError
from .files import read_any_pool, write_any_pool
from .fit import fitting_params
from .image import Image
from .open import BAUD, open_device
from .recorder import Recorder
from .replay import replay
from .runfile import read_run, write_run
from .stimulus_file import read_stimulus

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="An open neuromorphic core that learns.\n\n"
         "Pools of spiking neurons run in the golden model ([b]golden[/]), on the simulated "
         "gateware behind a serial line ([b]virtual[/]), or on a board at a serial port such as "
         "[b]/dev/ttyUSB1[/]. The answers are the same.",
)
app.add_typer(cli_pool.app, name="pool")
app.add_typer(cli_thermo.app, name="thermo")
app.add_typer(cli_crossbar.app, name="crossbar")
app.add_typer(cli_astrocytes.app, name="astrocytes")

Where = Annotated[str, typer.Option(
    "--on", metavar="WHERE", help="golden, virtual, or a serial port.")]
Baud = Annotated[int, typer.Option(help="Bits per second of a serial port.")]
BOARD = "Virtual board"
Neurons = Annotated[int | None, typer.Option(help="Neurons.", min=1, rich_help_panel=BOARD)]
Synapses = Annotated[int | None, typer.Option(help="Synapses.", rich_help_panel=BOARD)]
Tiles = Annotated[int | None, typer.Option(help="Tiles that share the work.", min=1, max=16,
                                           rich_help_panel=BOARD)]
DelaySlots = Annotated[int | None, typer.Option(help="Slots of the delay ring.",
                                                rich_help_panel=BOARD)]
BlockSize = Annotated[int | None, typer.Option(help="Room for a dense block, on a memristor "
                                               "crossbar.", rich_help_panel=BOARD)]
Astrocytes = Annotated[int | None, typer.Option(help="Room for so many astrocyte domains.",
                                                rich_help_panel=BOARD)]
RunFile = Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")]


class Demo(StrEnum):
    """What can be shown."""

    LEARN = "learn"
    DIGITS = "digits"


@app.command()
def demo(
    what: Annotated[Demo, typer.Argument(help="What to show.")] = Demo.LEARN,
    where: Where = "virtual",
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(),
    baud: Baud = BAUD,
):
    """Watch a pool learn, compared with the golden model.

    [b]learn[/]: 32 neurons are rewarded for their output, compared at every tick; writes demo.run
    and demo.png.

    [b]digits[/]: 1,797 handwritten digits run through 256 neurons, verified at the end; writes
    digits.run and digits.png.
    """
    from .demo import demo as show_learning
    from .demo import demo_digits

    make_folder(folder)
    show = demo_digits if what is Demo.DIGITS else show_learning
    _exit_unless(show(where, folder, baud=baud))


@app.command()
def run(
    pool_file: PoolFile,
    stimulus_file: Annotated[Path, typer.Argument(
        metavar="STIMULUS",
        help="A .npy file (ticks, neurons), or a .csv file with header tick,neuron,current.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="RUN",
                                         help="Run file to write.")],
    where: Where = "virtual",
    verify: Annotated[bool, typer.Option("--verify", help="Compare with the golden model at "
                                         "every tick.")] = False,
    ticks: Annotated[int | None, typer.Option(help="Length of the run.")] = None,
    save: Annotated[Path | None, typer.Option(metavar="POOL", help="Write the pool at the "
                                              "end.")] = None,
    baud: Baud = BAUD,
    neurons: Neurons = None, synapses: Synapses = None, tiles: Tiles = None,
    delay_slots: DelaySlots = None,
):
    """Run a pool with a stimulus and record the spikes.

    A virtual board is made large enough, unless told otherwise.

    Example: [b]tripartite run demo.pool input.csv --ticks 1000 -o first.run[/]
    """
    check_output(output, ".run")
    if save:
        check_output(save, ".pool", ".checkpoint")
    pool = read_any_pool(pool_file)
    stimulus = read_stimulus(stimulus_file, ticks)
    widest = max((len(segment.current) for segment in stimulus), default=0)
    if widest > pool.n:
        raise FileError(f"{stimulus_file}: has a current for neuron {widest - 1}, but the pool "
                        f"{pool_file} has {pool.n} neurons, numbered from 0")
    chosen = _chosen(neurons, synapses, tiles, delay_slots)
    if where == "virtual":
        needed = fitting_params(pool, chosen.get("tiles", VIRTUAL.tiles))
        chosen = _at_least(**needed) | chosen
        Image(pool, dataclasses.replace(VIRTUAL, **chosen))  # fits, before a board is compiled
    with Recorder(open_device(where, verify=verify, baud=baud, **chosen)) as device:
        device.load(pool)
        spikes = device.run(stimulus)
        write_run(device.finish(), output)
        if save:
            write_any_pool(device.snapshot(), save)
    out.print(f"{output}: {stimulus.ticks:,} ticks, {spikes.total:,} spikes"
              + ", all as in the golden model" * verify)


@app.command()
def verify(run_file: RunFile):
    """Repeat a run in the golden model and compare."""
    agreement = replay(read_run(run_file))
    out.print(str(agreement), markup=False)
    _exit_unless(agreement.complete)


@app.command()
def plot(
    run_file: RunFile,
    output: Annotated[Path | None, typer.Option(
        "--output", "-o", metavar="PNG", help="Picture to write; by default beside the run "
        "file.")] = None,
):
    """Draw spikes, rates, weights and temperatures of a run."""
    from .plot import plot_run

    output = output or run_file.with_suffix(".png")
    check_output(output, ".png")
    plot_run(read_run(run_file), output)
    out.print(str(output))


@app.command()
def conform(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Scripts "
                                                "(neuropool-vec-1).")],
    backend: Annotated[str, typer.Option(metavar="WHERE", help="golden, virtual, or a serial "
                                         "port.")] = "golden",
    baud: Baud = BAUD,
    neurons: Neurons = None, synapses: Synapses = None, tiles: Tiles = None,
    delay_slots: DelaySlots = None,
):
    """Play conformance scripts and compare every value they tell.

    Tells for each file the number of records compared or the first difference; goes on with the
    next, and ends with status 1 if there was a difference or a pool did not fit. For a large pool,
    choose a larger virtual board.

    Example: [b]tripartite conform vectors/*.jsonl --backend virtual[/]
    """
    chosen = _chosen(neurons, synapses, tiles, delay_slots)
    alike = True
    for path in files:
        try:
            report = play(path, partial(open_device, backend, baud=baud, **chosen))
        except TripartiteError as error:
            message = str(error)
            out.print(message if message.startswith(str(path)) else f"{path}: {message}",
                      markup=False)
            alike = False
            continue
        if report.difference:
            out.print(f"{path}: {report.difference}", markup=False)
            alike = False
        else:
            out.print(f"{path}: {report.records} records agree", markup=False)
    _exit_unless(alike)


@app.command()
def board(
    neurons: Neurons = None, synapses: Synapses = None, tiles: Tiles = None,
    delay_slots: DelaySlots = None,
    block_rows: BlockSize = None, block_columns: BlockSize = None, astrocytes: Astrocytes = None,
    link: Annotated[Path | None, typer.Option(help="Also make a symbolic link to the "
                                              "port.", rich_help_panel=BOARD)] = None,
):
    """Start a virtual board, print its port, and serve until Ctrl-C.

    Example: [b]tripartite board --link board & tripartite info board[/]
    """
    options: dict[str, Any] = _chosen(neurons, synapses, tiles, delay_slots)
    options |= {name: value for name, value in (
        ("block_rows", block_rows), ("block_columns", block_columns), ("astrocytes", astrocytes))
        if value}
    dataclasses.replace(VIRTUAL, **options)  # refused here, as any command refuses
    if link:
        options["link"] = link
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sim.board", *(
        f"--{name.replace('_', '-')}={value}" for name, value in options.items())])


@app.command()
def info(
    where: Annotated[str | None, typer.Argument(metavar="WHERE", help="Device to ask.")] = None,
    baud: Baud = BAUD,
):
    """Show the versions here, or what a device says of itself.

    Example: [b]tripartite info /dev/ttyUSB1[/]
    """
    rows: dict[str, Any]
    if where is None:
        from serial.tools import list_ports

        ports = ", ".join(port.device for port in list_ports.comports())
        rows = {"tripartite": version("tripartite"), "python": platform.python_version(),
                "contract": f"{VERSION[0]}.{VERSION[1]}, {contract_hash():016x}",
                "serial ports": ports or "none"}
    else:
        with open_device(where, baud=baud) as device:
            rows = device.identity | device.status()
        rows["contract"] = f"{rows['contract']:016x}"
    print_rows(rows)


app.command()(cli_navigate.navigate)
app.command()(cli_bench.bench)
app.command()(cli_energy.energy)
for command in (cli_build.build, cli_build.flash, cli_build.fit, cli_build.verilog,
                cli_capture.capture, cli_capture.restore):
    app.command()(command)


def _chosen(neurons: int | None, synapses: int | None, tiles: int | None,
            delay_slots: int | None) -> dict[str, int]:
    """Return the build parameters that were given."""
    given = {"neurons": neurons, "synapses": synapses, "tiles": tiles, "delay_slots": delay_slots}
    return {name: value for name, value in given.items() if value is not None}


def _at_least(**needed: int) -> dict[str, int]:
    """Return those parameters in which a virtual board must be larger than it is by default."""
    return {name: value for name, value in needed.items() if value > getattr(VIRTUAL, name)}


def _exit_unless(good: bool) -> None:
    if not good:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; problems are one line and a status, never a traceback."""
    try:
        status = app(standalone_mode=False) or 0
    except typer.TyperException as error:
        if message := _usage(error):
            _complain(f"{message.removesuffix('.')}; see --help")
        status = 2
    except (TripartiteError, ValueError) as error:
        _complain(str(error))
        status = 1
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        status = 1
    sys.exit(status)


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with a command; empty if it has been answered with the help."""
    describe = getattr(error, "format_message", None)
    return describe() if describe else str(error)


def _complain(message: str) -> None:
    print("tripartite:", " ".join(message.split()), file=sys.stderr)
