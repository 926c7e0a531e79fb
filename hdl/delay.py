"""Registers between the stages of a pipeline."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data


def delayed(m: Module, value, cycles: int, *, name: str):
    """Return what `value` was `cycles` cycles ago; not to be called within ``m.If``.

    Parameters
    ----------
    m : Module
        Where the registers go.
    value : Value or data.View
        Delayed value; returned as it is for 0 cycles.
    cycles : int
        Number of registers.
    name : str
        Name of the registers, which count from 1.
    """
    for stage in range(1, cycles + 1):
        shape = value.shape() if isinstance(value, (Value, data.View)) else 1
        # no reset: what flows through a pipeline counts only beside a valid bit that has one
        register = Signal(shape, name=f"{name}_{stage}", reset_less=True)
        m.d.sync += register.eq(value)
        value = register
    return value


def marked(m: Module, valid: Value, cycles: int, *, name: str) -> list[Value]:
    """Return `valid` as it was 0, 1 ... `cycles` cycles ago; 0 after a reset."""
    marks = [valid]
    for stage in range(1, cycles + 1):
        register = Signal(name=f"{name}_{stage}")
        m.d.sync += register.eq(marks[-1])
        marks.append(register)
    return marks
