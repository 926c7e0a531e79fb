"""The commands for capsules."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .atomic import check_output, replacing
from .console import out, print_rows
from .thermogram.audit import changes, differences, spelled
from .thermogram.capsule import Capsule
from .thermogram.export import export as exported
from .thermogram.export import history_of
from .thermogram.instant import rfc3339
from .thermogram.legacy import to_document
from .thermogram.store import load, save
from .thermogram.temperature import Temperature

app = typer.Typer(no_args_is_help=True, help="Read, verify and convert capsules, the memory that "
                                             "survives the power switch.")

CapsuleFile = Annotated[Path, typer.Argument(metavar="CAPSULE", help="A .thermo file, or the same "
                                             "as JSON.")]
Output = Annotated[Path, typer.Argument(metavar="OUTPUT", help="File to write.")]
Lenient = Annotated[bool, typer.Option("--lenient", help="Accept flags, and bytes after the end.")]
Unverified = Annotated[bool, typer.Option("--no-verify", help="Read it though its hash chain may "
                                          "be broken.")]

SHOWN = 8
"""Changed signals that `log` shows of a delta."""


@app.command()
def log(
    capsule_file: CapsuleFile,
    key: Annotated[str | None, typer.Option(help="Only this entry.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All signals that have changed, however "
                                        "many.")] = False,
    lenient: Lenient = False, unverified: Unverified = False,
):
    """Tell what was changed, when and by what.

    A line for each delta, those of the archive first: number, time, what was done to which entry,
    its strength, and the cause; then the signals that changed. Of a captured pool, an entry is the
    row of a neuron, and a signal the weight of a synapse, told by its target.
    """
    capsule = _load(capsule_file, lenient, unverified)
    for index, (delta, found) in enumerate(changes(history_of(capsule))):
        if key not in (None, delta.key):
            continue
        out.print(f"{index:>5}  {rfc3339(delta.instant)}  {delta.kind.name.lower():<6}  "
                  f"{delta.key}  {spelled(delta.strength)}  {delta.source}", markup=False)
        shown = found if every else found[:SHOWN]
        if shown:
            more = f", and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
            out.print(" " * 7 + ", ".join(
                f"{change.place}: {_number(change.before)} → {_number(change.after)}"
                for change in shown) + more, markup=False)


@app.command()
def show(
    capsule_file: CapsuleFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print all there is, as an "
                                          "object.")] = False,
    lenient: Lenient = False, unverified: Unverified = False,
):
    """Show what a capsule holds."""
    capsule = _load(capsule_file, lenient, unverified)
    if as_json:
        print(json.dumps(to_document(capsule), ensure_ascii=False))
        return
    sizes = capsule.entries.sizes()
    print_rows({
        "name": capsule.name, "id": capsule.id,
        "created": rfc3339(capsule.created_at),
        "consolidated": f"{rfc3339(capsule.last_consolidation)}, "
                        f"{capsule.total_consolidations:,} times",
        "entries": f"{sum(sizes):,}: " + ", ".join(
            f"{size:,} {temperature.name.lower()}"
            for size, temperature in zip(sizes, Temperature, strict=True)),
        "deltas": f"{len(capsule.chain):,} waiting, {capsule.total_deltas:,} since the beginning",
        "archive": f"{capsule.archive.deltas:,} deltas in {capsule.archive.segments:,} segments"
                   if capsule.archive else "none",
        "rule": capsule.rule.policy.name,
        "triggers": ", ".join(map(str, capsule.policy.triggers)) or "none",
        "custom metadata": f"{len(capsule.custom or b''):,} bytes",
    })
    if sum(sizes):
        rows = Table("key", "temperature", "strength", "updates", "signals", "changed", box=None)
        for temperature in Temperature:
            for entry in capsule.entries.layer(temperature):
                rows.add_row(entry.key, temperature.name.lower(), spelled(entry.strength),
                             f"{entry.update_count:,}", f"{len(entry.signals):,}",
                             rfc3339(entry.updated_at))
        out.print(rows)


@app.command()
def verify(capsule_file: CapsuleFile, lenient: Lenient = False):
    """Verify a capsule: its form, its hash chain and, if it has one, its archive.

    Ends with status 1 and names the first delta that doesn't hold.
    """
    capsule = load(capsule_file, lenient=lenient)
    archived = len(history_of(capsule)) - len(capsule.chain)
    out.print(f"{capsule_file}: {len(capsule.chain):,} deltas hold"
              + f", and {archived:,} of the archive" * (capsule.archive is not None),
              markup=False)


@app.command()
def diff(one: CapsuleFile, other: CapsuleFile, lenient: Lenient = False,
         unverified: Unverified = False):
    """Tell in which entries and deltas two capsules differ; ends with status 1 if they do."""
    found = list(differences(_load(one, lenient, unverified), _load(other, lenient, unverified)))
    for line in found:
        out.print(line, markup=False)
    if found:
        raise typer.Exit(1)


@app.command()
def plot(
    capsule_file: CapsuleFile,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="PICTURE",
                                                help="A .png, .svg or .pdf file; by default "
                                                "beside the capsule.")] = None,
    lenient: Lenient = False, unverified: Unverified = False,
):
    """Draw temperatures and strengths over time."""
    from .thermogram.picture import plot_capsule

    output = output or capsule_file.with_suffix(".png")
    check_output(output, ".png", ".svg", ".pdf")
    plot_capsule(_load(capsule_file, lenient, unverified), output)
    out.print(str(output), markup=False)


@app.command()
def convert(source: CapsuleFile, output: Output, lenient: Lenient = False,
            unverified: Unverified = False):
    """Write a capsule again: as JSON if the name of the output ends so, else as .thermo.

    What is read from a .thermo file and written as one has the same bytes.
    """
    save(_load(source, lenient, unverified), output)
    out.print(str(output), markup=False)


@app.command()
def export(capsule_file: CapsuleFile, output: Output, lenient: Lenient = False):
    """Write all that a capsule knows as one JSON document, consolidated; the capsule stays."""
    check_output(output, ".json")
    document = exported(load(capsule_file, lenient=lenient))
    with replacing(output) as temporary:
        temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    out.print(f"{output}: {len(document['state']):,} entries, {len(document['history']):,} deltas",
              markup=False)


@app.command()
def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False,
):
    """Measure how long things take, and compare with the compiled reference."""
    from .thermogram.bench import measure, render

    found = measure()
    if as_json:
        print(json.dumps([row._asdict() for row in found]))
    else:
        out.print(render(found))


def _load(path: Path, lenient: bool, unverified: bool) -> Capsule:
    return load(path, verify=not unverified, lenient=lenient)


def _number(value: int | None) -> str:
    return "none" if value is None else f"{value:+}"
