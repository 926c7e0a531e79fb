"""A core in plain Verilog, for those who don't use Amaranth."""

import re
from pathlib import Path

from golden.arch.document import PAGES
from hdl.top import Tripartite
from sim.emit import ports, verilog_text

from .board import Board
from .build import COLLISIONS

UNINITIALISED = re.compile(r'(\(\* ram_style = "huge" \*\)\n  reg [^\n]+\n)'
                           r"  initial begin : \w+\n.*?\n  end\n", re.S)
"""A single-port RAM, which can't have initial contents, and the ones that Amaranth gives it."""

PORTS = {
    "clk": "clock",
    "rst": "reset, synchronous, active high; may be tied low",
    "rx": "serial line from the host, idle high; not synchronised to the clock",
    "tx": "serial line to the host, idle high",
    "busy": "something is on the line, queued, or under way",
    "fault": "something went wrong since power-up",
}


def write_verilog(board: Board, folder: Path) -> list[Path]:
    """Write the core of a board, its register map and protocol, and a page about its ports.

    Clock and pins are left to those who use it.

    Parameters
    ----------
    board : Board
        The board.
    folder : Path
        Folder to write to, made if there is none.

    Returns
    -------
    list of Path
        What has been written.
    """
    core = Tripartite(board.params)
    text = UNINITIALISED.sub(r"\1", verilog_text(core, name="tripartite"))
    pages = {"tripartite.v": text, "tripartite.md": _overview(board, core)}
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in {**pages, **{name: page() for name, page in PAGES.items()}}.items():
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def _overview(board: Board, core: Tripartite) -> str:
    params = board.params
    rows = [("input", 1, "clk"), *(("input" if port.is_input else "output", port.width, port.name)
                                   for port in ports(core))]
    table = "\n".join(f"| `{name}` | {direction} | {width} | {PORTS[name]} |"
                      for direction, width, name in rows)
    return f"""# Tripartite in Verilog

`tripartite.v` holds the core as built for the board {board.title}: {params.neurons:,} neurons,
{params.synapses:,} synapses, {params.tiles} tiles. The top module is `tripartite`; the rising edge
of `clk` clocks all of it.

| port | direction | bits | meaning |
|---|---|--:|---|
{table}

A bit on the line takes {params.divisor} cycles of the clock, so that a clock of
{board.clock_hz / 1e6:g} MHz makes {board.clock_hz / params.divisor:,.0f} baud. What travels there
is in [protocol.md](protocol.md), the memories and registers are in [registers.md](registers.md).

The board's own build gives the synthesis of Yosys the options
`{board.overrides.get("synth_opts", "") or "(none)"}`, and before it the command

    {COLLISIONS}

since what is read from a memory in the cycle in which it is written is never relied upon.
"""
