"""Phase-locked loops: one class per family, all with the same face."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from amaranth.hdl import Const, Instance, Signal
from amaranth.hdl import IOPort as Pad

MHZ = 1_000_000


class Dividers(NamedTuple):
    """Setting of a loop.

    Parameters
    ----------
    reference : int
        Divides the reference; the quotient is the rate at which phases are compared.
    feedback : int
        Divides what is compared with it.
    output : int
        Divides the oscillator.
    """

    reference: int
    feedback: int
    output: int


@dataclass(frozen=True)
class Pll(ABC):
    """A loop that makes one clock from another.

    Parameters
    ----------
    reference_hz : int
        Rate of the reference.
    output_hz : int
        Rate of the output; it is met exactly.

    Raises
    ------
    ValueError
        If no setting makes exactly that rate; the message has the nearest rates that can be made.
    """

    reference_hz: int
    output_hz: int

    REFERENCE_DIVIDERS: ClassVar[Sequence[int]]
    FEEDBACK_DIVIDERS: ClassVar[Sequence[int]]
    OUTPUT_DIVIDERS: ClassVar[Sequence[int]]
    COMPARATOR_HZ: ClassVar[tuple[float, float]]
    OSCILLATOR_HZ: ClassVar[tuple[float, float]]
    DIVIDED_FEEDBACK: ClassVar[bool] = True
    """Whether the feedback is the output rather than the oscillator itself."""

    PAD_INPUT: ClassVar[bool] = False
    """Whether the reference comes straight from a pad."""

    def __post_init__(self):
        rates = {self._output(setting) for setting in self._settings()}
        if self.output_hz not in rates:
            below = max((rate for rate in rates if rate < self.output_hz), default=None)
            above = min((rate for rate in rates if rate > self.output_hz), default=None)
            near = " and ".join(f"{rate / MHZ:.6g} MHz" for rate in (below, above) if rate)
            raise ValueError(f"PLL: can't make {self.output_hz / MHZ:g} MHz of "
                             f"{self.reference_hz / MHZ:g} MHz; the nearest rates are {near}")

    @property
    def dividers(self) -> Dividers:
        """Setting that compares most often, for the least jitter, amid the oscillator's range."""
        middle = sum(self.OSCILLATOR_HZ) / 2
        return min((setting for setting in self._settings()
                    if self._output(setting) == self.output_hz),
                   key=lambda setting: (setting.reference,
                                        abs(self._oscillator(setting) - middle)))

    @property
    def comparator_hz(self) -> float:
        """Rate at which phases are compared."""
        return self.reference_hz / self.dividers.reference

    @property
    def oscillator_hz(self) -> float:
        """Rate of the oscillator."""
        return self._oscillator(self.dividers)

    @abstractmethod
    def instance(self, reference: Signal | Pad, output: Signal, locked: Signal) -> Instance:
        """Return the primitive.

        Parameters
        ----------
        reference : Signal or IOPort
            A pad if `PAD_INPUT`.
        output, locked : Signal
            What it drives: the clock, and whether that is steady.
        """

    def _settings(self) -> Iterator[Dividers]:
        """Yield the settings within all limits."""
        slowest, fastest = self.OSCILLATOR_HZ
        for reference in self.REFERENCE_DIVIDERS:
            comparator = self.reference_hz / reference
            if not self.COMPARATOR_HZ[0] <= comparator <= self.COMPARATOR_HZ[1]:
                continue
            for feedback in self.FEEDBACK_DIVIDERS:
                looped = comparator * feedback
                for output in self.OUTPUT_DIVIDERS:
                    oscillator = looped * output if self.DIVIDED_FEEDBACK else looped
                    if slowest <= oscillator <= fastest:
                        yield Dividers(reference, feedback, output)

    def _oscillator(self, setting: Dividers) -> float:
        looped = self.reference_hz * setting.feedback / setting.reference
        return looped * setting.output if self.DIVIDED_FEEDBACK else looped

    def _output(self, setting: Dividers) -> float:
        return self._oscillator(setting) / setting.output


