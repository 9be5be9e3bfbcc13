"""Named arrays with one row a machine, which grow together by doubling.

What was learned and what runs are told apart: a reset forgets the second only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.health.api import Rows, State
from telemetry.errors import Invalid


class StateOfAnotherModel(Invalid):
    """This state belongs to a model with other signals or settings."""


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in one array for each machine, and with what it begins."""

    shape: tuple[int, ...] = ()
    begin: float = 0.0
    dtype: str = "f8"
    learned: bool = False


class Table:
    """Columns by name. Writing into what `table[name]` gives writes into the table, until it grows."""

    def __init__(self, columns: Mapping[str, Column], rows: int = 0) -> None:
        self._columns = dict(columns)
        self._arrays = {name: _begun(column, 0) for name, column in columns.items()}
        self.rows = 0
        self.grow(rows)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name][: self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def grow(self, rows: int) -> None:
        """Room for `rows` machines at least; a table never shrinks."""
        if rows > self._capacity():
            room = max(rows, 2 * self._capacity())
            for name, column in self._columns.items():
                larger = _begun(column, room)
                larger[: self.rows] = self[name]
                self._arrays[name] = larger
        self.rows = max(self.rows, rows)

    def begin(self, rows: Rows, *, learned: bool) -> None:
        """Let what runs begin anew; what was learned too, if asked for."""
        for name, column in self._columns.items():
            if learned or not column.learned:
                self[name][rows] = column.begin

    def at(self, rows: Rows) -> Rows | slice:
        """The same rows, as a slice if they follow each other: views instead of copies."""
        count = len(rows)
        if count and rows[-1] - rows[0] == count - 1 and np.array_equal(rows, np.arange(rows[0], rows[0] + count)):
            return slice(int(rows[0]), int(rows[0]) + count)
        return rows

    def copy(self) -> Table:
        """With the same rows, and arrays of its own."""
        return Table(self._columns).restore(self.state())

    def state(self, prefix: str = "") -> State:
        """Copies of all columns."""
        return {prefix + name: self[name].copy() for name in self}

    def restore(self, state: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> Table:
        """Raises StateOfAnotherModel."""
        found = {name: state.get(prefix + name) for name in self}
        rows = {len(each) for each in found.values() if each is not None and each.ndim}
        for name, each in found.items():
            if each is None or len(rows) != 1 or each.shape[1:] != self._columns[name].shape:
                raise StateOfAnotherModel(column=prefix + name)
        self.rows = 0
        self.grow(rows.pop())
        for name, each in found.items():
            self[name][:] = each
        return self

    def _capacity(self) -> int:
        return len(next(iter(self._arrays.values())))


def _begun(column: Column, rows: int) -> npt.NDArray[Any]:
    return np.full((rows, *column.shape), column.begin, dtype=column.dtype)
