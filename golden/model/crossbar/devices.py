"""Devices by name, with their sources.

VTEAM itself: S. Kvatinsky, M. Ramadan, E. G. Friedman, A. Kolodny, "VTEAM: A General Model for
Voltage-Controlled Memristors", IEEE Trans. Circuits Syst. II 62(8), 786-790 (2015),
doi:10.1109/TCSII.2015.2433536.

The pulses are ours. They are such that a few tens of them cross the range.
"""

from dataclasses import replace

from .device import DeviceParams, Resistance, Window

MAGIC = DeviceParams(
    name="magic",
    k_on=-216.2, k_off=0.091, alpha_on=4, alpha_off=4, v_on=-1.5, v_off=0.3,
    r_on=1e3, r_off=300e3,
    set_voltage=-1.7, set_width=1e-9, reset_voltage=0.6, reset_width=1e-9, read_voltage=0.1,
    source="a public SPICE deck of MAGIC logic gates; exponential R(w) and Biolek's window, p = 2",
)

MEMTORCH = DeviceParams(
    name="memtorch",
    k_on=-10, k_off=5e-4, alpha_on=3, alpha_off=1, v_on=-0.2, v_off=0.02, r_on=50, r_off=1e3,
    resistance=Resistance.LINEAR, window=Window.NONE,
    set_voltage=-0.25, set_width=5e-10, reset_voltage=1.0, reset_width=3e-9, read_voltage=0.01,
    source="defaults of MemTorch, memtorch/bh/memristor/VTEAM.py: linear R(w), no window",
)

VERILOG_A = replace(
    MEMTORCH, name="verilog-a", v_on=-0.3, r_on=5e3, r_off=200e3, set_voltage=-0.375,
    source="a Verilog-A model derived from the Technion's: as memtorch, but v_on -0.3 V, 5k/200k",
)

DEVICES = {device.name: device for device in (MAGIC, MEMTORCH, VERILOG_A)}
