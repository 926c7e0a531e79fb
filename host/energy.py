"""Energy: counts that are exact, and joules that are a range.

What a run does is counted: reads, conversions, pulses, synaptic events, neuron updates, toggles.
What one of them costs depends on a circuit that nobody has built, so a coefficient is three
numbers, and has a source. A sum of lows is what the best published circuits would take, a sum of
highs what plain ones would; neither is a measurement of this design.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from golden.model.crossbar.device import DeviceParams

from .device import GoldenDevice
from .replay import replay
from .runfile import Run
from .toggles import Toggles

CHIPS = ("table 3 of Tang et al., Front. Neurosci. 17:1187252 (2023), "
         "doi:10.3389/fnins.2023.1187252")
NANO_SCALED = "scaled to 40 nm and 1.1 V by C V**2, C as the feature size"


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """What one event costs.

    Parameters
    ----------
    name : str
        Name of the coefficient.
    low, nominal, high : float
        J per event.
    source : str
        Where the three are from, in this order.
    """

    name: str
    low: float
    nominal: float
    high: float
    source: str

    def __post_init__(self):
        if not 0 <= self.low <= self.nominal <= self.high:
            raise ValueError(f"energy: {self.name} must have low <= nominal <= high, not "
                             f"{self.low:g}, {self.nominal:g}, {self.high:g}")


SYNAPTIC_EVENT = Coefficient(
    name="synaptic event", low=1.54e-12, nominal=23.6e-12, high=45e-12,
    source=f"a synaptic operation of Tianjic, Loihi and SpiNNaker, as in {CHIPS}")
NEURON_UPDATE = Coefficient(
    name="neuron update", low=52e-12, nominal=81e-12, high=810e-12,
    source="Loihi, inactive and active: table 2 of Davies et al., IEEE Micro 38(1) (2018), "
           "doi:10.1109/MM.2018.112130359; high: an assumption, ten times that")
CONVERSION_STEP = Coefficient(
    name="conversion step", low=2.2e-15, nominal=9.7e-15, high=35e-15,
    source="P / (2**ENOB f) of successive approximation: Harpe et al., ISSCC 2013, 12 bits; "
           "Verbruggen et al. (2012), 250 MS/s, both by B. E. Jonsson's survey of converters, "
           "converterpassion.wordpress.com; Zhu et al., 10 bits at 160 MS/s, by its title")
TOGGLE = Coefficient(
    name="toggle", low=0.85e-12 / 14, nominal=0.85e-12, high=5.9e-12,
    source="high: a cycle of a Virtex-II CLB, 150 nm and 1.5 V, Shang et al., FPGA 2002, "
           f"doi:10.1145/503048.503072, taken for one toggle; nominal: that, {NANO_SCALED}; low: a "
           "14th of it, dynamic power of FPGA over ASIC, Kuon and Rose, IEEE TCAD 26(2) (2007), "
           "doi:10.1109/TCAD.2006.884574")
COEFFICIENTS = (SYNAPTIC_EVENT, NEURON_UPDATE, CONVERSION_STEP, TOGGLE)
"""Those that are no device's."""


def device_coefficients(device: DeviceParams) -> tuple[Coefficient, Coefficient]:
    """Return what it costs to read the two cells of a weight once, and to give them a pulse.

    V**2 G t of both cells: with both at R_off, both at the geometric mean of R_on and R_off, both
    at R_on. A pulse is a SET on one cell and a RESET on the other. Wires and drivers are left out.
    """
    conductances = 1 / device.r_off, (device.r_on * device.r_off) ** -0.5, 1 / device.r_on
    read = 2 * device.read_voltage**2 * device.read_width
    pulse = (device.set_voltage**2 * device.set_width
             + device.reset_voltage**2 * device.reset_width)
    source = f"V**2 G t of device {device.name} at R_off, the geometric mean, R_on"
    low, nominal, high = (read * conductance for conductance in conductances)
    reading = Coefficient(name="read", low=low, nominal=nominal, high=high, source=source)
    low, nominal, high = (pulse * conductance for conductance in conductances)
    return reading, Coefficient(name="pulse", low=low, nominal=nominal, high=high, source=source)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Some events, and what they cost.

    Parameters
    ----------
    events : str
        What they are.
    count : int
        How many.
    coefficient : Coefficient
        What one costs.
    """

    events: str
    count: int
    coefficient: Coefficient

    def joules(self) -> dict[str, float]:
        """Return the energy: low, nominal, high."""
        return {bound: self.count * getattr(self.coefficient, bound)
                for bound in ("low", "nominal", "high")}


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a run or a wave dump costs.

    Parameters
    ----------
    counts : mapping of str to int
        What was counted, by name.
    costs : tuple of Cost
        What it costs.
    """

    counts: Mapping[str, int]
    costs: tuple[Cost, ...]

    def total(self) -> dict[str, float]:
        """Return the sum of all costs: low, nominal, high."""
        return {bound: sum(cost.joules()[bound] for cost in self.costs)
                for bound in ("low", "nominal", "high")}

    def summary(self) -> dict[str, Any]:
        """Return it as an object for JSON."""
        return {"counts": dict(self.counts),
                "joules": {cost.events: cost.joules() for cost in self.costs},
                "total": self.total(),
                "coefficients": {cost.coefficient.name: vars(cost.coefficient)
                                 for cost in self.costs}}


def account_run(run: Run, device: DeviceParams) -> Account:
    """Return what a run costs, if its synapses were those of a chip and its block of this device.

    Raises
    ------
    ValueError
        If the run does not agree with the golden model, whose counts these are.
    """
    golden = GoldenDevice()
    if not (agreement := replay(run, golden)).complete:
        raise ValueError(f"energy: the run is not that of the golden model: {agreement}")
    status, pool = golden.status(), run.before
    columns = pool.block.array.params.columns if pool.block else 1
    steps = 1 << (pool.block.array.params.adc_bits if pool.block else 0)
    counts = {
        "ticks": run.ticks,
        "spikes": status["spikes"],
        "neuron_updates": run.ticks * pool.n,
        "synaptic_events": status["events"] - status["conversions"],
        "reads": status["conversions"] // columns,
        "conversions": status["conversions"],
        "pulses": status["pulses"],
    }
    read, pulse = device_coefficients(device)
    costs = [Cost(events="neuron updates", count=counts["neuron_updates"],
                  coefficient=NEURON_UPDATE),
             Cost(events="synaptic events", count=counts["synaptic_events"],
                  coefficient=SYNAPTIC_EVENT)]
    if pool.block:
        costs += [
            Cost(events="reads of two cells", count=counts["conversions"], coefficient=read),
            Cost(events="steps of conversions", count=counts["conversions"] * steps,
                 coefficient=CONVERSION_STEP),
            Cost(events="pulses on two cells", count=counts["pulses"], coefficient=pulse)]
    return Account(counts=counts, costs=tuple(costs))


def account_waves(toggles: Toggles) -> Account:
    """Return what the toggles of a wave dump cost."""
    counts = {"signals": toggles.signals, "bits": toggles.bits, "toggles": toggles.total}
    return Account(counts=counts, costs=(
        Cost(events="toggles", count=toggles.total, coefficient=TOGGLE),))
