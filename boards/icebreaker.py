"""iCEBreaker: iCE40UP5K with an FT2232H."""

from amaranth_boards.icebreaker import ICEBreakerPlatform

from golden.arch.params import CoreParams

from .board import Board
from .family import ICE40
from .pll import Ice40Pll

BOARD = Board(
    name="icebreaker",
    title="iCEBreaker",
    chip="iCE40UP5K",
    family=ICE40,
    platform=ICEBreakerPlatform,
    pll=Ice40Pll(12_000_000, 24_000_000),
    baud=3_000_000,
    # the options need more logic cells than there are
    params=CoreParams(neurons=512, synapses=16384, single_port=True, options=False,
                      command_depth=512, report_depth=512),
    activity=("led_g", 0),
    error=("led_r", 0),
    # with the jumpers as they come, it is the flash memory that can be reached
    loader=("-b", "ice40_generic", "-f"),
    overrides={
        "synth_opts": "-dff -dsp -spram",
        # Amaranth gives every memory initial contents, which a single-port RAM can't have
        "script_after_read": "delete t:$meminit_v2 a:ram_style=huge %m %i",
    },
)
