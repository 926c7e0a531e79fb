"""How the benchmark is shown: tables for people, objects for scripts."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from .console import out

if TYPE_CHECKING:
    from sim.bench import Measurement
    from sim.line_use import LineUse

BYTE_BITS = 10
"""Bits of a byte on the line."""

DROPS = ("crc_errors", "length_errors", "silences", "unknown_kinds", "repeats", "gaps", "overflows")
"""Counters of frames that a board did not take."""

GOOD = 0.9
"""Part of what is possible from which on a core is shown in green."""


@dataclass(kw_only=True)
class Result:
    """What was measured of a core.

    Parameters
    ----------
    title : str
        What to call the core.
    clock_mhz : float or None
        Its clock; None if it has none.
    clock : str
        Where that is from, in words.
    measurements : list of Measurement
        One for each pool.
    counters : dict of int
        The counters of the core at the end, loading and reading back included, modulo 2**32.
    """

    title: str
    clock_mhz: float | None = None
    clock: str = "no clock"
    measurements: list["Measurement"] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    def ticks_per_second(self, measurement: "Measurement") -> float | None:
        """Return the speed by the clock, if there is one."""
        return self.clock_mhz and self.clock_mhz * 1e6 / measurement.cycles_per_tick

    def events_per_second(self, measurement: "Measurement") -> float | None:
        """Return the synaptic events per second by the clock, if there is one."""
        return self.clock_mhz and self.clock_mhz * 1e6 * measurement.events_per_cycle

    @property
    def best(self) -> "Measurement":
        """The measurement with the most events per cycle."""
        return max(self.measurements, key=lambda measurement: measurement.events_per_cycle)

    def rows(self) -> list[dict[str, Any]]:
        """Return an object for each measurement."""
        return [{"core": self.title, **measurement.as_dict(),
                 "clock_mhz": self.clock_mhz, "clock": self.clock,
                 "ticks_per_second": self.ticks_per_second(measurement),
                 "events_per_second": self.events_per_second(measurement)}
                for measurement in self.measurements]


def print_json(rows: Sequence[dict[str, Any]]) -> None:
    """Print objects as a list."""
    print(json.dumps(rows, indent=1))


def print_result(result: Result) -> None:
    """Print a table of a core, a line for each pool; cycles are per tick."""
    table = _table(f"{result.title}, {_clock(result)}")
    headings = ["neurons x\nfan-out", "firing", "cycles\n/tick", "sweep", "propa-\ngate", "idle",
                "bound", "frac-\ntion", "events\n/cycle"]
    if result.clock_mhz:
        headings += ["kticks\n/s", "Mevents\n/s"]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for found in result.measurements:
        cells = [f"{found.neurons:,} x {found.fan_out}",
                 "free" if found.firing is None else f"{found.firing:g} %",
                 *(f"{cycles:,.0f}" for cycles in (
                     found.cycles_per_tick, found.sweep_cycles, found.propagate_cycles,
                     found.idle_cycles, found.bound_cycles)),
                 f"[{'green' if found.fraction >= GOOD else 'none'}]{found.fraction:.3f}[/]",
                 f"{found.events_per_cycle:.3f}"]
        speed, rate = result.ticks_per_second(found), result.events_per_second(found)
        if speed and rate:
            cells += [f"{speed / 1e3:,.1f}", f"{rate / 1e6:,.1f}"]
        table.add_row(*cells)
    out.print(table)
    cycles = ", ".join(f"{name.removesuffix('_cycles')} {count:,}"
                       for name, count in result.counters.items() if name.endswith("_cycles"))
    dropped = sum(result.counters[name] for name in DROPS)
    spikes, events = result.counters["spikes"], result.counters["events"]
    out.print(f"In all: {spikes:,} spikes, {events:,} events, {dropped:,} frames dropped; "
              f"cycles: {cycles}", markup=False)
    out.print()


def beside_peers(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Return an object for each core, ours first, each with its most events per second."""
    from sim.peers import PEERS

    ours = [{"core": f"Tripartite, {result.best.tiles} tile{'s' * (result.best.tiles > 1)}",
             "device": result.title, "clock_mhz": result.clock_mhz,
             "cycles_per_event": (1 / result.best.events_per_cycle
                                  if result.best.events_per_cycle else None),
             "events_per_second": result.events_per_second(result.best),
             "learning": "STDP, three modulators", "from": result.clock, "note": ""}
            for result in results]
    return ours + [{"core": peer.name, "device": peer.device, "clock_mhz": peer.clock_mhz,
                    "cycles_per_event": peer.cycles_per_event,
                    "events_per_second": peer.events_per_second,
                    "learning": peer.learning or "none", "from": f"commit {peer.commit}",
                    "note": peer.note}
                   for peer in PEERS]


def print_peers(rows: Sequence[dict[str, Any]]) -> None:
    """Print a table of cores."""
    table = _table("Synaptic events per second: measured for ours, at best for the others")
    for heading in ("core", "device", "learning"):
        table.add_column(heading)
    for heading in ("MHz", "cycles\n/event", "Mevents\n/s"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("from")
    for row in rows:
        clock, rate = row["clock_mhz"], row["events_per_second"]
        table.add_row(row["core"], row["device"], row["learning"], f"{clock:.1f}" if clock else "",
                      f"{row['cycles_per_event']:.3f}" if row["cycles_per_event"] else "",
                      f"{rate / 1e6:,.1f}" if rate else "",
                      row["from"])
    out.print(table)
    for row in rows:
        if row["note"]:
            out.print(f"{row['core']} ({row['device']}): {row['note']}", markup=False)


def line_rows(uses: Iterable["LineUse"], baud: float) -> list[dict[str, Any]]:
    """Return an object for each direction of a line of `baud` bits per second."""
    return [{"direction": use.direction, "bytes": use.size, "cycles": use.cycles,
             "divisor": use.divisor, "fraction": use.fraction,
             "bytes_per_second": use.fraction * baud / BYTE_BITS,
             "available_bytes_per_second": baud / BYTE_BITS} for use in uses]


def print_line(rows: Iterable[dict[str, Any]]) -> None:
    """Print in one line what a line carries."""
    parts = [f"{row['direction']} {row['bytes_per_second']:,.0f} of "
             f"{row['available_bytes_per_second']:,.0f} bytes/s ({row['fraction']:.1%})"
             for row in rows]
    out.print(f"Line: {', '.join(parts)}", markup=False)


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)


def _clock(result: Result) -> str:
    return f"{result.clock_mhz:.1f} MHz ({result.clock})" if result.clock_mhz else result.clock
