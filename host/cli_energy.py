"""The command that counts what costs energy."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .cli_crossbar import AsJson, DeviceName, Settings, parse_settings
from .console import out, print_rows
from .energy import Account

BOUNDS = "low", "nominal", "high"


def energy(
    path: Annotated[Path, typer.Argument(metavar="RUN|VCD", help="A run file, or a wave dump.")],
    device: DeviceName = "magic",
    settings: Settings = None,
    as_json: AsJson = False,
):
    """Count what costs energy, and tell between which bounds the energy may lie.

    Of a run file (.run): reads, conversions, pulses, synaptic events, neuron updates. Of a wave
    dump (.vcd): toggles. The counts are exact. Joules are low, nominal and high, by coefficients
    whose sources are printed; they are no measurement.

    Example: [b]tripartite energy demo.run[/]
    """
    from .crossbar_device import find_device
    from .energy import account_run, account_waves
    from .errors import FileError
    from .runfile import read_run
    from .toggles import count_toggles

    if path.suffix == ".run":
        account = account_run(read_run(path), find_device(device, parse_settings(settings))[0])
    elif path.suffix == ".vcd":
        account = account_waves(count_toggles(path))
    else:
        raise FileError(f"{path}: energy is counted of a .run or .vcd file, not "
                        f"{path.suffix or 'one without suffix'}")
    if as_json:
        print(json.dumps(account.summary(), indent=1))
    else:
        _show(account)


def _show(account: Account) -> None:
    print_rows({name.replace("_", " "): f"{count:,}" for name, count in account.counts.items()})
    table = Table()
    for heading in ("", "each, nominal", *BOUNDS):
        table.add_column(heading, justify="right" if heading else "left")
    for cost in account.costs:
        table.add_row(cost.events, _joules(cost.coefficient.nominal),
                      *(_joules(cost.joules()[bound]) for bound in BOUNDS))
    table.add_row("all", "", *(_joules(account.total()[bound]) for bound in BOUNDS))
    out.print(table)
    for coefficient in {cost.coefficient.name: cost.coefficient for cost in account.costs}.values():
        out.print(f"{coefficient.name}: {coefficient.source}.", markup=False)


def _joules(value: float) -> str:
    """Return an energy with three digits and a prefix."""
    for scale, prefix in ((1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p")):
        if value >= scale:
            return f"{value / scale:.3g} {prefix}J"
    return f"{value / 1e-15:.3g} fJ"
