"""Whether a model still fits its machine: the model is watched, too.

Over a long window it holds the size of the deviations that a detector tells against what they are while it fits. A
machine that was changed without a word, or whose season the model never saw, is told as "learn again", not as a fault
every day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.health.api import Alarm, Contribution, Flags, Result, Rows, Values
from models.health.over_signals import cells, greatest, put, some_left
from models.health.rowwise import Rowwise
from models.health.table import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """What a model that fits never does for long."""

    weight: float = 1e-4  # of the newest tick: ten thousand ticks are remembered
    least_ticks: int = 10_000  # nothing is said before
    largest: float = 2.0  # mean squared deviation, in standard deviations: 1 while it fits
    smallest: float = 0.2  # a model that expects far more than happens sees nothing
    clip: float = 4.0


class ModelWatch(Rowwise):
    """Takes the `sigma` of a detector as its values. The signals are the detector's."""

    def __init__(self, signals: Sequence[str], settings: WatchSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or WatchSettings()
        super().__init__(signals, _columns(len(signals)), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> Self:
        """There is nothing to learn: a fitting model's deviations have the mean square 1."""
        return self

    def explain(self, row: int) -> list[Contribution]:
        """The signals whose deviations have grown or shrunk most: root of the mean square, 1 is expected."""
        size = np.sqrt(self._table["square"][row])
        return self._most(np.log2(np.maximum(size, 1e-9)), size, np.ones_like(size))

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        at, settings = table.at(rows), self.settings
        unknown = cells(np.isnan(x))
        square = table["square"][at]
        moved = np.clip(x, -settings.clip, settings.clip)
        moved = square + settings.weight * (moved * moved - square)
        put(moved, unknown, square)
        ticks = table["ticks"][at] + some_left(unknown, x.shape)
        table["square"][at], table["ticks"][at] = moved, ticks
        largest = np.maximum(greatest(moved), 1e-9)
        stat = np.maximum(largest / settings.largest, settings.smallest / largest)
        stat = np.where(ticks >= settings.least_ticks, stat, np.nan)
        return Result(stat, np.where(stat >= 1, np.uint32(Alarm.MODEL), np.uint32(0)), np.sqrt(moved))


def _columns(count: int) -> dict[str, Column]:
    return {"square": Column((count,), 1.0), "ticks": Column((), 0, "i8")}
