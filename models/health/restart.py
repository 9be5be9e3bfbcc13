"""A machine that was started again: its levels are taken anew, and what differs from before is no fault.

Told by nearly every signal leaving its level at once, for some ticks, from a calm state; after a long silence smaller
steps suffice. A fault rarely does that: it begins at one place. A silence alone says nothing: a bearing that was
failing before it must not be forgotten. A restart that somebody enters is always believed before this guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.health.api import Flags, Rows, Values
from models.health.table import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartSettings:
    """Deviations in standard deviations of each signal."""

    jump: float = 4.0
    share: float = 0.75  # of the signals that must be off their level ...
    ticks: int = 3  # ... for so many ticks in a row
    gap_s: float = 3_600.0  # after a longer silence ...
    looks: int = 6  # ... half a jump suffices for so many ticks
    least_signals: int = 3  # two signals that go off together say too little


class RestartWatch:
    """Looks at the same deviations as the detectors, tick by tick."""

    def __init__(self, signals: int, settings: RestartSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or RestartSettings()
        self._enough = signals >= self.settings.least_signals
        columns = {"last_s": Column((), -np.inf), "away": Column((), 0, "i8"), "looks": Column((), 0, "i8")}
        self._table = Table(columns, rows)

    def update(self, rows: Rows, time_s: Values | float, deviation: Values) -> Flags:
        """Which machines have been started again; `deviation` (m, K) of the values as they come, not smoothed."""
        settings, table = self.settings, self._table
        times = np.broadcast_to(np.asarray(time_s, dtype=np.float64), len(rows))
        silent = times - table["last_s"][rows] > settings.gap_s
        looks = np.where(silent, settings.looks, np.maximum(table["looks"][rows] - 1, 0))
        bar = np.where(looks > 0, settings.jump / 2, settings.jump)
        far = (np.abs(deviation) >= bar[:, None]).mean(axis=1)
        away = _away(table["away"][rows], far, settings)
        jumped = self._enough & (away == settings.ticks)
        table["last_s"][rows] = times
        table["looks"][rows], table["away"][rows] = np.where(jumped, 0, looks), np.where(jumped, 0, away)
        return np.asarray(jumped)


def _away(before: np.ndarray, far: Values, settings: RestartSettings) -> np.ndarray:
    """Ticks in a row with nearly all signals off (counted up), or with some of them (counted down).

    What has been off in part for as long is no restart, however far it spreads.
    """
    part = np.minimum(before, 0) - 1
    whole = np.where(before <= -settings.ticks, before, np.maximum(before, 0) + 1)
    return np.where(far >= settings.share, whole, np.where(far > 0, part, 0))
