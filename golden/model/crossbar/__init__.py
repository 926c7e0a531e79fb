"""The memristor crossbar: the physics, and the integers that stand for it.

================ ==============================================================
`device`         parameters of a device and of its pulses
`devices`        devices by name, with their sources
`vteam`          the physics: VTEAM, solved
`measured`       a device from measured pulses
`tables`         the physics as tables of integers
`variation`      cells that are not alike, and faults
`wires`          IR drop
`fidelity`       how far the integers are from the physics
================ ==============================================================

The crossbar in integers, bit for bit that of the gateware, is `golden.model.crossbar_array`. This
package needs SciPy, and time to load it, so `golden.model` does not import it by itself.
"""

from golden.model.crossbar_array import CrossbarArray, CrossbarTables, ideal_array

from .device import DeviceParams, Resistance, Window
from .devices import DEVICES
from .tables import compute_tables
from .variation import noise_setting, vary
from .wires import Access, wire_losses

__all__ = ["DEVICES", "Access", "CrossbarArray", "CrossbarTables", "DeviceParams", "Resistance",
           "Window", "compute_tables", "ideal_array", "noise_setting", "vary", "wire_losses"]
