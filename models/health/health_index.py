"""One figure of a machine's health between 0 and 100, from what its detectors say.

Each detector's statistic (a multiple of its own limit) is held against what it was after the last maintenance; the
root of their mean square is the machine's wear, and 100 halves with every `half` of it. Wear that stays is summed up:
small changes of several detectors count before any of them alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.health.api import Alarm, Contribution, Flags, Reason, Result, Rows, Values
from models.health.over_signals import cells, put, total
from models.health.replay import machines_of, mask_of
from models.health.rowwise import Rowwise
from models.health.table import Column, Table

_LEAST_SCALE = 0.05  # of a detector's limit


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Ticks and standard deviations."""

    baseline_ticks: int = 200  # after maintenance, or from the start if nothing was learned
    weight: float = 0.02  # of the newest tick in the wear
    clip: float = 8.0
    half: float = 4.0  # standard deviations of wear that halve the index
    k: float = 1.0  # so much wear costs nothing
    h: float = 100.0  # wear beyond k, times ticks, until the alarm


class HealthIndex(Rowwise):
    """Its signals are detectors; its values (m, P) are their statistics, NaN where one knows nothing."""

    def __init__(self, parts: Sequence[str], settings: IndexSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or IndexSettings()
        super().__init__(parts, _columns(len(parts)), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> Self:
        """The baseline from statistics of a healthy time; without it the first ticks are the baseline."""
        history = machines_of(x, len(self.signals))
        rows = np.arange(history.shape[1]) if rows is None else rows
        self.resize(int(rows.max()) + 1)
        healthy = np.where(mask_of(mask, history)[:, :, None], history, np.nan)
        self._begin(self._table, rows)
        known = np.isfinite(healthy)
        seen = known.sum(axis=0)
        mean = np.where(known, healthy, 0.0).sum(axis=0) / np.maximum(seen, 1)
        square = np.where(known, (healthy - mean) ** 2, 0.0).sum(axis=0)
        for name, value in (("base_mean", mean), ("base_square", square), ("base_seen", seen)):
            self._table[name][rows] = value
        self._begin(self._table, rows)
        return self

    def health(self, rows: Rows) -> Values:
        """0 to 100; NaN while the baseline is being learned."""
        wear = self._table["wear"][rows]
        return np.asarray(100.0 * 0.5 ** (wear / self.settings.half))

    def reset(self, rows: Rows, reason: Reason) -> None:
        """After maintenance the next ticks are the new baseline."""
        self._table.begin(rows, learned=True)

    def explain(self, row: int) -> list[Contribution]:
        """The detectors that are farthest from their baseline."""
        table = self._table
        return self._most(table["z"][row], table["value"][row], table["mean"][row])

    def _begin(self, table: Table, rows: Rows) -> None:
        table.begin(rows, learned=False)
        for name in ("mean", "square", "seen"):
            table[name][rows] = table[f"base_{name}"][rows]

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        at, settings = table.at(rows), self.settings
        z, unknown = self._deviation(table, at, x)
        known = total((~unknown).astype(np.float64))
        positive = np.maximum(z, 0.0)
        worse = np.sqrt(total(positive * positive) / np.maximum(known, 1))
        wear = table["wear"][at]
        before = np.where(np.isnan(wear), 0.0, wear)
        wear = np.where(known > 0, before + settings.weight * (worse - before), wear)
        summed = np.clip(table["sum"][at] + wear - settings.k, 0.0, 2 * settings.h)
        summed = np.where(known > 0, summed, table["sum"][at])
        table["wear"][at], table["sum"][at] = wear, summed
        put(z, cells(unknown), np.nan)
        table["z"][at], table["value"][at] = z, x
        stat = np.where(np.isnan(wear), np.nan, summed / settings.h)
        return Result(stat, np.where(stat >= 1, np.uint32(Alarm.HEALTH), np.uint32(0)), z)

    def _deviation(self, table: Table, at: Rows | slice, x: Values) -> tuple[Values, Flags]:
        """Mean and variance grow with the first ticks (Welford 1962), then they stand."""
        mean, square, seen = table["mean"][at], table["square"][at], table["seen"][at]
        missing, early = ~np.isfinite(x), seen < self.settings.baseline_ticks
        away = x - mean
        put(away, cells(missing), 0.0)
        scale = np.maximum(np.sqrt(square / np.maximum(seen - 1, 1)), _LEAST_SCALE)
        z = np.clip(away / scale, -self.settings.clip, self.settings.clip)
        put(z, cells(early), 0.0)
        if early.any():
            learns = early & ~missing
            more = seen + learns
            step = np.where(learns, away / np.maximum(more, 1), 0.0)
            table["square"][at] = square + np.where(learns, away * (away - step), 0.0)
            table["mean"][at], table["seen"][at] = mean + step, more
        return z, missing | early


def _columns(count: int) -> dict[str, Column]:
    return {
        "base_mean": Column((count,), learned=True),
        "base_square": Column((count,), learned=True),
        "base_seen": Column((count,), learned=True),
        "mean": Column((count,)),
        "square": Column((count,)),
        "seen": Column((count,)),
        "wear": Column((), np.nan),
        "sum": Column(()),
        "z": Column((count,), np.nan),
        "value": Column((count,), np.nan),
    }
