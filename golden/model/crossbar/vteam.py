"""VTEAM solved: pulses, trains of pulses, reads, and the hysteresis loop.

    dw/dt = k_off (v / v_off − 1)**alpha_off f(w)    v > v_off > 0
            k_on  (v / v_on  − 1)**alpha_on  f(w)    v < v_on < 0
            0                                        between

with w kept in w_on..w_off [1]_. A positive voltage raises the resistance. All states here are
x = (w − w_on) / (w_off − w_on), 0..1.

References
----------
.. [1] Kvatinsky et al., IEEE Trans. Circuits Syst. II 62(8) (2015),
   doi:10.1109/TCSII.2015.2433536.
"""

import numpy as np
from scipy.integrate import solve_ivp

from .device import DeviceParams

RELATIVE, ABSOLUTE = 1e-9, 1e-12
"""Tolerances of the solver; the twin resolves 1.5e-5."""


def flow(device: DeviceParams, x, dose) -> np.ndarray:
    """Return states after one pulse each.

    At constant voltage the rate is constant, so that ``dx/ds = dose f(x)`` over s = 0..1; solved
    by DOP853 for all states at once, then limited to 0..1. No state comes back from beyond an end
    within a pulse, so limiting at its end is limiting throughout.

    Parameters
    ----------
    device : DeviceParams
        The device.
    x : array_like of float, shape (n,)
        States.
    dose : array_like of float, shape (n,) or ()
        Rate times width of each pulse, in ranges of the state; negative toward R_on.

    Returns
    -------
    ndarray of float, shape (n,)
        States.

    Raises
    ------
    ArithmeticError
        If the solver gives up.
    """
    x = np.asarray(x, float)
    dose = np.broadcast_to(np.asarray(dose, float), x.shape)
    rising = dose > 0
    solved = solve_ivp(lambda _, now: dose * device.slowed(now, rising), (0.0, 1.0), x,
                       method="DOP853", rtol=RELATIVE, atol=ABSOLUTE)
    if not solved.success:
        raise ArithmeticError(f"device {device.name}: the solver gave up: {solved.message}")
    return np.clip(solved.y[:, -1], 0.0, 1.0)


def doses(device: DeviceParams) -> np.ndarray:
    """Return the doses of one SET and one RESET pulse, shape (2,)."""
    return np.array([device.rate(device.set_voltage) * device.set_width,
                     device.rate(device.reset_voltage) * device.reset_width])


def pulse_train(device: DeviceParams, polarity, x) -> np.ndarray:
    """Return the states of devices during trains of pulses.

    Parameters
    ----------
    device : DeviceParams
        The device.
    polarity : array_like of int, shape (t, n)
        `golden.arch.crossbar.Polarity` of each pulse of each device.
    x : array_like of float, shape (n,)
        States before the first pulse.

    Returns
    -------
    ndarray of float, shape (t + 1, n)
        States before the first pulse and after each.
    """
    states = [np.asarray(x, float)]
    for dose in doses(device)[np.asarray(polarity)]:
        states.append(flow(device, states[-1], dose))
    return np.array(states)


def read_disturb(device: DeviceParams, voltage: float, width: float, x: float = 0.5) -> float:
    """Return by how much a read at `voltage` for `width` moves a state x."""
    return float(flow(device, [x], device.rate(voltage) * width)[0] - x)


def hysteresis(device: DeviceParams, cycles: int = 2,
               points: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return voltage, current and state of a device that is swept back and forth.

    Half waves of a sine, in turn up to `reset_voltage` and down to `set_voltage`, each just long
    enough to cross the range of the state one and a half times where no window slows it.

    Returns
    -------
    voltage : ndarray of float, shape (2 * cycles * points,)
        In V.
    current : ndarray of float, same shape
        In A.
    x : ndarray of float, same shape
        States.
    """
    phase = np.linspace(0, np.pi, points)
    x, voltages, states = np.zeros(1), [], []
    for peak in (device.reset_voltage, device.set_voltage) * cycles:
        wave = peak * np.sin(phase)
        middle = peak * np.sin((phase[1:] + phase[:-1]) / 2)
        rates = np.array([device.rate(voltage) for voltage in middle])
        portions = 1.5 * np.sign(peak) * np.abs(rates) / np.abs(rates).sum()
        track = [x]
        for dose in portions:
            track.append(flow(device, track[-1], dose) if dose else track[-1])
        x = track[-1]
        voltages.append(wave)
        states.append(np.concatenate(track))
    voltage, state = np.concatenate(voltages), np.concatenate(states)
    return voltage, voltage * device.conductance(state), state
