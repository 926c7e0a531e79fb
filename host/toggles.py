"""Toggles of a wave dump: how often its bits went from 0 to 1 or back, exactly."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import FileError

KEPT = frozenset("01")
NOT_BITS = frozenset(("string", "real", "realtime", "event"))
"""Types of variables that have none."""


@dataclass(frozen=True)
class Toggles:
    """What moved in a wave dump.

    Parameters
    ----------
    signals, bits : int
        Signals, and their bits, counted.
    total : int
        Toggles of all bits.
    by_scope : dict of str to int
        Toggles by the scope that declares the signal first, the busiest first.
    """

    signals: int
    bits: int
    total: int
    by_scope: dict[str, int]


def count_toggles(path: str | Path) -> Toggles:
    """Count the toggles of a VCD file.

    A signal that is declared in several scopes is one signal. The fields that a simulator shows of
    a structure, beside the structure itself, are not counted again. What goes to or comes from x or
    z is no toggle, nor is what a signal starts with.

    Parameters
    ----------
    path : path
        File.

    Raises
    ------
    FileError
        If it can't be read, or is no VCD file.
    """
    try:
        with open(path, encoding="utf-8") as file:
            words = (word for line in file for word in line.split())
            sizes, scopes = _declared(words)
            toggled = _toggled(words, sizes)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise FileError(f"{path}: can't be read ({error.strerror})") from None
    except (ValueError, IndexError, StopIteration) as error:
        reason = str(error) or "it is cut short"
        raise FileError(f"{path}: not a wave dump (VCD), or damaged ({reason})") from None
    by_scope: Counter[str] = Counter()
    for code, count in toggled.items():
        by_scope[scopes[code]] += count
    return Toggles(signals=len(sizes), bits=sum(sizes.values()), total=toggled.total(),
                   by_scope=dict(by_scope.most_common()))


def _declared(words: Iterator[str]) -> tuple[dict[str, int], dict[str, str]]:
    """Read the declarations, and return size and scope of every signal by its code."""
    scopes: list[str] = []
    names: set[tuple[str, str]] = set()
    sizes: dict[str, int] = {}
    scope_of: dict[str, str] = {}
    while (word := next(words)) != "$enddefinitions":
        if not word.startswith("$"):
            raise ValueError(f"a declaration must start with $, not {word[:20]!r}")
        body = list(iter(words.__next__, "$end"))
        match word:
            case "$scope":
                scopes.append(body[1])
            case "$upscope":
                scopes.pop()
            case "$var":
                kind, size, code, name = body[:4]
                scope, name = ".".join(scopes), name.lstrip("\\")
                owner, dot, _ = name.partition(".")
                names.add((scope, name))
                if kind not in NOT_BITS and not (dot and (scope, owner) in names):
                    sizes[code] = int(size)
                    scope_of.setdefault(code, scope)
    if not sizes:
        raise ValueError("it declares no signals")
    next(words)  # $end
    return sizes, scope_of


def _toggled(words: Iterable[str], sizes: dict[str, int]) -> Counter[str]:
    """Read the changes, and return the toggles of every signal by its code."""
    before: dict[str, str] = {}
    toggled: Counter[str] = Counter()
    words = iter(words)
    for word in words:
        match word[0].lower():
            case "b":
                code, value = next(words), word[1:]
            case "0" | "1" | "x" | "z":
                code, value = word[1:], word[0]
            case "#":
                continue
            case "$":
                if word == "$comment":
                    for _ in iter(words.__next__, "$end"):
                        pass
                continue
            case "r" | "s":
                next(words)
                continue
            case _:
                raise ValueError(f"{word[:20]!r} is no change of a value")
        if code in sizes:
            value = value.lower().rjust(sizes[code], value[0].lower() if value[0] in "xXzZ"
                                        else "0")
            old = before.get(code, value)
            toggled[code] += sum(one != other and one in KEPT and other in KEPT
                                 for one, other in zip(old, value, strict=False))
            before[code] = value
    return toggled
