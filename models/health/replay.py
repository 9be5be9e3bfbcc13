"""A history put through a detector tick by tick, so that a batch can't tell what a stream would not have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.health.api import Flags, Result, Rows, Values
from telemetry.errors import Invalid

Step = Callable[[Rows, Values, Values], Result]


class HistoryOfAnotherShape(Invalid):
    """A history is (time, signals) of one machine or (time, machines, signals) of many."""


def machines_of(x: Values, signals: int) -> Values:
    """The history as (T, N, K). Raises HistoryOfAnotherShape."""
    values = np.asarray(x, dtype=np.float64)
    if values.ndim not in {2, 3} or values.shape[-1] != signals:
        raise HistoryOfAnotherShape(shape=values.shape, signals=signals)
    return values if values.ndim == 3 else values[:, None, :]


def mask_of(mask: Flags | None, x: Values) -> Flags:
    """Which rows of a (T, N, K) history may be learned from, (T, N)."""
    if mask is None:
        return np.ones(x.shape[:2], dtype=np.bool_)
    flags = np.asarray(mask, dtype=np.bool_)
    return np.broadcast_to(flags if flags.ndim == 2 else flags[:, None], x.shape[:2])


def replay(step: Step, x: Values, time_s: Values | None, signals: int, machines: int) -> Result:
    """Every tick through `step`; the time axis comes first, and the machines' axis is left out if `x` had none.

    `time_s` is (T,) or (T, N); without it a tick is a second.
    """
    history = machines_of(x, signals)
    if history.shape[1] != machines:
        raise HistoryOfAnotherShape(shape=np.shape(x), machines=machines)
    ticks = np.arange(len(history), dtype=np.float64) if time_s is None else np.asarray(time_s, dtype=np.float64)
    times = np.broadcast_to(ticks if ticks.ndim == 2 else ticks[:, None], history.shape[:2])
    rows = np.arange(machines, dtype=np.intp)
    stat, alarm = np.empty(history.shape[:2]), np.zeros(history.shape[:2], dtype=np.uint32)
    sigma = np.empty(history.shape)
    for tick, values in enumerate(history):
        result = step(rows, times[tick], values)
        stat[tick], alarm[tick], sigma[tick] = result.stat, result.alarm, result.sigma
    whole = Result(stat, alarm, sigma)
    return whole if np.ndim(x) == 3 else Result(stat[:, 0], alarm[:, 0], sigma[:, 0])


def exponential_means(values: Values, weight: float, begin: float) -> Values:
    """Exponentially weighted means of a series, from `begin` on."""
    means, mean = np.empty(len(values)), begin
    for at, value in enumerate(values.tolist()):
        mean += weight * (value - mean)
        means[at] = mean
    return means
