"""The models of memories in cells.v beside those of Yosys, with the same inputs."""

from amaranth.hdl import ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from sim.emit import verilog_text
from sim.gates import Gates

MODES = 4
FAMILIES = "SB", "WORST"
CONTENTS = {f"p_INIT_{row:X}": Const(int.from_bytes(range(7 * row, 7 * row + 32)), 256)
            for row in range(16)}


class Memories(wiring.Component):
    """Block RAMs of every shape and a single-port RAM, each as either model, side by side.

    Members
    -------
    read, write, read_address, write_address, mask, data : In
        Inputs of all block RAMs; the single-port RAM has the last four, and `read` selects it.
    differ : Out(16)
        Which block RAMs differ: bit 4 * write mode + read mode.
    single_differs : Out(1)
        Whether the single-port RAMs differ.
    """

    read: In(1)
    write: In(1)
    read_address: In(11)
    write_address: In(11)
    mask: In(16)
    data: In(16)
    differ: Out(MODES * MODES)
    single_differs: Out(1)

    def __init__(self, params: CoreParams):
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        clock = ClockSignal()
        for number in range(MODES * MODES):
            words = {family: Signal(16, name=f"{family}_{number}") for family in FAMILIES}
            for family, word in words.items():
                m.submodules[f"{family}_block{number}"] = Instance(
                    f"{family}_RAM40_4K", p_WRITE_MODE=number // MODES, p_READ_MODE=number % MODES,
                    i_RCLK=clock, i_RCLKE=1, i_RE=self.read, i_RADDR=self.read_address,
                    i_WCLK=clock, i_WCLKE=1, i_WE=self.write, i_WADDR=self.write_address,
                    i_MASK=self.mask, i_WDATA=self.data, o_RDATA=word, **CONTENTS)
            m.d.comb += self.differ[number].eq(words["SB"] != words["WORST"])

        words = {family: Signal(16, name=f"{family}_single") for family in FAMILIES}
        for family, word in words.items():
            m.submodules[f"{family}_single"] = Instance(
                f"{family}_SPRAM256KA", i_CLOCK=clock, i_CHIPSELECT=self.read,
                i_ADDRESS=self.write_address, i_WREN=self.write, i_MASKWREN=self.mask[:4],
                i_DATAIN=self.data, i_STANDBY=0, i_SLEEP=0, i_POWEROFF=1, o_DATAOUT=word)
        m.d.comb += self.single_differs.eq(words["SB"] != words["WORST"])
        return m


class Models(Gates):
    """A component that is made of cells already."""

    def netlist(self) -> str:
        return verilog_text(self.create())
