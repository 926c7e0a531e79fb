"""What can go wrong with the history of a capsule."""

from ..errors import TripartiteError


class ChainError(TripartiteError):
    """A hash chain that does not hold, or a delta that does not fit its end.

    Parameters
    ----------
    message : str
        What is wrong, and what can be done.
    index : int or None
        Number of the first bad delta, from 0.
    """

    def __init__(self, message: str, index: int | None = None):
        self.index = index
        super().__init__(message)
