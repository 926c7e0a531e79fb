"""What can go wrong in a build."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import Report


class BuildError(Exception):
    """A bitstream can't be built; the message says why, and the remedy, in one line."""


class TimingError(BuildError):
    """A design that is too slow for its clock.

    Parameters
    ----------
    message : str
        By how much, and the remedy.
    report : Report
        Of the build, which has no bitstream.
    """

    def __init__(self, message: str, report: "Report"):
        super().__init__(message)
        self.report = report
