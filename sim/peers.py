"""Public cores, synthesised, placed and routed as ours are: what they do in the same tools.

Cycles per event were counted in simulations of each core's own RTL; an event is a spike that
reaches one neuron through one synapse. Clocks are estimates of nextpnr 0.11.1 after yosys 0.70
(YoWASP), the best of up to three seeds, on an LFE5U-85F of speed grade 6 in a CABGA381 package
(that of the ULX3S) or an UP5K in an SG48 package (that of the iCEBreaker)::

    synth_ecp5 -top X -json X.json
    nextpnr-ecp5 --85k --package CABGA381 --speed 6 --lpf-allow-unconstrained --freq F --seed S
    synth_ice40 -device u -spram -dsp
    nextpnr-ice40 --up5k --package sg48

Peak events per second is one divided by the other: what a core would do if it did nothing else.
Cores written for chips (latches of state in flip-flops, wide multiplexers) lose most on an FPGA,
so a clock is a lower bound for them; cycles per event depend on no tool. Which changes were needed
is told by each `note`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A public core, measured.

    Parameters
    ----------
    name : str
        Name, and variant.
    commit : str
        Commit of its public repository.
    device : str
        FPGA.
    clock_mhz : float
        Highest clock, MHz.
    cycles_per_event : float
        Clock cycles of one synaptic event.
    learning : str
        What it learns on the chip; empty if it doesn't.
    note : str
        What was changed, and what the figures don't say.
    """

    name: str
    commit: str
    device: str
    clock_mhz: float
    cycles_per_event: float
    learning: str
    note: str

    @property
    def events_per_second(self) -> float:
        """Most synaptic events per second."""
        return self.clock_mhz * 1e6 / self.cycles_per_event


ECP5, ICE40 = "LFE5U-85F", "iCE40UP5K"

PEERS = (
    Peer(name="tinyODIN", commit="1865653", device=ECP5, clock_mhz=39.7, cycles_per_event=2,
         learning="", note="unchanged"),
    Peer(name="tinyODIN, queue in LUT memory", commit="1865653", device=ECP5, clock_mhz=48.3,
         cycles_per_event=2, learning="", note="its queue of flip-flops replaced"),
    Peer(name="tinyODIN", commit="1865653", device=ICE40, clock_mhz=11.45, cycles_per_event=2,
         learning="", note="its memory made of two SPRAMs, as its manual asks; one seed"),
    Peer(name="ODIN", commit="1781931", device=ECP5, clock_mhz=19.8, cycles_per_event=2,
         learning="SDSP", note="unchanged; the weight update is included"),
    Peer(name="ReckOn", commit="5e5c0be", device=ECP5, clock_mhz=9.07, cycles_per_event=1,
         learning="e-prop", note="a sensitivity list repaired, memories with byte lanes, 64 "
         "multipliers turned into shifts to fit; learning takes 8,704 cycles a tick more, in which "
         "it updates 137 M weights a second; one seed"),
    Peer(name="catalyst-n1, one core", commit="fbfd2e5", device=ECP5, clock_mhz=17.6,
         cycles_per_event=6, learning="STDP, three-factor", note="256 neurons, 8,192 synapses; "
         "a loop that clears memory left out; an event with a delay takes 10 cycles, and learning "
         "3 more per stored synapse and tick"),
    Peer(name="Spiker+ 784-128-10", commit="e61e5b0", device=ECP5, clock_mhz=49.5,
         cycles_per_event=10 / 127, learning="", note="random weights of 6 bits in ROM, three "
         "patches for ghdl; dense: 127 synapses a cycle whether they carry a spike or not, taken "
         "here to be one in ten"),
)
