"""Learning how the signals of one machine go on from their last two ticks, and how far they usually miss it.

The misses are taken from blocks the coefficients were not learned on: a model's own rows make it look better than it
is, and its limit too tight (Bergmeir and Benitez 2012 on blocked cross-validation of time series).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.health.api import Flags, Values
from models.health.over_signals import greatest
from models.health.replay import exponential_means
from telemetry.errors import Invalid

ORDER = 2  # ticks looked back
LEAST_ROWS = 40
_LEAST_DEVIATION = 1e-3  # of a signal's own standard deviation: nothing is foretold better than that


class TooFewHealthyRows(Invalid):
    """There are too few healthy readings in a row to learn what is normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VarSettings:
    """Weights of one tick; for more than `many` signals the other half of the choices holds."""

    many: int = 20
    ridge: float = 10.0
    ridge_many: float = 100.0
    folds: int = 4
    clip: float = 8.0  # standard deviations: one broken signal must not hide the others for long
    weight: float = 0.05  # of the newest tick in the running mean
    quantile: float = 0.999
    factor: float = 1.33  # between that quantile of the healthy statistic and the limit
    loading: float = 0.05  # added to the covariance of the innovations
    gap_s: float = np.inf  # after a longer silence the last ticks tell nothing of the next

    def ridge_of(self, signals: int) -> float:
        """The penalty of the squared coefficients of standardised signals."""
        return self.ridge_many if signals > self.many else self.ridge


@dataclass(frozen=True, slots=True)
class Learned:
    """Of one machine, in the signals' own units."""

    mean: Values  # (K,)
    offset: Values  # (K,)
    weights: Values  # (K, 2K): the last tick's signals, then those of the one before
    deviation: Values  # (K,) of the innovations on rows not learned from
    precision: Values  # (K, K) of the innovations; (0, 0) where their greatest is taken
    usual: float  # mean of the statistic while healthy
    limit: float


def learn(x: Values, ok: Flags, settings: VarSettings) -> Learned:
    """From a history (T, K) and its healthy rows (T,). Raises TooFewHealthyRows."""
    rows = usable(x, ok)
    if len(rows) < max(LEAST_ROWS, settings.folds * ORDER * 2):
        raise TooFewHealthyRows(rows=len(rows), asked=LEAST_ROWS)
    mean, scale = x[rows].mean(axis=0), _scale(x[rows])
    now, before = _design((x - mean) / scale, rows)
    penalty = settings.ridge_of(x.shape[1])
    missed = _cross_fitted(now, before, penalty, settings.folds)
    deviation = np.maximum(missed.std(axis=0), _LEAST_DEVIATION)
    z = np.clip(missed / deviation, -settings.clip, settings.clip)
    precision = precision_of(z, settings)
    stat = statistic(z, precision)
    smooth = exponential_means(stat, settings.weight, float(stat.mean()))
    offset, weights = _regression(now, before, penalty)
    in_units = weights * scale[:, None] / np.tile(scale, ORDER)
    return Learned(
        mean=mean,
        offset=mean + offset * scale - in_units @ np.tile(mean, ORDER),
        weights=in_units,
        deviation=deviation * scale,
        precision=precision,
        usual=float(stat.mean()),
        limit=settings.factor * float(np.quantile(smooth, settings.quantile)),
    )


def usable(x: Values, ok: Flags) -> np.ndarray:
    """Rows that are healthy and complete, and the two before them too."""
    good = ok & np.isfinite(x).all(axis=1)
    return np.flatnonzero(good[2:] & good[1:-1] & good[:-2]) + ORDER


def statistic(z: Values, precision: Values) -> Values:
    """One figure of the innovations (m, K): the greatest, or their Mahalanobis distance squared a signal.

    `precision` is (K, K) for all, or (m, K, K).
    """
    if precision.size == 0:
        return greatest(np.abs(z))
    return np.asarray((np.matmul(z[:, None, :], precision)[:, 0, :] * z).sum(axis=1) / z.shape[1])


def precision_of(z: Values, settings: VarSettings) -> Values:
    """Empty where the greatest innovation is taken: it can be explained, and few signals don't need more."""
    signals = z.shape[1]
    if signals <= settings.many:
        return np.empty((0, 0))
    return np.asarray(np.linalg.inv(np.cov(z, rowvar=False) + settings.loading * np.eye(signals)))


def _scale(x: Values) -> Values:
    deviation = x.std(axis=0)
    least = 1e-6 * np.abs(x).max(axis=0) + 1e-9  # a signal that never moved: whatever it does later is news
    return np.asarray(np.maximum(deviation, least))


def _design(z: Values, rows: np.ndarray) -> tuple[Values, Values]:
    return z[rows], np.hstack([z[rows - back] for back in range(1, ORDER + 1)])


def _regression(now: Values, before: Values, penalty: float) -> tuple[Values, Values]:
    """Ridge regression without a penalty on the offset."""
    centre, middle = before.mean(axis=0), now.mean(axis=0)
    away = before - centre
    weights = np.linalg.solve(away.T @ away + penalty * np.eye(away.shape[1]), away.T @ (now - middle)).T
    return middle - weights @ centre, weights


def _cross_fitted(now: Values, before: Values, penalty: float, folds: int) -> Values:
    """What each block misses by when it is foretold from the others."""
    missed = np.empty_like(now)
    for block in np.array_split(np.arange(len(now)), folds):
        others = np.delete(np.arange(len(now)), block)
        offset, weights = _regression(now[others], before[others], penalty)
        missed[block] = now[block] - offset - before[block] @ weights.T
    return missed
