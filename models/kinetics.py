"""What a course of temperature means for a product: mean kinetic temperature, buffered probe, time to breach.

All of it is deterministic arithmetic on columns; temperatures are °C, times µs since 1970 UTC, durations seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Columns, Moments, Values, columns, hold_us, is_in_order, to_us
from models.interval import Interval
from models.limits import Side
from models.sliding import heaviest_begin

ZERO_CELSIUS_K = 273.15
ACTIVATION_K = 10_000.0
"""ΔH/R with ΔH = 83.144 kJ/mol and R = 8.3144 J/(mol·K), as USP <1079.2> takes them."""


@dataclass(frozen=True, slots=True)
class MeanKinetic:
    """A window's mean kinetic temperature, and what it rests on."""

    kinetic_c: float  # NaN where nothing was known
    mean_c: float
    known_s: float
    unknown_s: float  # not in the mean: a gap is reported, not guessed


def mean_kinetic_c(temperature_c: npt.ArrayLike, weight: npt.ArrayLike, *, activation_k: float = ACTIVATION_K) -> float:
    """Mean kinetic temperature of f64[n] held for weights f64[n] (USP <1079.2>; ΔH/R in K). NaN for no weight.

    Computed as log-sum-exp relative to the warmest, so that no cold store underflows.
    """
    kelvin = np.asarray(temperature_c, dtype=np.float64) + ZERO_CELSIUS_K
    weights = np.asarray(weight, dtype=np.float64)
    kelvin, weights = kelvin[weights > 0], weights[weights > 0]
    if not len(kelvin):
        return float("nan")
    exponent = -activation_k / kelvin
    top = exponent.max()
    log_mean = top + log(np.exp(exponent - top) @ weights / weights.sum())
    return float(np.clip(-activation_k / log_mean, kelvin.min(), kelvin.max())) - ZERO_CELSIUS_K


def mean_kinetic(
    time_us: npt.ArrayLike,
    value: npt.ArrayLike,
    quality: npt.ArrayLike,
    *,
    stale_s: float,
    from_us: int,
    until_us: int,
    activation_k: float = ACTIVATION_K,
) -> MeanKinetic:
    """Of a window: each reading weighs as long as it holds in it, `stale_s` at most. Columns in any order."""
    _, held, temperature = _held(columns(time_us, value, quality, until_us=until_us), stale_s, from_us, until_us)
    return _mean(temperature, held, from_us, until_us, activation_k)


def _held(readings: Columns, stale_s: float, from_us: int, until_us: int) -> tuple[Moments, Moments, Values]:
    """Between two moments: when readings begin to hold, for how long (µs, more than nothing), and their values."""
    if not is_in_order(readings.time_us):
        # of one moment all but the last hold for no time: the warmest counts, a bad one (NaN sorts last) before it
        readings = readings.take(np.lexsort((readings.value, readings.time_us)))
    start = np.maximum(readings.time_us, from_us)
    held = readings.time_us + hold_us(readings, stale_s, until_us) - start
    rows = held > 0
    return start[rows], held[rows], readings.value[rows]


def _mean(temperature_c: Values, held_us: Moments, from_us: int, until_us: int, activation_k: float) -> MeanKinetic:
    known_us = int(held_us.sum())
    mean = float(np.average(temperature_c, weights=held_us)) if known_us else float("nan")
    kinetic = mean_kinetic_c(temperature_c, held_us, activation_k=activation_k)
    return MeanKinetic(kinetic, mean, known_us / SECOND_US, (until_us - from_us - known_us) / SECOND_US)


@dataclass(frozen=True, slots=True)
class WarmestWindow:
    """The window of the highest mean kinetic temperature."""

    from_us: int
    until_us: int
    mean: MeanKinetic


