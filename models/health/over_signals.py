"""Reductions over the few signals of many machines, and the places that need care.

NumPy reduces a short last axis slowly, and `where` costs ten additions: a column at a time, and only the few cells that
differ, keep ten thousand machines within a few milliseconds.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from models.health.api import Flags, Values

Cells = npt.NDArray[np.intp]


def greatest(values: Values) -> Values:
    """Of each row of (m, K)."""
    return np.array(reduce(np.maximum, values.T))


def total(values: Values) -> Values:
    """Of each row of (m, K)."""
    return np.asarray(values @ np.ones(values.shape[1]))


def rows_with(at: Cells, shape: tuple[int, ...]) -> Cells:
    """Rows of (m, K) in which any of these cells lies."""
    return np.flatnonzero(np.bincount(at // shape[1], minlength=shape[0]))


def some_left(without: Cells, shape: tuple[int, ...]) -> Flags:
    """Rows of (m, K) that are left with any cell."""
    return np.asarray(np.bincount(without // shape[1], minlength=shape[0]) < shape[1])


def row_bits(bits: npt.NDArray[np.uint32], at: Cells) -> npt.NDArray[np.uint32]:
    """All bits of each row of (m, K); `at` are the cells that have any."""
    told = np.zeros(len(bits), dtype=np.uint32)
    np.bitwise_or.at(told, at // bits.shape[1], bits.reshape(-1)[at])
    return told


def side_by_side(values: Values, signals: int) -> Values:
    """A figure a row (m,) for each signal, (m, K): cheaper than to broadcast it more than once."""
    return np.repeat(values, signals).reshape(len(values), signals)


def cells(flags: Flags) -> Cells:
    """Where a flag stands, as positions in the flattened array."""
    return np.flatnonzero(flags)


def put(values: npt.NDArray[Any], at: Cells, what: Any) -> None:
    """Write into cells of an array that is contiguous; `what` is a figure, or an array of the same shape."""
    if len(at):
        values.reshape(-1)[at] = what.reshape(-1)[at] if isinstance(what, np.ndarray) else what


def mark(bits: npt.NDArray[np.uint32], flags: Flags, bit: int) -> None:
    """Add a bit where a flag stands."""
    mark_cells(bits, cells(flags), bit)


def mark_cells(bits: npt.NDArray[np.uint32], at: Cells, bit: int) -> None:
    """Add a bit to these cells."""
    if len(at):
        bits.reshape(-1)[at] |= np.uint32(bit)
