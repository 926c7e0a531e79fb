"""Devices of the crossbar: by name, from a file of parameters, or fitted to measured pulses."""

import csv
import io
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from golden.model.crossbar.device import DeviceParams
from golden.model.crossbar.devices import DEVICES
from golden.model.crossbar.measured import Fit, PulseTrain, fit_device

from .atomic import read_bytes, replacing
from .errors import FileError

TRAIN_COLUMNS = ("voltage", "width", "conductance")
PARAMETER_COLUMNS = ("parameter", "value")
NUMBERS = {field.name for field in fields(DeviceParams) if field.type is float}


def find_device(where: str, settings: dict[str, str]) -> tuple[DeviceParams, Fit | None]:
    """Return a device, and the fit that it comes from if it was measured.

    Parameters
    ----------
    where : str
        A name of `DEVICES`, or a .csv file: with the columns voltage, width, conductance (V, s, S)
        a pulse train; with the columns parameter, value what `write_device` writes.
    settings : dict of str
        Parameters to replace, as text.

    Raises
    ------
    FileError
        If there is no such name, or the file is not what it should be.
    ValueError
        If a parameter is unknown or out of range.
    """
    fit = None
    if where in DEVICES:
        device = DEVICES[where]
    elif where.lower().endswith(".csv"):
        found = _read(Path(where))
        device, fit = (found.device, found) if isinstance(found, Fit) else (found, None)
    else:
        raise FileError(f"--device: there is no {where!r}; there are {', '.join(DEVICES)}, or name "
                        "a .csv file")
    if settings:
        device = replace(device, **_parse(settings))
    return device, fit


def write_device(device: DeviceParams, path: Path) -> None:
    """Write the parameters of a device, as `find_device` reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PARAMETER_COLUMNS)
    writer.writerows(asdict(device).items())
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue())


def _read(path: Path) -> DeviceParams | Fit:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{path}: is not text") from None
    try:
        rows = [(number, row) for number, row in enumerate(csv.reader(io.StringIO(text)), 1)
                if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise FileError(f"{path}: {error}") from None
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    for number, row in rows[1:]:
        if len(row) != len(header):
            raise FileError(f"{path}, line {number}: has {len(row)} values, the header names "
                            f"{len(header)}")
    try:
        if set(header) == set(PARAMETER_COLUMNS):
            name, value = (header.index(column) for column in PARAMETER_COLUMNS)
            return _device({row[name].strip(): row[value].strip() for _, row in rows[1:]})
        if missing := [column for column in TRAIN_COLUMNS if column not in header]:
            raise FileError(
                f"{path}: has no column {missing[0]}; a pulse train has the columns "
                f"{', '.join(TRAIN_COLUMNS)} (V, s, S), a device {', '.join(PARAMETER_COLUMNS)}")
        values = np.array([[_number(path, number, column, row[header.index(column)])
                            for column in TRAIN_COLUMNS] for number, row in rows[1:]])
        return fit_device(PulseTrain(*values.reshape(-1, len(TRAIN_COLUMNS)).T), path.stem)
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FileError(f"{path}, line {line}: {column} must be a number, "
                        f"not {text.strip()!r}") from None


def _device(values: dict[str, str]) -> DeviceParams:
    parsed = _parse(values)
    try:
        return DeviceParams(**parsed)
    except TypeError as error:  # parameters without a default are missing
        raise ValueError(f"device: {str(error).partition(' ')[2]}") from None


def _parse(values: dict[str, str]) -> dict[str, Any]:
    """Return parameters of a device as they are, from text."""
    known = [field.name for field in fields(DeviceParams)]
    parsed: dict[str, Any] = {}
    for name, text in values.items():
        if name not in known:
            raise ValueError(f"device: there is no {name!r}; there are {', '.join(known)}")
        try:
            parsed[name] = float(text) if name in NUMBERS else text
        except ValueError:
            raise ValueError(f"device: {name} must be a number, not {text!r}") from None
    return parsed
