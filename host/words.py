"""Words of windows as NumPy arrays."""

import numpy as np

from golden.arch.records import Record


def dtype_of(record: Record) -> np.dtype:
    """Return the structured dtype that has the byte layout of `record`."""
    return np.dtype([(field.name, f"<{field.code}") for field in record.fields])
