"""Readings of a machine as ticks: one row every so many seconds, whatever pace its sensors speak at.

A tick takes the last reading of each signal that is not too old. Ticks lie on a grid of their own, so that the same
stored readings give the same ticks, however they came. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mes.health.words import HealthWords, RunsWords
from models.columns import Columns, Moments, Values
from models.health.api import Flags
from models.health.quality import usable_values

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """A tick every `tick_s`. From `fast_from_us` on a simulated machine lives `speed` times as fast as its clock."""

    tick_s: float
    speed: float = 1.0
    fast_from_us: int = 0

    @property
    def _slow_us(self) -> int:
        return int(self.tick_s * MICRO)

    @property
    def _fast_us(self) -> int:
        return max(1, int(self.tick_s * MICRO / self.speed))

    @property
    def _turn_us(self) -> int:
        """Where the grid becomes finer: on a tick of the coarse one."""
        return -(-self.fast_from_us // self._slow_us) * self._slow_us

    def width_us(self, at_us: int) -> int:
        """Between two ticks there."""
        return int(self.widths_us(np.array([at_us]))[0])

    def widths_us(self, at_us: Moments) -> Moments:
        """Likewise, of many moments."""
        fast = (at_us >= self._turn_us) if self.speed != 1 else np.zeros(len(at_us), dtype=np.bool_)
        return np.where(fast, self._fast_us, self._slow_us)

    def after(self, after_us: int, until_us: int, most: int) -> Moments:
        """Times of the ticks after one moment, up to another; `most` of them at most."""
        if self.speed == 1:
            return self._slow(after_us, until_us, most)
        slow = self._slow(after_us, min(until_us, self._turn_us), most)
        steps = max(1, (after_us - self._turn_us) // self._fast_us + 1)  # the turn itself is of the coarse grid
        first = self._turn_us + steps * self._fast_us
        count = max(0, min(most - len(slow), (until_us - first) // self._fast_us + 1))
        return np.concatenate([slow, first + self._fast_us * np.arange(count, dtype=np.int64)])

    def machine_s(self, at_us: int) -> float:
        """The machine's own time, seconds: what a detector takes as time."""
        slow = min(at_us, self._turn_us) if self.speed != 1 else at_us
        return slow / MICRO + max(0, at_us - slow) * self.speed / MICRO

    def _slow(self, after_us: int, until_us: int, most: int) -> Moments:
        first = (after_us // self._slow_us + 1) * self._slow_us
        count = max(0, min(most, (until_us - first) // self._slow_us + 1))
        return first + self._slow_us * np.arange(count, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Ticks:
    """Rows of one machine in order of time."""

    at_us: Moments  # (T,)
    x: Values  # (T, K), NaN where nothing usable is known
    looked_at: Flags  # (T,) whether the machine ran, and had settled

    def __len__(self) -> int:
        return len(self.at_us)


def take_ticks(
    words: HealthWords,
    names: Sequence[str],
    readings: Mapping[str, Columns],
    at_us: Moments,
    holds_us: Mapping[str, int],
    silent_us: Moments | int,
) -> Ticks:
    """The machine at these times. `names`: the points of its signals, then of `runs`, as `words.measures` has them.

    A machine of which nothing at all was heard for longer than `silent_us` is not known: of a signal that rests one
    value is believed for long, but one that seems to rest because the line is cut would be a new pattern.
    """
    count = len(words.order())
    is_heard = _heard(readings.values(), at_us, silent_us)
    columns = [np.where(is_heard, value_at(readings.get(name), at_us, holds_us[name]), np.nan) for name in names]
    x = np.column_stack(columns[:count]) if columns[:count] else np.empty((len(at_us), 0))
    runs = np.ones(len(at_us), dtype=np.bool_)
    for rule, column in zip(words.runs, columns[count:], strict=True):
        runs &= _holds(rule, column)
    return Ticks(at_us, x, _settled(runs, int(words.settle_min * 60 / words.tick_s) if words.runs else 0))


def lookback(words: HealthWords) -> int:
    """Ticks before the first one that must be known to tell whether the machine had settled."""
    return int(words.settle_min * 60 / words.tick_s) + 1 if words.runs else 0


def value_at(columns: Columns | None, at_us: Moments, holds_us: int) -> Values:
    """The last reading at each time, if it is usable and not older than it holds; else NaN."""
    if columns is None or not len(columns):
        return np.full(len(at_us), np.nan)
    last = np.searchsorted(columns.time_us, at_us, side="right") - 1
    usable = usable_values(columns.value, columns.quality)
    found = np.where(last >= 0, usable[last], np.nan)
    return np.where(at_us - columns.time_us[last] <= holds_us, found, np.nan)


def _heard(readings: Iterable[Columns], at_us: Moments, silent_us: Moments | int) -> Flags:
    heard = np.zeros(len(at_us), dtype=np.bool_)
    for columns in readings:
        last = np.searchsorted(columns.time_us, at_us, side="right") - 1
        heard |= (last >= 0) & (at_us - columns.time_us[last] <= silent_us) if len(columns) else False
    return heard


def _holds(rule: RunsWords, column: Values) -> Flags:
    with np.errstate(invalid="ignore"):
        return np.asarray(column > rule.above if rule.above is not None else column == rule.equals)


def _settled(runs: Flags, ticks: int) -> Flags:
    """True from the tick on at which it has run for so many ticks before."""
    at = np.arange(len(runs))
    stopped = np.maximum.accumulate(np.where(runs, -1, at)) if len(runs) else at
    return np.asarray(runs & (at - stopped > ticks))
