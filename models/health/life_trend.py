"""Cycles left where too few failures are recorded to learn from: how long others lasted when they had come as far.

The index is how far a machine's signals have moved from when it was new, in standard deviations of early noise, at its
highest until now. For each machine that failed: how much did it have left when its index last was where this one is?
The middle of these answers is the estimate. The band spans all of them and more the fewer they are; no probability is
promised for it. Without any failure there is no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from models.health.api import Values
from models.health.life_estimate import Band, Basis, Life, LifeEstimate, RemainingLifeModel, failures
from models.health.life_features import WINDOW, average, filled, since_new
from models.health.remaining_life import LifeSettings, RemainingLife

_SMOOTH = 0.1  # share of the newest cycle


class LifeTrend:
    """Needs one recorded failure to give a number, and says how few they are."""

    def __init__(self, settings: LifeSettings | None = None) -> None:
        self.settings = settings or LifeSettings()
        self.noise = np.empty(0)
        self.courses: list[Values] = []  # the index of each machine that failed, from new to failure

    def learn(self, lives: Sequence[Life]) -> LifeTrend:
        """From any lives; those that failed say how it ends."""
        steps = np.vstack([np.diff(life.x[: 2 * WINDOW], axis=0) for life in lives if len(life.x) > 1])
        noise = np.nanstd(steps, axis=0) / np.sqrt(2.0)
        self.noise = np.where(noise > 0, noise, inf)  # what never moves says nothing
        self.courses = [self.index(life.x) for life in failures(lives)]
        return self

    def index(self, x: Values) -> Values:
        """How far it has moved at most, a number each cycle: root mean square over the signals."""
        z = filled((x - np.nanmean(x[:WINDOW], axis=0)) / self.noise)
        moved = average(z, _SMOOTH) - since_new(z)
        told: Values = np.maximum.accumulate(np.sqrt(np.mean(moved**2, axis=1)))
        return told

    def estimate(self, x: Values) -> LifeEstimate:
        """Of one machine, from all its readings until now."""
        n = len(self.courses)
        if not n or len(x) < WINDOW:
            return LifeEstimate(Basis.NOTHING, None, None, None, n)
        now = float(self.index(x)[-1])
        left = np.array([len(course) - np.searchsorted(course, now, side="right") for course in self.courses])
        return LifeEstimate(Basis.TREND, None, self._band(left.astype(np.float64)), None, n)

    def _band(self, left: Values) -> Band:
        wider = 1.0 + 2.0 / len(left)
        high = float(left.max()) * wider
        middle = min(float(np.median(left)), self.settings.cap)
        return Band(middle, float(left.min()) / wider, inf if high >= self.settings.cap else high)


def life_model(lives: Sequence[Life], settings: LifeSettings | None = None) -> RemainingLifeModel:
    """The regression where enough failures are recorded, else the trend: an estimate's basis says which."""
    settings = settings or LifeSettings()
    if len(failures(lives)) >= settings.least_failures:
        return RemainingLife(settings).learn(lives)
    return LifeTrend(settings).learn(lives)
