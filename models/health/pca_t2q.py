"""How far a machine is from its usual working point, along its usual directions (T2) and off them (Q).

Principal components of the standardised signals, sorted by what they explain; Hotelling's T2 within them and the
squared residual Q (Jackson and Mudholkar 1979) outside. Limits come from blocks the components were not learned on. A
second opinion for steady machines: slow drift raises both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.health.api import Alarm, Contribution, Flags, Result, Rows, Values
from models.health.over_signals import cells, put, some_left, total
from models.health.replay import exponential_means, machines_of, mask_of
from models.health.rowwise import Rowwise
from models.health.table import Column, Table
from models.health.var_learning import LEAST_ROWS, TooFewHealthyRows


@dataclass(frozen=True, slots=True, kw_only=True)
class PcaSettings:
    """Components are kept until they explain `share` of the variance, or so many as are asked for."""

    share: float = 0.85
    components: int = 0
    weight: float = 0.1  # of the newest tick in the running means
    quantile: float = 0.999
    factor: float = 1.33
    folds: int = 4
    clip: float = 12.0  # standard deviations


@dataclass(frozen=True, slots=True)
class Directions:
    """Of one machine."""

    mean: Values  # (K,)
    scale: Values  # (K,)
    loadings: Values  # (K, K): rows are directions, zero from the last kept one on
    inverse: Values  # (K,) 1 / variance along each, zero where none is kept


class PcaT2Q(Rowwise):
    """Of machines with the same signals; each row has directions of its own."""

    def __init__(self, signals: Sequence[str], settings: PcaSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or PcaSettings()
        super().__init__(signals, _columns(len(signals)), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> Self:
        """Raises TooFewHealthyRows."""
        history = machines_of(x, len(self.signals))
        ok = mask_of(mask, history) & np.isfinite(history).all(axis=2)
        rows = np.arange(history.shape[1]) if rows is None else rows
        if ok.sum(axis=0).min() < LEAST_ROWS:
            raise TooFewHealthyRows(rows=int(ok.sum(axis=0).min()), asked=LEAST_ROWS)
        self.resize(int(rows.max()) + 1)
        for each, row in enumerate(rows):
            self._learn(int(row), history[ok[:, each], each])
        self._begin(self._table, rows)
        return self

    def explain(self, row: int) -> list[Contribution]:
        """The three signals that are farthest off what the others say of them."""
        table = self._table
        z, loadings = table["z"][row], table["loadings"][row]
        usual = loadings.T @ (loadings @ z)
        mean, scale = table["mean"][row], table["scale"][row]
        return self._most(z - usual, mean + scale * z, mean + scale * usual)

    def _learn(self, row: int, healthy: Values) -> None:
        told = directions(healthy, self.settings)
        for name in ("mean", "scale", "loadings", "inverse"):
            self._table[name][row] = getattr(told, name)
        for name, series in zip(("t2", "q"), self._cross_fitted(healthy), strict=True):
            smooth = exponential_means(series, self.settings.weight, float(series.mean()))
            self._table[f"usual_{name}"][row] = series.mean()
            limit = self.settings.factor * np.quantile(smooth, self.settings.quantile)
            self._table[f"limit_{name}"][row] = max(limit, 1e-9)  # all variance may lie in the components

    def _cross_fitted(self, healthy: Values) -> tuple[Values, Values]:
        series = np.empty((2, len(healthy)))
        for block in np.array_split(np.arange(len(healthy)), self.settings.folds):
            others = directions(np.delete(healthy, block, axis=0), self.settings)
            z = _standard(healthy[block], others.mean, others.scale, self.settings.clip)
            series[:, block] = _t2_q(z, others.loadings[None], others.inverse[None])
        return series[0], series[1]

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        """A signal without a value is taken as usual; a machine without any stands still."""
        at = table.at(rows)
        z = _standard(x, table["mean"][at], table["scale"][at], self.settings.clip)
        unknown, filled = cells(np.isnan(z)), z.copy()
        put(filled, unknown, 0.0)
        some, stat = some_left(unknown, z.shape), np.full(len(rows), -np.inf)
        bits = np.zeros(len(rows), dtype=np.uint32)
        figures = _t2_q(filled, table["loadings"][at], table["inverse"][at])
        for name, figure, bit in zip(("t2", "q"), figures, (Alarm.T2, Alarm.Q), strict=True):
            mean = table[name][at]
            mean = np.where(np.isnan(mean), table[f"usual_{name}"][at], mean)
            mean = np.where(some, mean + self.settings.weight * (figure - mean), mean)
            table[name][at] = mean
            ratio = mean / table[f"limit_{name}"][at]
            stat = np.maximum(stat, ratio)
            bits |= np.where(ratio >= 1, np.uint32(bit), np.uint32(0))
        table["z"][at] = filled
        return Result(stat, bits, z)


def directions(healthy: Values, settings: PcaSettings) -> Directions:
    """Of complete healthy rows (T, K)."""
    mean = healthy.mean(axis=0)
    scale = np.maximum(healthy.std(axis=0), 1e-6 * np.abs(healthy).max(axis=0) + 1e-9)
    variance, vectors = np.linalg.eigh(np.cov((healthy - mean) / scale, rowvar=False))
    variance, vectors = np.maximum(variance[::-1], 0.0), vectors[:, ::-1]  # eigh's ascend
    explained = np.cumsum(variance) / max(variance.sum(), 1e-12)
    kept = settings.components or int(np.searchsorted(explained, settings.share) + 1)
    used = (np.arange(len(variance)) < kept) & (variance > 1e-9)
    inverse = np.where(used, 1 / np.where(used, variance, 1.0), 0.0)
    return Directions(mean, scale, np.where(used[:, None], vectors.T, 0.0), inverse)


def _standard(x: Values, mean: Values, scale: Values, clip: float) -> Values:
    return np.asarray(np.clip((x - mean) / scale, -clip, clip))


def _t2_q(z: Values, loadings: Values, inverse: Values) -> tuple[Values, Values]:
    """`loadings` (m, K, K) or (1, K, K) for all. Q is what the kept directions leave of the squared length."""
    along = np.einsum("mij,mj->mi", np.broadcast_to(loadings, (len(z), *loadings.shape[1:])), z)
    squared = along * along
    t2 = total(squared * inverse)
    return t2, np.maximum(total(z * z - squared), 0.0)


def _columns(count: int) -> dict[str, Column]:
    return {
        "mean": Column((count,), learned=True),
        "scale": Column((count,), 1.0, learned=True),
        "loadings": Column((count, count), learned=True),
        "inverse": Column((count,), learned=True),
        "usual_t2": Column((), np.nan, learned=True),
        "usual_q": Column((), np.nan, learned=True),
        "limit_t2": Column((), np.nan, learned=True),
        "limit_q": Column((), np.nan, learned=True),
        "t2": Column((), np.nan),
        "q": Column((), np.nan),
        "z": Column((count,), np.nan),
    }
