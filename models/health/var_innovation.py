"""What no signal's past explains: how far a machine's signals miss what their last two ticks foretold.

Slow drift of a warm machine is foretold and stays silent; signals that stop moving together are not. With few signals
the greatest innovation counts, with many their Mahalanobis distance; a running mean of it is held against a limit
that was taken on healthy rows the model was not learned on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from models.health.api import Alarm, Contribution, Flags, Qualities, Reason, Result, Rows, State, Values
from models.health.quality import usable_values
from models.health.replay import machines_of, mask_of, replay
from models.health.table import Column, Table
from models.health.var_learning import ORDER, VarSettings, learn, statistic

_TOP = 3


class VarInnovation:
    """Of machines with the same signals; each row has a model of its own."""

    def __init__(self, signals: Sequence[str], settings: VarSettings | None = None, rows: int = 0) -> None:
        self.signals = tuple(signals)
        self.settings = settings or VarSettings()
        count = len(self.signals)
        square = (count, count) if count > self.settings.many else (0, 0)
        self._table = Table(_columns(count, square), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> Self:
        """A model a machine, into `rows` if only some learn anew. Raises TooFewHealthyRows."""
        history = machines_of(x, len(self.signals))
        ok = mask_of(mask, history)
        rows = np.arange(history.shape[1]) if rows is None else rows
        models = [learn(history[:, each], ok[:, each], self.settings) for each in range(history.shape[1])]
        self.resize(int(rows.max()) + 1)
        for row, model in zip(rows, models, strict=True):
            for name in ("mean", "offset", "weights", "deviation", "precision", "usual", "limit"):
                self._table[name][row] = getattr(model, name)
        self._table.begin(rows, learned=False)
        return self

    def calibrate(self, normal: Values, *, quantile: float | None = None, factor: float | None = None) -> Self:
        """Take the limit from a run that is healthy and was not learned from, all machines alike."""
        ratio = self.score(normal).stat
        ratio = ratio if ratio.ndim == 2 else ratio[:, None]
        share = self.settings.quantile if quantile is None else quantile
        times = self.settings.factor if factor is None else factor
        self._table["limit"][:] *= times * np.nanquantile(ratio, share, axis=0)
        return self

    def spread(self, rows: int) -> Self:
        """The first machine's model for `rows` machines of its type."""
        self.resize(rows)
        for name in self._table:
            self._table[name][1:] = self._table[name][0]
        self._table.begin(np.arange(rows), learned=False)
        return self

    def resize(self, rows: int) -> None:
        """Make room for so many machines; new ones know nothing."""
        self._table.grow(rows)

    def reset(self, rows: Rows, reason: Reason) -> None:
        """The last ticks and the running mean are forgotten; the model only when the machine is removed."""
        self._table.begin(rows, learned=reason is Reason.REMOVED)

    def update(self, rows: Rows, time_s: Values | float, x: Values, quality: Qualities | None = None) -> Result:
        """One tick; a signal without a good value is taken as it was foretold, and counts as no surprise."""
        return _tick(self._table, self.settings, rows, time_s, usable_values(x, quality))

    def score(self, x: Values, time_s: Values | None = None) -> Result:
        """A history from a fresh start; machines as many as have a row."""
        table = self._table.fresh()
        return replay(
            lambda rows, at, values: _tick(table, self.settings, rows, at, values),
            x,
            time_s,
            len(self.signals),
            table.rows,
        )

    def explain(self, row: int) -> list[Contribution]:
        """The three signals that missed most at the last tick."""
        table, count = self._table, len(self.signals)
        value, expected = table["lags"][row, :count], table["expected"][row]
        sigma = (value - expected) / table["deviation"][row]
        order = [at for at in np.argsort(-np.abs(sigma)) if np.isfinite(sigma[at])][:_TOP]
        return [Contribution(self.signals[at], float(sigma[at]), float(value[at]), float(expected[at])) for at in order]

    def state(self) -> State:
        """All that was learned and all that runs."""
        return self._table.state()

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raises StateOfAnotherModel."""
        self._table.restore(state)


def _columns(count: int, square: tuple[int, int]) -> dict[str, Column]:
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


def _tick(table: Table, settings: VarSettings, rows: Rows, time_s: Values | float, x: Values) -> Result:
    at = table.at(rows)
    lags, count = table["lags"][at], x.shape[1]
    ticks = np.where(time_s - table["last_s"][at] > settings.gap_s, 0, table["ticks"][at])
    expected = np.einsum("mij,mj->mi", table["weights"][at], lags)
    expected += table["offset"][at]
    warm = ticks >= ORDER
    if not warm.all():
        expected[~warm] = np.nan
    z = (x - expected) / table["deviation"][at]
    np.clip(z, -settings.clip, settings.clip, out=z)
    mean = _running_mean(table, settings, at, z)
    value = np.where(np.isnan(x), np.where(np.isnan(expected), table["mean"][at], expected), x)
    table["lags"][at] = np.hstack([value, lags[:, :count]])
    table["expected"][at] = expected
    table["ticks"][at] = np.minimum(ticks + 1, ORDER)
    table["last_s"][at] = time_s
    stat = mean / table["limit"][at]
    alarm = np.where(stat >= 1, np.uint32(Alarm.INNOVATION), np.uint32(0))
    return Result(stat, alarm, z)


def _running_mean(table: Table, settings: VarSettings, at: Rows | slice, z: Values) -> Values:
    """Stands still while nothing is known of a machine."""
    known = ~np.isnan(z)
    raw = statistic(np.where(known, z, 0.0), table["precision"][at])
    mean = table["mean_stat"][at]
    mean = np.where(np.isnan(mean), table["usual"][at], mean)
    mean = np.where(known.any(axis=1), mean + settings.weight * (raw - mean), mean)
    table["mean_stat"][at] = mean
    return mean
