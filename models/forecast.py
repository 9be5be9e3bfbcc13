"""When will a room be out? Its own time constant, and how fast it warms or cools just now, give the time to breach.

A room that is left to itself runs towards a rest temperature as 1 - exp(-t/tau). tau comes from a test of the room
itself (power fail, mapping), the rest temperature from what surrounds it or from the present slope:
rest = T + tau * dT/dt. Deterministic, and nothing is learned while it runs; it advises, and no limit waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Moments, Values
from models.kinetics import slope_per_s, straight_time_to_breach_s, time_to_breach_s
from models.limits import Side
from telemetry.errors import Invalid

LEAST_OF_TEST, LEAST_OF_COURSE = 4, 5
"""Fewer readings than these are no power-fail test, and no course."""
COURSE_WINDOWS_S = (180.0, 300.0, 600.0)
_TAU_S = np.geomspace(60.0, 30 * 86_400.0, 241)
"""Time constants that are tried first: a minute to a month, 5 % apart."""


class TooLittleCourse(Invalid):
    """Too few readings, or no course to fit: choose a time in which the room was left to itself and changed."""


class Method(StrEnum):
    THERMAL = "thermal"  # the room's time constant, and where it runs to
    STRAIGHT = "straight"  # no time constant is known: a straight line, which is sooner
    STEADY = "steady"  # it does not run towards a limit


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalFit:
    """A room's time constant, and how well its own course bears it out."""

    tau_s: float
    rest_c: float  # where it ran to
    r2: float  # share of the course's variance that the fit explains
    rmse_c: float
    readings: int
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a point moves just now."""

    value_c: float  # of the fitted line at its end: one noisy reading moves it little
    slope_c_per_s: float
    error_c_per_s: float  # standard error of the slope
    at_us: int

    def is_moving(self, side: Side, sigmas: float = 3.0) -> bool:
        """Whether it moves towards that side for certain."""
        sign = 1.0 if side is Side.HIGH else -1.0
        return sign * self.slope_c_per_s > sigmas * self.error_c_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a point passes a limit, if all goes on as it does."""

    method: Method
    side: Side | None  # None: it is steady
    limit_c: float | None
    eta_s: float  # inf: never
    rest_c: float | None = None  # where it runs to; None by a straight line


def fit_course(time_us: npt.ArrayLike, temperature_c: npt.ArrayLike, rest_c: float | None = None) -> ThermalFit:
    """Time constant of a room from a time in which it was left to itself. Columns in order, without NaN.

    With `rest_c` (the temperature around it) it is least squares of ln(rest - T), as a power-fail test is judged;
    without it tau and rest are found together by least squares of T. Raises TooLittleCourse.
    """
    time, value = np.asarray(time_us, dtype=np.int64), np.asarray(temperature_c, dtype=np.float64)
    if len(time) < LEAST_OF_TEST or time[-1] <= time[0] or np.ptp(value) == 0:
        raise TooLittleCourse(readings=len(time))
    seconds = (time - time[0]) / SECOND_US
    tau_s = _tau_to(time, value, rest_c) if rest_c is not None else _tau_free(seconds, value)
    share = -np.expm1(-seconds / tau_s)
    if rest_c is None:
        begin, span = _line(share, value)
        rest = begin + span
    else:
        rest = rest_c
        left = np.exp(-seconds / tau_s)
        begin = rest + float(left @ (value - rest) / (left @ left))
    off = value - (begin + (rest - begin) * share)
    square = float(off @ off)
    spread = value - value.mean()
    return ThermalFit(
        tau_s=tau_s,
        rest_c=rest,
        r2=1 - square / float(spread @ spread),
        rmse_c=(square / len(off)) ** 0.5,
        readings=len(off),
        from_us=int(time[0]),
        to_us=int(time[-1]),
    )


def _tau_to(time: Moments, value: Values, rest_c: float) -> float:
    apart = rest_c - value
    if not ((apart > 0).all() or (apart < 0).all()):
        raise TooLittleCourse(rest_c=rest_c, reason="it reached the temperature around it")
    slope = slope_per_s(time, np.log(np.abs(apart)))
    if not slope < 0:
        raise TooLittleCourse(rest_c=rest_c, reason="it did not run towards the temperature around it")
    return -1 / slope


