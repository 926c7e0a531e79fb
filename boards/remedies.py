"""What to say when a design doesn't fit or is too slow: by how much, and what to lower."""

from .board import Board
from .family import RESOURCES
from .report import Report, last_error, parse_utilization

LOWER = {
    "lut": "tiles or neurons",
    "ff": "tiles or neurons",
    "bram": "synapses, neurons or the depths of the queues",
    "spram": "synapses",
    "dsp": "tiles",
}
"""Build parameters that a resource depends on most."""


def fit_message(board: Board, log: str) -> str:
    """Return what is wrong with a design that can't be placed or routed.

    Parameters
    ----------
    board : Board
        The board.
    log : str
        Log of nextpnr.
    """
    counts = {resource: count
              for resource, count in board.family.count(parse_utilization(log)).items() if count[1]}
    over = {resource: count for resource, count in counts.items() if count[0] > count[1]}
    if over:
        excess = ", ".join(f"{used} {RESOURCES[resource]} of {available} ({used - available} too "
                           "many)" for resource, (used, available) in over.items())
        what = f"does not fit the {board.chip}: it takes {excess}"
    else:
        what = f"can't be placed and routed: {last_error(log)}"
        if counts:
            resource, (used, available) = max(counts.items(),
                                              key=lambda item: item[1][0] / item[1][1])
            over = {resource: counts[resource]}
            what += f"; it takes {used} {RESOURCES[resource]} of {available}"
    lower = ", ".join(dict.fromkeys(LOWER[resource] for resource in over)) or "synapses"
    return f"{board.name}: {what}; lower {lower} in boards/{board.name}.py"


def timing_message(board: Board, report: Report) -> str:
    """Return what is wrong with a design that is too slow with every seed."""
    best, needed = max(report.fmax_mhz), report.clock_mhz
    return (f"{board.name}: misses timing: {best:.2f} MHz is the best of "
            f"{len(report.fmax_mhz)} seeds, {needed:g} MHz are needed, {needed - best:.2f} MHz "
            f"({(needed - best) / needed:.1%}) more; lower the clock (pll) in "
            f"boards/{board.name}.py, or shorten {report.critical_path.start} to "
            f"{report.critical_path.end}")
