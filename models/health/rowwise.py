"""What detectors have in common that keep everything of a machine in one row of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.health.api import Contribution, Qualities, Reason, Result, Rows, State, Values
from models.health.quality import usable_values
from models.health.replay import replay
from models.health.table import Column, Table

_TOP = 3


class Rowwise:
    """A detector says what its columns are, and what one tick does to them (`_tick`)."""

    def __init__(self, signals: Sequence[str], columns: Mapping[str, Column], rows: int = 0) -> None:
        self.signals = tuple(signals)
        self._table = Table(columns)
        self.resize(rows)

    def resize(self, rows: int) -> None:
        """Make room for so many machines; new ones know nothing."""
        self._table.grow(rows)

    def spread(self, rows: int) -> None:
        """The first machine's model for `rows` machines of its type, all from a fresh start."""
        self.resize(rows)
        for name in self._table:
            self._table[name][1:] = self._table[name][0]
        self._begin(self._table, np.arange(rows))

    def reset(self, rows: Rows, reason: Reason) -> None:
        """What runs is forgotten; what was learned only when the machine is removed."""
        self._begin(self._table, rows)
        if reason is Reason.REMOVED:
            self._table.begin(rows, learned=True)

    def update(self, rows: Rows, time_s: Values | float, x: Values, quality: Qualities | None = None) -> Result:
        """One tick of the machines `rows`, each at most once, in the order of time."""
        return self._tick(self._table, rows, time_s, usable_values(x, quality))

    def score(self, x: Values, time_s: Values | None = None) -> Result:
        """A history of as many machines as have a row, from a fresh start."""
        table = self._table.copy()
        self._begin(table, np.arange(table.rows))

        def step(rows: Rows, at: Values, values: Values) -> Result:
            return self._tick(table, rows, at, usable_values(values, None))

        return replay(step, x, time_s, len(self.signals), table.rows)

    def state(self) -> State:
        """All that was learned and all that runs."""
        return self._table.state()

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raises StateOfAnotherModel."""
        self._table.restore(state)

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        raise NotImplementedError

    def _begin(self, table: Table, rows: Rows) -> None:
        """A fresh start with what was learned."""
        table.begin(rows, learned=False)

    def _most(self, contribution: Values, value: Values, expected: Values) -> list[Contribution]:
        """The signals that count most, of one machine."""
        order = [at for at in np.argsort(-np.abs(contribution)) if np.isfinite(contribution[at])][:_TOP]
        return [
            Contribution(self.signals[at], float(contribution[at]), float(value[at]), float(expected[at]))
            for at in order
        ]
