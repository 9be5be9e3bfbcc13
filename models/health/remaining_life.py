"""Cycles that a machine has left, from the recorded lives of at least twenty that failed.

Trees on features of the past (`life_features`) answer min(cycles left, 125): a machine that is as new shows nothing of
when it will fail. How far an estimate may be off is measured on machines that were not learned from, at moments of
their last 150 cycles, apart for small and large estimates (split conformal by bins; Vovk et al. 2005, section 4.4).

What is kept is what was learned from, no trees: `restore` grows them again, and compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor

from models.health.api import State, Values
from models.health.life_estimate import Band, Basis, Life, LifeEstimate, failures
from models.health.life_features import life_features
from models.health.table import StateOfAnotherModel
from telemetry.errors import Invalid


class TooFewFailures(Invalid):
    """Remaining life can't be learned from so few recorded failures."""


class GrownOtherwise(Invalid):
    """From what was kept another model grew than the one that was approved: the libraries are not the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSettings:
    """Fixed for all machines; nothing here was searched for."""

    cap: float = 125.0  # cycles beyond which nothing can be seen
    trees: int = 300
    leaves: int = 15
    rate: float = 0.05
    folds: int = 5
    moments: int = 5  # of each held-out machine at which an estimate is compared with the truth
    horizon: int = 150  # cycles before the failure in which these moments lie
    least_age: int = 30  # cycles
    bins: int = 4
    level: float = 0.9
    least_failures: int = 20
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Widths:
    """How far estimates were off on machines that were not learned from: below each edge, and above the last."""

    edges: Values = field(default_factory=lambda: np.empty(0))
    half: Values = field(default_factory=lambda: np.full(1, inf))

    @classmethod
    def of(cls, told: Values, off: Values, settings: LifeSettings) -> Self:
        """From estimates and their absolute errors."""
        edges = np.quantile(told, np.arange(1, settings.bins) / settings.bins)
        of_bin = np.digitize(told, edges)
        return cls(edges, np.array([_conformal(off[of_bin == each], settings.level) for each in range(settings.bins)]))

    def band(self, cycles: float, cap: float) -> Band:
        """Around an estimate; what reaches the cap has no upper end."""
        half = float(self.half[int(np.digitize(cycles, self.edges))])
        return Band(cycles, max(0.0, cycles - half), inf if cycles + half >= cap else cycles + half)


@dataclass(slots=True)
class _Regression:
    """Trees, and how far they may be off."""

    with_age: bool
    settings: LifeSettings
    widths: Widths = field(default_factory=Widths)
    trees: Any = None

    def grow(self, lives: Sequence[Values], left: Sequence[Values]) -> Self:
        s = self.settings
        self.trees = HistGradientBoostingRegressor(
            max_iter=s.trees, max_leaf_nodes=s.leaves, learning_rate=s.rate, early_stopping=False, random_state=s.seed
        )
        self.trees.fit(self._seen(np.vstack(lives)), np.minimum(np.concatenate(left), s.cap))
        return self

    def tell(self, features: Values) -> Values:
        told: Values = np.clip(self.trees.predict(self._seen(features)), 0.0, self.settings.cap)
        return told

    def calibrate(self, lives: Sequence[Values], left: Sequence[Values]) -> None:
        """By machines: each is told by trees that never saw it."""
        s = self.settings
        draw = np.random.default_rng(s.seed)
        folds = np.array_split(draw.permutation(len(lives)), s.folds)
        told, off = [], []
        for held in folds:
            rest = np.setdiff1d(np.arange(len(lives)), held)
            trees = _Regression(self.with_age, s).grow([lives[i] for i in rest], [left[i] for i in rest])
            for i in held:
                rows = self._moments(len(lives[i]), draw)
                estimate = trees.tell(lives[i][rows])
                told.append(estimate)
                off.append(np.abs(estimate - np.minimum(left[i][rows], s.cap)))
        self.widths = Widths.of(np.concatenate(told), np.concatenate(off), s)

    def _moments(self, n: int, draw: np.random.Generator) -> npt.NDArray[np.intp]:
        s = self.settings
        rows = n - 1 - draw.integers(0, s.horizon + 1, s.moments)
        chosen: npt.NDArray[np.intp] = np.clip(rows, min(s.least_age, n) - 1, n - 1)
        return chosen

    def band(self, features: Values) -> Band:
        """For one row of features."""
        return self.widths.band(float(self.tell(features[np.newaxis])[0]), self.settings.cap)

    def _seen(self, features: Values) -> Values:
        return features if self.with_age else features[:, :-1]


class RemainingLife:
    """Learn once from lives of machines of one kind, then ask for any of that kind."""

    def __init__(self, settings: LifeSettings | None = None) -> None:
        self.settings = settings or LifeSettings()
        self.signals = np.empty(0, dtype=np.intp)  # columns that move at all
        self.mean = self.sd = np.empty(0)
        self._lives: list[Life] = []
        self._aged, self._ageless = (_Regression(with_age, self.settings) for with_age in (True, False))

    def learn(self, lives: Sequence[Life], *, calibrate: bool = True) -> Self:
        """From lives that ended in a failure; others are left out. Raises TooFewFailures below twenty.

        Not calibrated, it gives estimates whose band is without end, in a sixth of the time.
        """
        self._lives = failures(lives)
        if len(self._lives) < self.settings.least_failures:
            raise TooFewFailures(failures=len(self._lives), least=self.settings.least_failures)
        self._scale(np.vstack([life.x for life in self._lives]))
        features, left = self._learned_from()
        for regression in (self._aged, self._ageless):
            if calibrate:
                regression.calibrate(features, left)
            regression.grow(features, left)
        return self

    def estimate(self, x: Values) -> LifeEstimate:
        """Of one machine, from all its readings until now, (n, K) with the columns it was learned from."""
        last = self.features(x)[-1]
        bands = self._aged.band(last), self._ageless.band(last)
        return LifeEstimate(Basis.FAILURES, *bands, self.settings.level, len(self._lives))

    def features(self, x: Values) -> Values:
        """What the trees see of a machine, a row each row."""
        return life_features((x[:, self.signals] - self.mean) / self.sd)

    def state(self) -> State:
        """What was learned from, how far off estimates were, and what the trees said of the middle of each life."""
        told: State = {
            "x": np.vstack([life.x for life in self._lives]),
            "rows": np.array([len(life.x) for life in self._lives]),
            "said": self._said(),
        }
        for name, each in (("aged", self._aged), ("ageless", self._ageless)):
            told |= {f"{name}_edges": each.widths.edges, f"{name}_half": each.widths.half}
        return told

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Grow the trees again. Raises StateOfAnotherModel, GrownOtherwise."""
        for name in ("x", "rows", "said", "aged_edges", "aged_half", "ageless_edges", "ageless_half"):
            if name not in state:
                raise StateOfAnotherModel(column=name)
        parts = np.split(state["x"], np.cumsum(state["rows"])[:-1])
        self._lives = [Life(str(number), part) for number, part in enumerate(parts)]
        self._scale(state["x"])
        features, left = self._learned_from()
        for name, each in (("aged", self._aged), ("ageless", self._ageless)):
            each.widths = Widths(state[f"{name}_edges"], state[f"{name}_half"])
            each.grow(features, left)
        if not np.allclose(self._said(), state["said"], rtol=0, atol=1e-6):
            raise GrownOtherwise(most_off=float(np.abs(self._said() - state["said"]).max()))

    def _said(self) -> Values:
        middles = np.vstack([self.features(life.x)[len(life.x) // 2] for life in self._lives])
        return np.column_stack([self._aged.tell(middles), self._ageless.tell(middles)])

    def _scale(self, x: Values) -> None:
        moving = [column for column in range(x.shape[1]) if len(np.unique(x[np.isfinite(x[:, column]), column])) > 2]
        self.signals = np.array(moving, dtype=np.intp)
        self.mean, self.sd = np.nanmean(x[:, moving], axis=0), np.nanstd(x[:, moving], axis=0)

    def _learned_from(self) -> tuple[list[Values], list[Values]]:
        left = [np.arange(len(life.x) - 1.0, -1.0, -1.0) for life in self._lives]
        return [self.features(life.x) for life in self._lives], left


def _conformal(off: Values, level: float) -> float:
    """Within which a new one is with this probability at least: the ceil((n + 1) level)-th smallest; few: infinite."""
    rank = ceil((len(off) + 1) * level)
    return float(np.sort(off)[rank - 1]) if rank <= len(off) else inf
