"""What a regression of remaining life sees of a machine: only the past, so that an estimate made then is the same now.

In go the readings of one machine, one row a cycle (or a day, or a batch: whatever wears it), in standard deviations of
all machines; out come for each signal its value, mean, deviation and slope of a window, three averages that forget at
different speeds, and how far it has moved since the machine was new; last the age in cycles.
"""

from __future__ import annotations

import numpy as np

from models.health.api import Rows, Values

WINDOW = 30
"""Cycles of a mean, a deviation and a slope."""

FORGET = (0.3, 0.1, 0.03)
"""Shares of the newest value in the averages."""

NEW = 10
"""The first cycles: how the machine is when it is new."""

OF_ONE_SIGNAL = 5 + len(FORGET)


def life_features(z: Values) -> Values:
    """f64[n, K] to f64[n, 8 K + 1]; the last column is the age. What is unknown stays as it was, at first 0 (usual)."""
    z = filled(z)
    mean, deviation, slope = _window(z)
    averages = [average(z, share) for share in FORGET]
    moved = averages[1] - since_new(z)
    age = np.arange(1.0, len(z) + 1)[:, np.newaxis]
    return np.hstack([z, mean, deviation, slope, *averages, moved, age])


def filled(z: Values) -> Values:
    """Each gap with the value before it; before the first value 0."""
    known = np.isfinite(z)
    last = np.maximum.accumulate(np.where(known, np.arange(len(z))[:, np.newaxis], -1), axis=0)
    held: Values = np.where(last >= 0, np.take_along_axis(z, np.maximum(last, 0), axis=0), 0.0)
    return held


def average(z: Values, share: float) -> Values:
    """An average that forgets exponentially, from the first row on."""
    told = np.empty_like(z)
    level = z[0] if len(z) else z
    for row, value in enumerate(z):
        level = level + share * (value - level)
        told[row] = level
    return told


def since_new(z: Values) -> Values:
    """The mean of the first cycles, as far as they have come: f64[n, K]."""
    n = np.minimum(np.arange(1, len(z) + 1), NEW)
    sums: Values = np.cumsum(z[:NEW], axis=0)[n - 1] if len(z) else z
    return sums / n[:, np.newaxis]


def _window(z: Values) -> tuple[Values, Values, Values]:
    """Mean, standard deviation and slope a cycle of the last rows of each row, fewer at first."""
    end = np.arange(1, len(z) + 1)
    begin = np.maximum(0, end - WINDOW)
    n = (end - begin)[:, np.newaxis].astype(np.float64)
    at = np.arange(len(z), dtype=np.float64)[:, np.newaxis]
    total, squares, moments = (_summed(each, begin, end) for each in (z, z * z, z * at))
    mean = total / n
    deviation = np.sqrt(np.maximum(squares / n - mean**2, 0.0))
    middle = (begin + end - 1)[:, np.newaxis] / 2.0
    spread = n * (n * n - 1) / 12.0  # of 0 .. n-1 around their mean, squared and added up
    slope = np.where(n > 1, (moments - middle * total) / np.maximum(spread, 1.0e-9), 0.0)
    return mean, deviation, slope


def _summed(z: Values, begin: Rows, end: Rows) -> Values:
    sums = np.concatenate([np.zeros((1, z.shape[1])), np.cumsum(z, axis=0)])
    of_window: Values = sums[end] - sums[begin]
    return of_window
