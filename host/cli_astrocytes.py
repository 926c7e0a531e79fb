"""The commands for astrocytes: working memory, two time scales, robustness."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .atomic import make_folder, replacing
from .console import out, print_rows, print_table

app = typer.Typer(no_args_is_help=True, help="Astrocytes: working memory, two time scales, and "
                                             "what they stand.")

Seeds = Annotated[int, typer.Option(min=1, max=10_000, help="Trials, each with a pattern of its "
                                    "own.")]
Offset = Annotated[int, typer.Option("--seed-offset", min=0, max=1 << 40, help="The first seed.")]
Folder = Annotated[Path | None, typer.Option(
    "--out", "-o", help="Folder for the files; by default build/astrocytes, and none with "
    "--json.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print an object.")]
MEMORY_HEADINGS = ("delay, membranes", "astrocytes", "neurons only", "firing", "spikes", "", "")


@app.command()
def memory(seeds: Seeds = 10, offset: Offset = 0, folder: Folder = None, as_json: AsJson = False):
    """Keep a pattern through a silent delay, and recall it from a fragment.

    With astrocytes that strengthen synapses, with the same neurons alone, and with neurons that
    fire on: accuracy of recall (0.5 is chance) and spikes of a trial against the delay, in time
    constants of a membrane. Writes memory.json and memory.png.

    Example: [b]tripartite astrocytes memory --seeds 10[/]
    """
    from .astrocytes.measures import remembered
    from .astrocytes.picture import plot_recall
    from .astrocytes.working_memory import Task

    folder = _folder(folder, as_json)
    recalls = remembered(Task(), seeds, offset)
    found = {keeper.value: {"delays": list(recall.task.delays),
                            "accuracy": recall.accuracy.tolist(),
                            "spikes": recall.spikes.mean(axis=0).tolist(),
                            "delay_spikes": recall.delay_spikes.mean(axis=0).tolist()}
             for keeper, recall in recalls.items()}
    if as_json:
        print(json.dumps(found))
    else:
        print_table(MEMORY_HEADINGS, [
            [str(delay), *(f"{recall.accuracy[number]:.3f}" for recall in recalls.values()),
             *(f"{recall.spikes[:, number].mean():,.0f}" for recall in recalls.values())]
            for number, delay in enumerate(Task().delays)])
    if folder is None:
        return
    _write(folder / "memory.json", found)
    plot_recall(recalls, folder / "memory.png")
    _tell(folder, "memory.json, memory.png", as_json)


@app.command()
def measure(seeds: Seeds = 10, offset: Offset = 0, folder: Folder = None, as_json: AsJson = False):
    """Measure the two time scales: how far apart, what is recalled, at how many spikes.

    Time constants and their ratio from the parameters in use; recall, spikes and duration of the
    trace with astrocytes and without; recall under noise and change of parameters. Writes
    measures.json and memory.png.

    Example: [b]tripartite astrocytes measure[/]
    """
    from .astrocytes.measures import measure as take
    from .astrocytes.picture import plot_recall
    from .astrocytes.working_memory import Task

    folder = _folder(folder, as_json)
    found = take(Task(), seeds, offset)
    if as_json:
        print(json.dumps(found.as_dict()))
    else:
        print_rows(found.rows())
    if folder is None:
        return
    _write(folder / "measures.json", found.as_dict())
    plot_recall(found.recalls, folder / "memory.png")
    _tell(folder, "measures.json, memory.png", as_json)


@app.command()
def robustness(
    world: Annotated[str, typer.Option(metavar="WORLD", help="As of navigate.")] = "open10",
    seeds: Annotated[int, typer.Option(min=1, max=100_000, help="Worlds.")] = 500,
    offset: Offset = 0, folder: Folder = None, as_json: AsJson = False,
):
    """Navigate with one thing changed after the other: k, alpha, noise, G, domains, memory.

    Medians as of navigate, 10 episodes. Writes robustness-WORLD.json.

    Example: [b]tripartite astrocytes robustness --world maze10[/]
    """
    from .astrocytes.robustness import robustness as change
    from .navigation.errands import Errands
    from .navigation.foreign import kind_of

    kind = kind_of(world)
    folder = _folder(folder, as_json)
    found = [one.as_dict() for one in change(Errands.of(kind, seeds, 10, offset=offset))]
    if as_json:
        for one in found:
            print(json.dumps(one))
    else:
        print_table(("changed", "ep 1", "done @4n", "late", "done", "mean/BFS", "all steps"), [
            [one["agent"], f"{one['first_median']:g}", f"{one['first_done_4n']:.1%}",
             f"{one['late_median']:g}", f"{one['late_done']:.2%}", f"{one['late_over_bfs']:.3f}",
             f"{one['steps_total']:g}"] for one in found])
    if folder is None:
        return
    _write(folder / f"robustness-{kind.name}.json", found)
    _tell(folder, f"robustness-{kind.name}.json", as_json)


def _folder(folder: Path | None, as_json: bool) -> Path | None:
    """Return the folder for the files, made, or None if none are asked for."""
    if folder is None and not as_json:
        folder = Path("build", "astrocytes")
    return folder and make_folder(folder)


def _write(path: Path, found: object) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(found, indent=1) + "\n")


def _tell(folder: Path, files: str, as_json: bool) -> None:
    if not as_json:
        out.print(f"{folder}: {files}", markup=False)
