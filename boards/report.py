"""What place and route has to say."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any

from .errors import BuildError
from .family import Utilization

UTILIZATION = re.compile(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%$", re.M)
ERROR = re.compile(r"^ERROR: (.*)$", re.M)

GENERATED = re.compile(r"(\[\d+\])?_(SB_|TRELLIS_|LUT|CCU|DFF|ALU|MUX|PFUMX|L6MUX|RAM|DP16|MULT)"
                       r"|\$|\.\d+\.\d+")
"""Where the name of a cell goes on from the name that it had in the source."""


@dataclass(frozen=True)
class TimingPath:
    """The slowest path from register to register.

    Parameters
    ----------
    start, end : str
        What it leads from and to.
    through : tuple of (str, float)
        Modules that it leads through, and the time it takes to and in each, ns.
    logic_ns, routing_ns : float
        Its time in cells, and between them.
    levels : int
        Cells, or carry chains, between start and end.
    """

    start: str
    end: str
    through: tuple[tuple[str, float], ...]
    logic_ns: float
    routing_ns: float
    levels: int

    def __str__(self):
        through = ", ".join(f"{module} ({ns:.1f} ns)" for module, ns in self.through)
        return (f"{self.start} to {self.end}: {self.levels} levels of logic, "
                f"{self.logic_ns:.1f} ns, and {self.routing_ns:.1f} ns of routing, in {through}")


@dataclass(frozen=True)
class Routed:
    """Outcome of one seed.

    Parameters
    ----------
    seed : int
        The seed.
    fmax_mhz : float
        Rate that the clock of the core may have.
    utilization : mapping
        Cells used and available.
    path : TimingPath
        What limits the rate.
    """

    seed: int
    fmax_mhz: float
    utilization: Utilization
    path: TimingPath


@dataclass(frozen=True, kw_only=True)
class Report:
    """What there is to say of a bitstream.

    Parameters
    ----------
    board, chip : str
        Name of the board and of its FPGA.
    neurons, synapses, tiles : int
        Capacities.
    clock_mhz : float
        Rate of the clock.
    baud : int
        Rate of the line.
    seeds : sequence of int
        Seeds of place and route.
    fmax_mhz : sequence of float
        Rate that each seed reached.
    used, available : mapping of str to int
        Resources (`RESOURCES`) taken, and those that the chip has.
    critical_path : TimingPath
        Of the best seed, which is the one in the bitstream.
    tools : mapping of str to str
        Versions.
    bitstream, sha256 : str
        Its file, and the hash of that.
    """

    board: str
    chip: str
    neurons: int
    synapses: int
    tiles: int
    clock_mhz: float
    baud: int
    seeds: Sequence[int]
    fmax_mhz: Sequence[float]
    used: Mapping[str, int]
    available: Mapping[str, int]
    critical_path: TimingPath
    tools: Mapping[str, str]
    bitstream: str = ""
    sha256: str = ""

    @property
    def median_mhz(self) -> float:
        """Median rate of the seeds."""
        return median(self.fmax_mhz)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(self.as_dict(), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Report":
        """Return a report that has been written.

        Raises
        ------
        BuildError
            If it is damaged, or of another version.
        """
        try:
            values = json.loads(path.read_text())
            values["used"] = {name: values[name] for name in values["available"]}
            values["critical_path"] = TimingPath(**values["critical_path"])
            return cls(**{field.name: values[field.name] for field in fields(cls)})
        except (ValueError, KeyError, TypeError):
            raise BuildError(f"{path}: is not a report of this version; build the board "
                             "again") from None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it: resources used are values of their own."""
        values = asdict(self)
        return values | values.pop("used")


def parse_report(seed: int, report: Mapping[str, Any], clock_hz: int) -> Routed:
    """Return what nextpnr's JSON report says.

    Parameters
    ----------
    seed : int
        Seed that it was made with.
    report : mapping
        The report.
    clock_hz : int
        Rate of the clock of the core, by which it is told from other clocks.
    """
    clock, rates = min(report["fmax"].items(),
                       key=lambda item: abs(item[1]["constraint"] - clock_hz / 1e6))
    edge = f"posedge {clock}"
    path = next(path["path"] for path in report["critical_paths"]
                if path["from"] == path["to"] == edge)
    utilization = {cell: (count["used"], count["available"])
                   for cell, count in report["utilization"].items()}
    return Routed(seed, rates["achieved"], utilization, _parse_path(path))


def parse_utilization(log: str) -> Utilization:
    """Return the cells used and available that a log of nextpnr lists, before it may fail."""
    return {cell: (int(used), int(available))
            for cell, used, available in UTILIZATION.findall(log)}


def last_error(log: str) -> str:
    """Return the last error in the log of a tool."""
    return (ERROR.findall(log) or ["it tells no error"])[-1]


def _parse_path(segments: Sequence[Mapping[str, Any]]) -> TimingPath:
    def total(kinds: Iterable[Mapping[str, Any]]) -> float:
        return round(sum(segment["delay"] for segment in kinds), 3)

    routing = [segment for segment in segments if segment["type"] == "routing"]
    others = [segment for segment in segments if segment["type"] != "routing"]
    through: dict[str, float] = {}
    for segment in segments:
        module = source_name(segment["to"]["cell"]).rpartition(".")[0]
        through[module] = round(through.get(module, 0) + segment["delay"], 3)
    return TimingPath(
        start=source_name(segments[0]["from"]["cell"]),
        end=source_name(segments[-1]["to"]["cell"]),
        through=tuple(through.items()),
        logic_ns=total(others),
        routing_ns=total(routing),
        levels=sum(segment["delay"] > 0 for segment in routing) - 1,
    )


def source_name(cell: str) -> str:
    """Return the part of the name of a cell that comes from the source."""
    return GENERATED.split(cell, maxsplit=1)[0]