def _tau_free(seconds: Values, value: Values) -> float:
    """The time constant with the least squares of all: a coarse search, then a finer one around the best."""
    grid = _TAU_S
    best = 0.0
    for _ in range(4):
        squares = [_square_of(tau, seconds, value) for tau in grid.tolist()]
        at = int(np.argmin(squares))
        best = float(grid[at])
        grid = np.geomspace(grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)], 41)
    return best


def _square_of(tau_s: float, seconds: Values, value: Values) -> float:
    share = -np.expm1(-seconds / tau_s)
    begin, span = _line(share, value)
    off = value - begin - span * share
    return float(off @ off)


def _line(x: Values, y: Values) -> tuple[float, float]:
    """Least squares of y = a + b x."""
    dx = x - x.mean()
    b = float(dx @ y / (dx @ dx))
    return float(y.mean() - b * x.mean()), b


def course(time_us: npt.ArrayLike, temperature_c: npt.ArrayLike) -> Course | None:
    """Least-squares line through the last readings: columns in order, NaN skipped. None for too few of them."""
    time, value = np.asarray(time_us, dtype=np.int64), np.asarray(temperature_c, dtype=np.float64)
    known = ~np.isnan(value)
    time, value = time[known], value[known]
    if len(time) < LEAST_OF_COURSE or time[-1] <= time[0]:
        return None
    seconds = (time - time[-1]) / SECOND_US
    at_end, slope = _line(seconds, value)
    off = value - at_end - slope * seconds
    spread = seconds - seconds.mean()
    error = (float(off @ off) / (len(off) - 2) / float(spread @ spread)) ** 0.5
    return Course(value_c=at_end, slope_c_per_s=slope, error_c_per_s=error, at_us=int(time[-1]))


def newest_course(time_us: npt.ArrayLike, temperature_c: npt.ArrayLike, *, speed: float = 1.0) -> Course | None:
    """The course over the shortest of 3, 5 and 10 minutes in which it moves for certain; else over the longest.

    A cooling that fails bends the course: a long line would tell of the time before. `speed`: of a machine that is
    faster than its clock.
    """
    time, value = np.asarray(time_us, dtype=np.int64), np.asarray(temperature_c, dtype=np.float64)
    found = None
    for window_s in COURSE_WINDOWS_S:
        rows = time >= (time[-1] if len(time) else 0) - int(window_s / speed * SECOND_US)
        found = course(time[rows], value[rows])
        if found is not None and (found.is_moving(Side.HIGH) or found.is_moving(Side.LOW)):
            break
    return found


def forecast(
    now: Course, *, low: float | None, high: float | None, tau_s: float | None, around_c: float | None = None
) -> Forecast:
    """When a point that moves as `now` passes a limit. `around_c`: what it runs to where nothing cools it (no mains).

    Without a time constant a straight line is taken, which is never later. At a limit or beyond, the time is 0.
    """
    ahead = [_towards(now, side, limit, tau_s, around_c) for side, limit in ((Side.HIGH, high), (Side.LOW, low))]
    soonest = min((f for f in ahead if f is not None), key=lambda f: f.eta_s, default=None)
    return soonest or Forecast(method=Method.STEADY, side=None, limit_c=None, eta_s=inf)


def _towards(
    now: Course, side: Side, limit: float | None, tau_s: float | None, around_c: float | None
) -> Forecast | None:
    if limit is None:
        return None
    if tau_s is None:
        eta_s = straight_time_to_breach_s(now.value_c, slope_c_per_s=now.slope_c_per_s, limit_c=limit, side=side)
        method, rest = Method.STRAIGHT, None
    else:
        rest = now.value_c + tau_s * now.slope_c_per_s if around_c is None else around_c
        eta_s = time_to_breach_s(now.value_c, ambient_c=rest, limit_c=limit, tau_s=tau_s, side=side)
        method = Method.THERMAL
    if not isfinite(eta_s):
        return None
    return Forecast(method=method, side=side, limit_c=limit, eta_s=eta_s, rest_c=rest)


def holdover_s(temperature_c: float, fit: ThermalFit, *, low: float | None, high: float | None) -> float:
    """How long a room would stay within its limits if it were left to itself now; inf: as long as you like."""
    times = [
        time_to_breach_s(temperature_c, ambient_c=fit.rest_c, limit_c=limit, tau_s=fit.tau_s, side=side)
        for side, limit in ((Side.HIGH, high), (Side.LOW, low))
        if limit is not None
    ]
    return min(times, default=inf)
