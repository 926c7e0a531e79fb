"""A virtual board in a process of its own, which ends with this one."""

import subprocess
import sys
import tempfile

from .errors import DeviceError
from .progress import waiting

READY = "board on "
"""What a board prints, followed by the name of its port, when it can be opened."""


END_SECONDS = 2
"""What a board is given to end by itself."""

STARTING = "starting the virtual board; the first time, it is compiled for half a minute"


class VirtualBoard:
    """The gateware, simulated, behind a pseudo-terminal.

    It is compiled first if it hasn't been yet with these parameters, which takes half a minute.

    Parameters
    ----------
    **params : int
        Build parameters (`golden.arch.params.CoreParams`) that differ from the virtual board's.

    Attributes
    ----------
    path : str
        Name of its port.
    process : Popen
        The process that serves it.

    Raises
    ------
    DeviceError
        If it does not start; the message is the one it leaves.
    """

    def __init__(self, **params: int):
        command = [sys.executable, "-m", "sim.board"]
        command += [f"--{name.replace('_', '-')}={value}" for name, value in params.items()]
        with tempfile.TemporaryFile("w+") as complaints, waiting(STARTING):
            # It ends when its standard input does, however this process ends; and in a session of
            # its own, Ctrl-C is for this process alone.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
                text=True, start_new_session=True)
            assert self.process.stdout
            line = self.process.stdout.readline()
            if not line.startswith(READY):
                self.close()
                complaints.seek(0)
                lines = complaints.read().split("\n")
                reason = next((text for text in reversed(lines) if text), "it said nothing")
                raise DeviceError(f"virtual board: did not start: {reason}")
        self.path = line.removeprefix(READY).strip()

    def close(self) -> None:
        """End the board; a second time does nothing."""
        with self.process as process:  # closes the pipes and waits
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:  # it was stopped, say
                process.kill()

