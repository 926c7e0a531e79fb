"""What moves bytes on a cable, or is what a user scripts.

>>> from host import Stimulus, open_device, read_pool
>>> with open_device("virtual") as device:
...     device.load(read_pool("demo.pool"))
...     spikes = device.run(Stimulus.constant([10000] * 8, ticks=1000))
"""

from .checkpoint import read_checkpoint, write_checkpoint
from .device import Device, GoldenDevice
from .errors import (
    DeviceError,
    FileError,
    FitError,
    LinkError,
    MismatchError,
    TripartiteError,
)
from .files import read_any_pool, write_any_pool
from .open import open_device
from .poolfile import read_pool, write_pool
from .recorder import Recorder
from .replay import Agreement, replay
from .runfile import Run, read_run, write_run
from .spikes import SpikeRecord
from .stimulus import Segment, Stimulus
from .stimulus_file import read_stimulus
from .verify import VerifiedDevice

__all__ = [
    "Agreement", "Device", "DeviceError", "FileError", "FitError", "GoldenDevice", "LinkError",
    "MismatchError", "Recorder", "Run", "Segment", "SpikeRecord", "Stimulus", "TripartiteError",
    "VerifiedDevice", "open_device", "read_any_pool", "read_checkpoint", "read_pool", "read_run",
    "read_stimulus", "replay", "write_any_pool", "write_checkpoint", "write_pool", "write_run",
]