class Ice40Pll(Pll):
    """``SB_PLL40_PAD`` of an iCE40 (Lattice FPGA-TN-02052), with simple feedback."""

    REFERENCE_DIVIDERS = range(1, 17)
    FEEDBACK_DIVIDERS = range(1, 129)
    OUTPUT_DIVIDERS = tuple(1 << power for power in range(1, 7))
    COMPARATOR_HZ = (10 * MHZ, 133 * MHZ)
    OSCILLATOR_HZ = (533 * MHZ, 1066 * MHZ)
    DIVIDED_FEEDBACK = False
    PAD_INPUT = True

    FILTERS = ((17, 1), (26, 2), (44, 3), (66, 4), (101, 5), (134, 6))
    """Filter range for comparator rates below so many MHz, as ``icepll`` has it."""

    def instance(self, reference: Signal | Pad, output: Signal, locked: Signal) -> Instance:
        divr, divf, divq = self.dividers
        filter_range = next(code for limit, code in self.FILTERS
                            if self.comparator_hz < limit * MHZ)
        return Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(divr - 1, 4),
            p_DIVF=Const(divf - 1, 7),
            p_DIVQ=Const(divq.bit_length() - 1, 3),
            p_FILTER_RANGE=Const(filter_range, 3),
            i_PACKAGEPIN=reference,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=output,
            o_LOCK=locked,
        )


class Ecp5Pll(Pll):
    """``EHXPLLL`` of an ECP5 (Lattice FPGA-TN-02200), fed back from its output.

    The limits are those of ``ecppll``.
    """

    REFERENCE_DIVIDERS = range(1, 129)
    FEEDBACK_DIVIDERS = range(1, 81)
    OUTPUT_DIVIDERS = range(1, 129)
    COMPARATOR_HZ = (3.125 * MHZ, 400 * MHZ)
    OSCILLATOR_HZ = (400 * MHZ, 800 * MHZ)

    def instance(self, reference: Signal | Pad, output: Signal, locked: Signal) -> Instance:
        clki, clkfb, clkop = self.dividers
        return Instance(
            "EHXPLLL",
            # of the analogue part, as `ecppll` sets them
            a_ICP_CURRENT="12", a_LPF_RESISTOR="8", a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_CLKI_DIV=clki,
            p_CLKFB_DIV=clkfb,
            p_CLKOP_DIV=clkop,
            p_CLKOP_CPHASE=clkop - 1,
            p_CLKOP_ENABLE="ENABLED",
            p_FEEDBK_PATH="CLKOP",
            i_CLKI=reference,
            i_CLKFB=output,
            i_RST=Const(0),
            i_STDBY=Const(0),
            o_CLKOP=output,
            o_LOCK=locked,
        )


class GowinPll(Pll):
    """``rPLL`` of a GW1NR-9C of speed C6/I5 (Gowin UG286), fed back from its output."""

    REFERENCE_DIVIDERS = range(1, 65)
    FEEDBACK_DIVIDERS = range(1, 65)
    OUTPUT_DIVIDERS = (2, 4, 8, *range(16, 129, 16))
    COMPARATOR_HZ = (3 * MHZ, 400 * MHZ)
    OSCILLATOR_HZ = (400 * MHZ, 1200 * MHZ)

    def instance(self, reference: Signal | Pad, output: Signal, locked: Signal) -> Instance:
        idiv, fbdiv, odiv = self.dividers
        return Instance(
            "rPLL",
            p_DEVICE="GW1NR-9C",
            p_FCLKIN=f"{self.reference_hz / MHZ:g}",
            p_IDIV_SEL=idiv - 1,
            p_FBDIV_SEL=fbdiv - 1,
            p_ODIV_SEL=odiv,
            p_DYN_IDIV_SEL="false", p_DYN_FBDIV_SEL="false", p_DYN_ODIV_SEL="false",
            p_DYN_DA_EN="false", p_PSDA_SEL="0000", p_DUTYDA_SEL="1000",
            p_CLKFB_SEL="internal",
            i_CLKIN=reference,
            i_CLKFB=Const(0),
            i_RESET=Const(0),
            i_RESET_P=Const(0),
            i_FBDSEL=Const(0, 6), i_IDSEL=Const(0, 6), i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4), i_DUTYDA=Const(0, 4), i_FDLY=Const(0, 4),
            o_CLKOUT=output,
            o_LOCK=locked,
        )
