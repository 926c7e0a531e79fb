"""What a board is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from amaranth.build.plat import TemplatedPlatform

from golden.arch.params import CoreParams

from .family import Family
from .floorplan import Floorplan
from .pll import Pll

BAUD_ERROR_MAX = 0.01
"""Largest part by which the rate of the line may be off; the two ends together stand twice that."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Board:
    """A board that a bitstream can be built for.

    Parameters
    ----------
    name : str
        Name on the command line, and of its file in this folder.
    title : str
        Name in tables.
    chip : str
        Name of its FPGA in tables.
    family : Family
        What the FPGA is made of, and which tools make its bitstream.
    platform : type of TemplatedPlatform
        Its pins; what the default clock is connected to must be the reference of `pll`.
    pll : Pll
        What makes the clock of the core.
    baud : int
        Rate of its line, bits per second.
    params : CoreParams
        Capacities of the core; the divisor follows from `pll` and `baud`.
    activity, error : tuple of str and int
        Resources of the LEDs that show activity and errors. If they are one and the same LED, it
        blinks upon an error.
    loader : tuple of str
        Arguments of openFPGALoader that name the board.
    overrides : mapping of str to str
        What the platform is to do otherwise, such as ``synth_opts``.
    floorplan : Floorplan or None
        Where the block RAMs lie; None to leave that to the placer.

    Raises
    ------
    ValueError
        If the clock can't be divided to within 1 % of `baud`.
    """

    name: str
    title: str
    chip: str
    family: Family
    platform: type[TemplatedPlatform]
    pll: Pll
    baud: int
    params: CoreParams
    activity: tuple[str, int] = ("led", 0)
    error: tuple[str, int] = ("led", 1)
    loader: tuple[str, ...]
    overrides: Mapping[str, str] = field(default_factory=dict)
    floorplan: Floorplan | None = None

    def __post_init__(self):
        divisor = round(self.clock_hz / self.baud)
        if abs(self.clock_hz / divisor - self.baud) >= BAUD_ERROR_MAX * self.baud:
            raise ValueError(f"{self.name}: {self.clock_hz / 1e6:g} MHz can't be divided to within "
                             f"1 % of {self.baud} baud; {self.clock_hz / divisor:.0f} baud is the "
                             "nearest")
        object.__setattr__(self, "params", replace(self.params, divisor=divisor))

    @property
    def clock_hz(self) -> int:
        """Rate of the clock of the core."""
        return self.pll.output_hz
