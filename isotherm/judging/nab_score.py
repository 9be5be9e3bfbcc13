"""The score of the Numenta Anomaly Benchmark, from its paper (Lavin and Ahmad 2015, 3).

The earliest alert in a window earns by how early it is, further ones nothing; alerts outside cost the more the farther
they are behind the last window; a missed window costs. 100 is every window at its very begin and nothing else, 0 is
silence. Scores of a few windows say little: random alerts reach 75 on a single file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isotherm.judging.protocol import Numbers


@dataclass(frozen=True, slots=True)
class Profile:
    """What a false alert and a missed window cost."""

    false_positive: float
    false_negative: float


PROFILES = {
    "nab_standard": Profile(0.11, 1.0),
    "nab_low_fp": Profile(0.22, 1.0),
    "nab_low_fn": Profile(0.11, 2.0),
}
_BEST = 2 / (1 + np.exp(-5.0)) - 1  # an alert at the very begin of a window


@dataclass(frozen=True, slots=True)
class File:
    """Rows from `start` on are scored; windows are first and last rows; alerts are rows."""

    rows: int
    start: int
    windows: Sequence[tuple[int, int]]
    alerts: Sequence[int]


def score(files: Sequence[File], profile: Profile) -> float:
    """Over the whole corpus; NaN without a window."""
    windows = sum(len(_counted(file)) for file in files)
    if not windows:
        return float("nan")
    raw = sum(_raw(file, profile) for file in files)
    return float(100 * (raw + windows * profile.false_negative) / (windows * (1 + profile.false_negative)))


def sigmoid(y: float) -> float:
    """1 long before the end of a window, 0 at it, -1 long after it."""
    return float(-1.0 if y > 3 else 2 / (1 + np.exp(5 * y)) - 1)


def rows_of(windows: Sequence[tuple[float, float]], time_s: Numbers) -> list[tuple[int, int]]:
    """First and last row in each window of time; none for a window without rows."""
    order = np.maximum.accumulate(time_s)
    pairs = [(int(np.searchsorted(order, a)), int(np.searchsorted(order, b, side="right")) - 1) for a, b in windows]
    return [(first, last) for first, last in pairs if last >= first]


def _counted(file: File) -> list[tuple[int, int]]:
    return [window for window in file.windows if window[1] >= file.start]


def _raw(file: File, profile: Profile) -> float:
    total, windows = 0.0, _counted(file)
    alerts = [alert for alert in file.alerts if alert >= file.start]
    for first, last in windows:
        earliest = next((alert for alert in alerts if first <= alert <= last), None)
        if earliest is None:
            total -= profile.false_negative
        else:
            total += sigmoid(-(last - earliest + 1) / (last - first + 1)) / _BEST
    outside = [alert for alert in alerts if not any(first <= alert <= last for first, last in windows)]
    return total + profile.false_positive * sum(_false(alert, windows) for alert in outside)


def _false(alert: int, windows: Sequence[tuple[int, int]]) -> float:
    before = [(first, last) for first, last in windows if last < alert]
    if not before:
        return -1.0
    first, last = before[-1]
    return sigmoid((alert - last) / max(last - first, 1))
