"""A serial port as a transport."""

import errno
import os
import select
import time

import serial
from serial.tools import list_ports

from .errors import LinkError

READ_SECONDS = 0.002
"""How long to wait for a byte; short, since timers of the link run in between."""

WRITE_SECONDS = 5.0
"""Time after which a port is given up that takes no bytes."""

_REMEDIES = {
    errno.EACCES: "you may not use it; join the group that owns it (often dialout), or mend its "
                  "permissions",
    errno.EBUSY: "another program uses it; close that",
    errno.EAGAIN: "another program uses it; close that",
}


class SerialTransport:
    """Transport over a serial port, real or a pseudo-terminal; nobody else may open it meanwhile.

    The modem lines are left alone: a pseudo-terminal has none, and on many boards they are resets.

    Parameters
    ----------
    path : str
        Name of the port, as ``/dev/ttyUSB1``.
    baud : int
        Bits per second; a pseudo-terminal ignores it.

    Raises
    ------
    LinkError
        If the port does not exist, is in use or forbidden, or is no serial port.
    """

    def __init__(self, path: str, baud: int):
        self.name = path
        try:
            self._port = serial.Serial(path, baud, timeout=READ_SECONDS, write_timeout=0,
                                       exclusive=True)
        except serial.SerialException as error:
            raise LinkError(f"{path}: {_remedy(error)}") from None
        except (ValueError, OverflowError) as error:
            raise LinkError(f"{path}: can't be set to {baud} baud ({error})") from None

    def read(self, *, wait: bool) -> bytes:
        """Return all bytes that have come; if there are none, `wait` some milliseconds for one.

        Raises
        ------
        LinkError
            If the port is gone.
        """
        try:
            count = self._port.in_waiting
            if count or not wait:
                return self._port.read(count)
            return self._port.read(1) + self._port.read(self._port.in_waiting)
        except OSError:
            raise self._gone() from None

    def write(self, data: bytes) -> None:
        """Send bytes, waiting while the port is full.

        Raises
        ------
        LinkError
            If the port is gone, or stays full.
        """
        end = time.monotonic() + WRITE_SECONDS
        try:
            while data:
                if not self._writable():
                    if time.monotonic() > end:
                        raise LinkError(f"{self.name}: has taken no bytes for {WRITE_SECONDS:.0f} "
                                        "s; check the board and its flow control")
                    continue
                data = data[self._port.write(data):]
        except OSError:
            raise self._gone() from None

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _writable(self) -> bool:
        """Wait some milliseconds for the port to take bytes; pyserial itself would spin."""
        if os.name != "posix":
            return True
        return bool(select.select([], [self._port.fileno()], [], READ_SECONDS)[1])

    def _gone(self) -> LinkError:
        return LinkError(f"{self.name}: the port is gone while in use; plug the board in again, or "
                         "start the virtual board again, and open it anew")


def _remedy(error: serial.SerialException) -> str:
    """Return what is wrong with a port that can't be opened, and what helps."""
    if error.errno == errno.ENOENT:
        ports = ", ".join(port.device for port in list_ports.comports()) or "none"
        return f"there is no such port; there are: {ports}"
    return _REMEDIES.get(error.errno or 0, "it is not a serial port, or does not work as one")