def worst_window(
    time_us: npt.ArrayLike,
    value: npt.ArrayLike,
    quality: npt.ArrayLike,
    *,
    window_s: float,
    stale_s: float,
    from_us: int,
    until_us: int,
    touching: Interval | None = None,
    activation_k: float = ACTIVATION_K,
) -> WarmestWindow | None:
    """The warmest window of a length between two moments, the first of equals; None where nothing is known.

    Columns in any order. Windows don't reach beyond the two moments; where these are no farther apart than a window,
    it is all of the time between. With `touching`, only windows that share a moment with it or end where it begins.
    """
    start, held, temperature = _held(columns(time_us, value, quality, until_us=until_us), stale_s, from_us, until_us)
    if not len(held):
        return None
    window_us = to_us(window_s)
    first, last = from_us, max(from_us, until_us - window_us)
    if touching is not None:
        first, last = (min(max(edge, first), last) for edge in (touching.start_us - window_us, touching.end_us))
    exponent = -activation_k / (temperature + ZERO_CELSIUS_K)
    begin = heaviest_begin(start, held, np.exp(exponent - exponent.max()), window_us, first, last)
    end = min(begin + window_us, until_us)
    rows = slice(*np.searchsorted(start, [begin - to_us(stale_s), end]))
    inside = np.minimum(start[rows] + held[rows], end) - np.maximum(start[rows], begin)
    known = inside > 0
    mean = _mean(temperature[rows][known], inside[known], begin, end, activation_k)
    return WarmestWindow(begin, end, mean) if mean.known_s else None


def buffered_probe_c(
    time_us: npt.ArrayLike, air_c: npt.ArrayLike, tau_s: float, start_c: float | None = None
) -> Values:
    """What a probe in a buffer of time constant `tau_s` would show (first order, PT1); beside air, never instead.

    Columns in order, f64[n] -> f64[n]; uses the true time between readings. NaN in, NaN out, and the next reading
    bridges the time between. `start_c` is the buffer's temperature at the first reading (None: that reading).
    """
    time = np.asarray(time_us, dtype=np.int64)
    air = np.asarray(air_c, dtype=np.float64)
    shown = np.full(len(air), np.nan)
    rows = np.flatnonzero(~np.isnan(air))
    if not len(rows):
        return shown
    buffer_c = float(air[rows[0]]) if start_c is None else start_c
    share = -np.expm1(-np.diff(time[rows], prepend=time[rows[0]]) / (tau_s * SECOND_US))
    course = []
    for part, outside in zip(share.tolist(), air[rows].tolist(), strict=True):
        buffer_c += part * (outside - buffer_c)
        course.append(buffer_c)
    shown[rows] = course
    return shown


def time_to_breach_s(
    temperature_c: float, *, ambient_c: float, limit_c: float, tau_s: float, side: Side = Side.HIGH
) -> float:
    """Seconds until a room left to itself passes the limit: tau ln((Ta - T) / (Ta - L)); inf: it never will."""
    sign = 1.0 if side is Side.HIGH else -1.0
    if sign * (temperature_c - limit_c) > 0:
        return 0.0
    if sign * (ambient_c - limit_c) <= 0:
        return inf
    return tau_s * log((ambient_c - temperature_c) / (ambient_c - limit_c))


def straight_time_to_breach_s(
    temperature_c: float, *, slope_c_per_s: float, limit_c: float, side: Side = Side.HIGH
) -> float:
    """The same by a straight line, where neither ambient nor time constant is known."""
    sign = 1.0 if side is Side.HIGH else -1.0
    ahead = sign * (limit_c - temperature_c)
    if ahead < 0:
        return 0.0
    return ahead / (sign * slope_c_per_s) if sign * slope_c_per_s > 0 else inf


def slope_per_s(time_us: Moments, value: Values) -> float:
    """Least-squares slope, per second; NaN for fewer than two different moments."""
    seconds = (time_us - time_us[0]) / SECOND_US if len(time_us) else np.empty(0)
    spread = seconds - seconds.mean() if len(seconds) else seconds
    square = float(spread @ spread)
    return float(spread @ (value - value[0])) / square if square > 0 else float("nan")


def rate_of_change_per_h(time_us: npt.ArrayLike, value: npt.ArrayLike) -> float:
    """Least-squares rate of change, per hour, of columns without NaN."""
    return 3600 * slope_per_s(np.asarray(time_us, dtype=np.int64), np.asarray(value, dtype=np.float64))


def fit_tau_s(time_us: npt.ArrayLike, temperature_c: npt.ArrayLike, ambient_c: float) -> float:
    """Time constant of a room from a power-fail test: least squares of ln(ambient - T). NaN if it didn't warm."""
    time, distance = np.asarray(time_us, dtype=np.int64), np.abs(ambient_c - np.asarray(temperature_c, np.float64))
    apart = distance > 0
    slope = slope_per_s(time[apart], np.log(distance[apart]))
    return -1 / slope if slope < 0 else float("nan")
