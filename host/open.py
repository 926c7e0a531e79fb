"""Open a device by name."""

from contextlib import ExitStack

from .board import LOOK_AHEAD, BoardDevice
from .device import Device, GoldenDevice
from .link import Link
from .serial_port import SerialTransport
from .verify import VerifiedDevice
from .virtual import VirtualBoard

BAUD = 3_000_000
"""Bits per second of a board's line, unless said otherwise."""


def open_device(where: str = "virtual", *, verify: bool = False, baud: int = BAUD,
                look_ahead: int = LOOK_AHEAD, **params: int) -> Device:
    """Open a device.

    Parameters
    ----------
    where : str
        ``"golden"``: the golden model in this process. ``"virtual"``: a virtual board, started here
        and ended with the device. Anything else: a serial port.
    verify : bool
        Run a golden pool at its side and stop at the first difference (`VerifiedDevice`).
    baud : int
        Bits per second of a serial port.
    look_ahead : int
        Most ticks that are sent to a board ahead of their reports.
    **params : int
        Build parameters of a virtual board, such as ``neurons=4096`` (`CoreParams`).

    Returns
    -------
    Device
        To be closed, or used as a context manager.

    Raises
    ------
    ValueError
        If build parameters are given for anything but a virtual board.
    DeviceError
        If a virtual board can't be started, or a board keeps another contract.
    LinkError
        If a port can't be opened, or no board answers there.
    """
    if params and where != "virtual":
        raise ValueError(f"open_device: {', '.join(params)} can be chosen for a virtual board only")
    if where == "golden":
        device = GoldenDevice()
    else:
        with ExitStack() as stack:
            if where == "virtual":
                board = VirtualBoard(**params)
                stack.callback(board.close)
                where = board.path
            transport = SerialTransport(where, baud)
            stack.callback(transport.close)
            device = BoardDevice(Link(transport), look_ahead=look_ahead)
            device.on_close = stack.pop_all().close
    return VerifiedDevice(device) if verify else device
