"""Sums over a window that slides along readings of any spacing: where a mean is greatest, how fast a value changes.

In go columns in order of time, without doubles and without NaN; windows are whole microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Moments, Values, to_us

_AT_ONCE = 1 << 14  # beginnings weighed together: what fits a processor's cache
_EQUAL = 1e-9  # relative: means that differ by less differ by rounding
_ROWS = 4096  # whose sums have one origin: squares of long times would eat the digits


@dataclass(frozen=True, slots=True)
class _Course:
    """What has been summed up before each reading. Between a reading's two edges the sums are straight lines."""

    start_us: Moments
    held_us: Moments
    weight: Values
    known_us: Moments
    total: Values

    @classmethod
    def of(cls, start_us: Moments, held_us: Moments, weight: Values) -> _Course:
        known = np.cumsum(held_us) - held_us
        portion = weight * held_us
        return cls(start_us, held_us, weight, known, np.cumsum(portion) - portion)

    def before(self, moments: Moments) -> tuple[Moments, Values]:
        """Known time and sum before each of some moments in order."""
        low, high = np.searchsorted(self.start_us, moments[[0, -1]], side="right")
        row = np.maximum(np.searchsorted(self.start_us[low:high], moments, side="right") + low - 1, 0)
        part = np.clip(moments - self.start_us[row], 0, self.held_us[row])
        return self.known_us[row] + part, self.total[row] + self.weight[row] * part

    def means(self, begin_us: Moments, window_us: int) -> Values:
        """Of the known time of each window; less than nothing where nothing is known."""
        known_from, sum_from = self.before(begin_us)
        known_to, sum_to = self.before(begin_us + window_us)
        known = known_to - known_from
        found: Values = np.where(known > 0, (sum_to - sum_from) / np.maximum(known, 1), -1.0)
        return found


def heaviest_begin(
    start_us: Moments, held_us: Moments, weight: Values, window_us: int, first_us: int, last_us: int
) -> int:
    """Where the window of the greatest mean weight begins between two moments, the first of equals.

    Each reading i64[n] holds for more than nothing and not beyond the next; `weight` f64[n] is not negative. Exact:
    sum and known time of a window are lines between the beginnings at which one of its edges passes an edge of a
    reading, and a quotient of two lines has no maximum between. Nor has it one where the window's beginning enters a
    lighter reading, or its end a heavier one.
    """
    course = _Course.of(start_us, held_us, weight)
    silent = start_us[1:] > start_us[:-1] + held_us[:-1]
    falls_silent = (start_us + held_us)[np.append(silent, True)]
    heavier = start_us[np.append(True, silent | (weight[1:] > weight[:-1]))]
    lighter = start_us[np.append(True, silent | (weight[1:] < weight[:-1]))]
    best, begin = -np.inf, first_us
    for edges in (
        np.array([first_us, last_us]),
        heavier,
        falls_silent,
        lighter - window_us,
        falls_silent - window_us,
    ):
        low, high = np.searchsorted(edges, [first_us, last_us + 1])
        for at in range(int(low), int(high), _AT_ONCE):
            begins = edges[at : min(at + _AT_ONCE, int(high))]
            means = course.means(begins, window_us)
            row = int(np.argmax(means >= means.max() - _EQUAL * abs(means.max())))
            mean, at_us = float(means[row]), int(begins[row])
            if mean > best * (1 + _EQUAL) or (mean >= best * (1 - _EQUAL) and at_us < begin):
                best, begin = mean, at_us
    return begin


def rates_per_h(time_us: npt.ArrayLike, value: npt.ArrayLike, over_s: float) -> Values:
    """Rate of change by least squares over the `over_s` up to each reading, that moment included, per hour; f64[n].

    NaN where fewer than three readings would tell it, or readings of less than a quarter of that time.
    """
    time, values = np.asarray(time_us, dtype=np.int64), np.asarray(value, dtype=np.float64)
    begin = np.searchsorted(time, time - to_us(over_s))
    found = np.full(len(time), np.nan)
    for at in range(0, len(time), _ROWS):
        rows = np.arange(at, min(at + _ROWS, len(time)))
        found[rows] = _slopes(time, values, begin[rows], rows)
    return np.where(time - time[begin] < over_s * SECOND_US / 4, np.nan, found) if len(time) else found


def _slopes(time_us: Moments, value: Values, begin: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]) -> Values:
    first = int(begin[0])
    hours = (time_us[first : rows[-1] + 1] - time_us[first]) / (3600 * SECOND_US)
    values = value[first : rows[-1] + 1] - value[first]
    low, high = begin - first, rows - first + 1

    def within(course: Values) -> Values:
        total = np.append(0.0, np.cumsum(course))
        found: Values = total[high] - total[low]
        return found

    n = (high - low).astype(np.float64)
    t, v = within(hours), within(values)
    spread = within(hours * hours) - t * t / n
    together = within(hours * values) - t * v / n
    slopes: Values = np.divide(together, spread, out=np.full(len(rows), np.nan), where=(n >= 3) & (spread > 0))
    return slopes
