"""badcrossbar, the judge of the crossbar's wires, where it is installed."""

import logging
import warnings
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

INSTALL = "pip install --no-deps badcrossbar pathvalidate sigfig"
"""badcrossbar without what it draws with, which needs the C library cairo."""


def badcrossbar_version() -> str | None:
    """Return the version of badcrossbar, or None if it is missing."""
    return version("badcrossbar") if find_spec("badcrossbar") else None


def badcrossbar_currents(conductance: np.ndarray, wire: float, voltage: np.ndarray) -> np.ndarray:
    """Return the currents of columns as badcrossbar computes them.

    As `golden.model.crossbar.wires.nodal_currents`. It is kept from setting up logging for the
    whole program, which it does when it is imported, and from telling that it cannot draw.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings(record=True):  # it turns warnings on, so ignoring them fails
        import badcrossbar
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("badcrossbar").setLevel(logging.WARNING)
    with np.errstate(divide="ignore"):  # a cell that conducts nothing has an infinite resistance
        resistance = 1 / conductance
    return badcrossbar.compute(voltage, resistance, r_i=wire, node_voltages=False,
                               all_currents=False).currents.output.T
