"""The register map: 32-bit words of the window `REGISTERS`."""

from dataclasses import dataclass, field

from .params import CoreParams


@dataclass(frozen=True)
class Register:
    """One register.

    Parameters
    ----------
    name : str
        Name.
    width : int
        Bits that are kept; the rest of the word reads 0 and is ignored when written.
    access : str
        ``"rw"``, or ``"r"`` for a counter of the board.
    doc : str
        Meaning and unit.
    signed : bool
        Whether the kept bits are two's complement.
    reset : int
        Value at power-up.
    """

    name: str
    width: int
    access: str
    doc: str = field(repr=False)
    signed: bool = False
    reset: int = 0

    def encode(self, value: int) -> int:
        """Return the word that holds `value`.

        Raises
        ------
        ValueError
            If the value does not fit.
        """
        low = -(1 << (self.width - 1)) if self.signed else 0
        high = low + (1 << self.width) - 1
        if not low <= value <= high:
            raise ValueError(f"register {self.name}: must be in {low}..{high}, not {value}")
        return value & ((1 << self.width) - 1)

    def decode(self, word: int) -> int:
        """Return the value that `word` holds."""
        value = word & ((1 << self.width) - 1)
        return value - (1 << self.width) if self.signed and value >> (self.width - 1) else value


REGISTERS = (
    Register("neuron_count", 17, "rw", "neurons of the loaded pool, 1..neurons of the core; "
                                       "others are taken for the nearer end", reset=1),
    Register("slot_count", 8, "rw", "slots of the delay ring in use, 1..255", reset=1),
    Register("slot_head", 8, "rw", "slot that is due at the next tick"),
    Register("resting_potential", 16, "rw", "potential at rest, Q8.8 mV", signed=True),
    Register("reset_potential", 16, "rw", "potential after a spike, Q8.8 mV", signed=True),
    Register("refractory_ticks", 8, "rw", "dead time after a spike, ticks"),
    Register("trace_decay", 8, "rw", "factor of neuron traces per tick, 1/256; the decay tables "
                                     "must be loaded to match"),
    Register("homeostatic_rate", 8, "rw", "step of a threshold, LSBs; 0 is off"),
    Register("stdp_positive", 8, "rw", "bump of an eligibility whose target is silent",
             signed=True),
    Register("stdp_negative", 8, "rw", "bump of an eligibility whose target fires", signed=True),
    Register("weight_shift", 4, "rw", "current = weight << weight_shift, 0..8", reset=6),
    Register("homeostasis", 2, "rw", "0 reference, 1 rate, 2 fixed"),
    Register("dale", 1, "rw", "1: a weight keeps its sign"),
    Register("leak_rounding", 1, "rw", "0 down, 1 to nearest"),
    Register("reset_mode", 1, "rw", "0 to reset_potential, 1 by subtraction of the threshold"),
    Register("tick_low", 32, "rw", "ticks since the pool was made, low word"),
    Register("tick_high", 32, "rw", "ticks since the pool was made, high word"),
    Register("tick_phase", 7, "rw", "tick count modulo 100; load it together with the tick count"),
    Register("last_spike_count", 17, "rw", "spikes of the latest tick"),
    Register("block_source", 16, "rw", "neuron of the first row of the dense block"),
    Register("block_rows", 11, "rw", "rows of the block; 0 is no block"),
    Register("block_target", 16, "rw", "neuron of its first column"),
    Register("block_columns", 11, "rw", "columns of the block"),
    Register("block_delay", 8, "rw", "ticks from a spike to its arrival by the block, 1..number of "
                                     "slots"),
    Register("pulse_gain", 16, "rw", "pulses per unit of weight change, Q8.8"),
    Register("pulse_cap", 7, "rw", "most pulses of one change"),
    Register("set_shift", 4, "rw", "fraction bits of the steps of SET"),
    Register("reset_shift", 4, "rw", "fraction bits of the steps of RESET"),
    Register("noise", 8, "rw", "cycle-to-cycle noise of a step"),
    Register("adc_shift", 5, "rw", "bits that the converter drops, 0..16"),
    Register("adc_bits", 4, "rw", "bits of a column code, 2..8"),
    Register("drift_shift", 5, "rw", "drift of a slow tick: state >> drift_shift, 1..16"),
    Register("drift_period", 16, "rw", "ticks from one slow tick to the next; 0 is never"),
    Register("drift_phase", 16, "rw", "tick count modulo drift_period, 0 if that is 0; load it "
                                      "together with the tick count"),
    Register("alpha", 9, "rw", "how strongly gliotransmitter acts, 0..256"),
    Register("calcium_decay_shift", 4, "rw", "an astrocyte step takes calcium >> this, and at "
                                             "least 1; 1..15"),
    Register("calcium_influx", 16, "rw", "what an astrocyte step adds to an active domain"),
    Register("facilitates", 1, "rw", "1: gliotransmitter strengthens synapses"),
    Register("spikes", 32, "r", "spikes since power-up"),
    Register("events", 32, "r", "synaptic events (synapses that a spike travelled) since power-up"),
    Register("sweep_cycles", 32, "r", "cycles of ticks in which neurons were updated"),
    Register("propagate_cycles", 32, "r", "cycles of ticks in which spikes were delivered"),
    Register("stall_cycles", 32, "r", "cycles of ticks in which nothing but the report of the "
                                      "spikes was waited for"),
    Register("pass_cycles", 32, "r", "cycles of INJECT, REST, MODULATE, PRUNE and SETTLE"),
    Register("idle_cycles", 32, "r", "cycles in which the pool had nothing to do"),
    Register("frames", 16, "r", "frames received whole and taken"),
    Register("crc_errors", 16, "r", "frames dropped: wrong CRC"),
    Register("length_errors", 16, "r", "frames dropped: truncated, over-long, or of another length "
                                       "than their header says"),
    Register("silences", 16, "r", "frames dropped: the line went silent before their end"),
    Register("framing_errors", 16, "r", "bytes dropped: stop bit missing"),
    Register("unknown_kinds", 16, "r", "frames dropped: unknown kind"),
    Register("repeats", 16, "r", "frames dropped: their bytes had been taken before"),
    Register("gaps", 16, "r", "frames dropped: bytes before theirs are missing"),
    Register("overflows", 16, "r", "frames dropped: no room in the command queue"),
    Register("resends", 16, "r", "times the board went back to resend reports"),
    Register("conversions", 32, "r", "cells of the block that a spike travelled, since power-up; "
                                     "each is one conversion"),
    Register("pulses", 32, "r", "pulses on weights of the block, since power-up; each is one on "
                                "both of its cells"),
)
"""Registers in the order of their addresses, from 0."""

REGISTER_ADDRESS = {register.name: address for address, register in enumerate(REGISTERS)}
REGISTER_BY_NAME = {register.name: register for register in REGISTERS}
COUNTERS = tuple(register for register in REGISTERS if register.access == "r")

OPTION_REGISTERS = ("weight_shift", "homeostasis", "dale", "leak_rounding", "reset_mode")
"""Registers that have no effect in a core built without options."""

ASTROCYTE_REGISTERS = ("alpha", "calcium_decay_shift", "calcium_influx", "facilitates")
"""Registers of astrocytes."""

BLOCK_REGISTERS = ("block_source", "block_rows", "block_target", "block_columns", "block_delay",
                   "pulse_gain", "pulse_cap", "set_shift", "reset_shift", "noise", "adc_shift",
                   "adc_bits", "drift_shift", "drift_period", "drift_phase", "conversions",
                   "pulses")
"""Registers of a dense block."""


def idle_registers(params: CoreParams) -> tuple[str, ...]:
    """Return the registers that read 0, and ignore what is written: those of parts not built."""
    return (*(() if params.block_rows else BLOCK_REGISTERS),
            *(() if params.astrocytes else ASTROCYTE_REGISTERS))
