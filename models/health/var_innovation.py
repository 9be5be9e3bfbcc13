"""What no signal's past explains: how far a machine's signals miss what their last two ticks foretold.

Slow drift of a warm machine is foretold and stays silent; signals that stop moving together are not. With few signals
the greatest innovation counts, with many their Mahalanobis distance; a running mean of it is held against a limit
that was taken on healthy rows the model was not learned on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from models.health.api import Alarm, Contribution, Flags, Result, Rows, Values
from models.health.over_signals import cells, put, some_left
from models.health.replay import machines_of, mask_of
from models.health.rowwise import Rowwise
from models.health.table import Column, Table
from models.health.var_learning import ORDER, VarSettings, learn, statistic

_LEARNED = ("mean", "offset", "weights", "deviation", "precision", "usual", "limit")


class VarInnovation(Rowwise):
    """Of machines with the same signals; each row has a model of its own."""

    def __init__(self, signals: Sequence[str], settings: VarSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or VarSettings()
        super().__init__(signals, _columns(len(signals), self.settings.many), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> Self:
        """A model a machine, into `rows` if only some learn anew. Raises TooFewHealthyRows."""
        history = machines_of(x, len(self.signals))
        ok = mask_of(mask, history)
        rows = np.arange(history.shape[1]) if rows is None else rows
        models = [learn(history[:, each], ok[:, each], self.settings) for each in range(history.shape[1])]
        self.resize(int(rows.max()) + 1)
        for row, model in zip(rows, models, strict=True):
            for name in _LEARNED:
                self._table[name][row] = getattr(model, name)
        self._begin(self._table, rows)
        return self

    def calibrate(self, normal: Values, *, quantile: float | None = None, factor: float | None = None) -> Self:
        """Take the limit from a run that is healthy and was not learned from, each machine its own."""
        ratio = self.score(normal).stat
        ratio = ratio if ratio.ndim == 2 else ratio[:, None]
        share = self.settings.quantile if quantile is None else quantile
        times = self.settings.factor if factor is None else factor
        self._table["limit"][:] *= times * np.nanquantile(ratio, share, axis=0)
        return self

    def explain(self, row: int) -> list[Contribution]:
        """The three signals that missed most at the last tick."""
        table = self._table
        value, expected = table["lags"][row, : len(self.signals)], table["expected"][row]
        return self._most((value - expected) / table["deviation"][row], value, expected)

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        """A signal without a good value is taken as it was foretold, and counts as no surprise."""
        at, clip = table.at(rows), self.settings.clip
        lags, count, ticks = table["lags"][at], x.shape[1], table["ticks"][at]
        ticks = np.where(time_s - table["last_s"][at] > self.settings.gap_s, 0, ticks)
        expected = np.einsum("mij,mj->mi", table["weights"][at], lags)
        expected += table["offset"][at]
        expected[np.flatnonzero(ticks < ORDER)] = np.nan
        z = np.clip((x - expected) / table["deviation"][at], -clip, clip)
        stat = self._running_mean(table, at, z) / table["limit"][at]
        moved = np.empty_like(lags)
        moved[:, :count], moved[:, count:] = x, lags[:, :count]
        holes = cells(np.isnan(x))
        if len(holes):
            foretold = expected.copy()
            put(foretold, cells(np.isnan(expected)), table["mean"][at])
            moved[holes // count, holes % count] = foretold.reshape(-1)[holes]
        table["lags"][at], table["expected"][at] = moved, expected
        table["ticks"][at], table["last_s"][at] = np.minimum(ticks + 1, ORDER), time_s
        return Result(stat, np.where(stat >= 1, np.uint32(Alarm.INNOVATION), np.uint32(0)), z)

    def _running_mean(self, table: Table, at: Rows | slice, z: Values) -> Values:
        """Stands still while nothing is known of a machine."""
        unknown, filled = cells(np.isnan(z)), z
        if len(unknown):
            filled = z.copy()
            put(filled, unknown, 0.0)
        mean = table["mean_stat"][at]
        mean = np.where(np.isnan(mean), table["usual"][at], mean)
        moved = mean + self.settings.weight * (statistic(filled, table["precision"][at]) - mean)
        mean = np.where(some_left(unknown, z.shape), moved, mean)
        table["mean_stat"][at] = mean
        return mean


def _columns(count: int, many: int) -> dict[str, Column]:
    square = (count, count) if count > many else (0, 0)
    return {
        "mean": Column((count,), learned=True),
        "offset": Column((count,), learned=True),
        "weights": Column((count, ORDER * count), learned=True),
        "deviation": Column((count,), 1.0, learned=True),
        "precision": Column(square, learned=True),
        "usual": Column((), np.nan, learned=True),
        "limit": Column((), np.nan, learned=True),
        "lags": Column((ORDER * count,), np.nan),
        "expected": Column((count,), np.nan),
        "mean_stat": Column((), np.nan),  # the running mean; NaN before the first innovation
        "ticks": Column((), 0, "i8"),  # in a row, up to two
        "last_s": Column((), -np.inf),
    }
