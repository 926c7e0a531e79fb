"""What can go wrong in a simulation."""


class SimError(Exception):
    """A simulation can't be built or run; the message says why, and the remedy, in one line."""
