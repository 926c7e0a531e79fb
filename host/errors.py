"""What can go wrong, in words for the person at the command line: one line each."""


class TripartiteError(Exception):
    """Anything the user can act on; the message is all there is to say."""


class FileError(TripartiteError):
    """A file that can't be read or written, or isn't what it should be."""


class LinkError(TripartiteError):
    """A line that is missing, busy, silent or lost."""


class DeviceError(TripartiteError):
    """A device that can't do what it is asked."""


class FitError(DeviceError):
    """A pool that exceeds the capacities of a device."""


class MismatchError(TripartiteError):
    """A device that disagrees with the golden model.

    Parameters
    ----------
    tick : int
        Tick count when it was noticed.
    field : str
        Name of the array or value.
    index : int, tuple of int or None
        Where in the array.
    expected, actual : object
        What the golden model, and what the device holds.
    """

    def __init__(self, tick: int, field: str, index: int | tuple[int, ...] | None,
                 expected: object, actual: object):
        self.tick = tick
        self.field = field
        self.index = index
        self.expected = expected
        self.actual = actual
        where = field if index is None else f"{field}[{str(index).strip('()')}]"
        super().__init__(f"tick {tick}: {where} must be {expected}, as in the golden model, "
                         f"but the device has {actual}")
