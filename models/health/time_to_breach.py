"""How long the product of a room has until it passes its limit, while heat is not taken away.

The product follows the air with a lag of the first order, whose time constant is the asset's own: nobody can learn it
from normal operation. The air goes on along its slope of the last hour, without the first quarter of an hour after it
left its band; as doors and defrosts bend it, it is held against the product's own warming, which it follows. Told as
an interval, and never beyond three hours: what is farther away is not known well enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.health.api import Flags, Rows, Values
from models.health.table import Column, Table

FARTHEST_MIN = 180.0
DEFAULT_TAU_MIN = 150.0
"""Where nobody gave the product's time constant; the interval is wide then."""

_SLOTS, _SLOT_MIN = 12, 5.0
_SKIP_MIN = 15.0
_LEAST_SLOTS = 4
_STEPS = np.arange(0.0, 2 * FARTHEST_MIN + 1, 2.0)
_GIVEN, _GUESSED = (0.8, 1.25), (0.4, 2.0)  # how far off a time constant may be
_SIGMAS = 2.0
_PRIOR = 0.5  # how far the air's slope may be from the product's warming, as a share of it
_RELATED = 3.0  # neighbouring readings err alike: the line's error is larger than least squares think

RUNNING = {
    "product": Column((), np.nan),  # the air, followed with the product's lag
    "slot_at": Column((), np.nan),
    "slot_sum": Column((2,)),  # air, readings
    "slot_time": Column((_SLOTS,), np.nan),  # middle of each slot, minutes
    "slot_air": Column((_SLOTS,), np.nan),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """Minutes. `high` is infinite where no upper end is known within three hours."""

    low: float
    likely: float
    high: float


def product_after(minutes: Values, air: Values, slope: Values, product: Values, tau_min: Values) -> Values:
    """°C of the product so long from now: a lag of the first order behind air + slope * t (slope in K/min)."""
    steady = air - slope * tau_min
    return np.asarray(steady + slope * minutes + (product - steady) * np.exp(-minutes / tau_min))


def minutes_to(limit: Values, air: Values, slope: Values, product: Values, tau_min: Values) -> Values:
    """First minute at which the product is over the limit, all (m,); infinite beyond six hours."""
    course = product_after(_STEPS[None, :], air[:, None], slope[:, None], product[:, None], tau_min[:, None])
    over = course > limit[:, None]
    first = np.argmax(over, axis=1)
    before = np.maximum(first - 1, 0)
    each = np.arange(len(limit))
    warmer, colder = course[each, first], course[each, before]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(first > 0, (limit - colder) / (warmer - colder), 0.0)
    reached = _STEPS[before] + part * (_STEPS[first] - _STEPS[before])
    return np.where(over.any(axis=1), reached, np.inf)


def follow_product(table: Table, at: Rows | slice, now: Values, passed: Values, air: Values, fresh: Flags) -> None:
    """One tick: the product's lag behind every usable reading, and the smoothed air of these five minutes."""
    tau, product, reading = _tau(table, at), table["product"][at], table["passed"][at]
    product = np.where(np.isnan(product), reading, product)
    table["product"][at] = np.where(fresh, product - np.expm1(-passed / tau) * (reading - product), product)
    begun = table["slot_at"][at]
    table["slot_at"][at] = begun = np.where(np.isnan(begun), now, begun)
    table["slot_sum"][at] += np.stack([np.where(fresh, air, 0.0), fresh], axis=1)
    ends = now - begun >= _SLOT_MIN
    if ends.any():
        _close(table, np.arange(table.rows)[at][ends], now[ends])


def breach(table: Table, rows: Rows) -> tuple[Values, Values, Values]:
    """Low, likely and high minutes to the breach of these rooms, whose cooling is lost."""
    air, slope, error = _course(table, rows)
    limit, product, tau = table["limit_c"][rows], table["product"][rows], _tau(table, rows)
    known = np.isfinite(table["product_tau_min"][rows])
    likely = minutes_to(limit, air, slope, product, tau)
    ends = [
        minutes_to(limit, air, slope + side * _SIGMAS * error, product, tau * np.where(known, given, guessed))
        for side in (-1.0, 1.0)
        for given, guessed in zip(_GIVEN, _GUESSED, strict=True)
    ]
    low, high = np.minimum.reduce([likely, *ends]), np.maximum.reduce([likely, *ends])
    return low, _near(likely, np.nan), _near(high, np.inf)


def hold_over(table: Table, row: int) -> Interval | None:
    """If cooling stopped now: the product would warm by the air's lead over its time constant (K/min).

    The lead is between the end of the usual band and the highest air of any defrost while healthy.
    """
    limit, product = float(table["limit_c"][row]), float(table["product"][row])
    level, tau = float(table["level"][row]), float(_tau(table, np.array([row]))[0])
    least, most = float(table["band"][row]) - level, float(table["highest"][row]) - level
    if not table["ready"][row] or not np.isfinite(limit) or not most > 0 or product != product:
        return None
    left = max(limit - product, 0.0) * tau
    return Interval(left / most, left / float(np.sqrt(least * most)), left / least)


def _course(table: Table, rows: Rows) -> tuple[Values, Values, Values]:
    """Air now, its slope in K/min and the slope's error: least squares, weighed against the product's own warming."""
    time, air = table["slot_time"][rows], table["slot_air"][rows]
    now, since = table["last"][rows], table["since"][rows]
    counts = (time >= (since + _SKIP_MIN)[:, None]) & np.isfinite(air)
    n = counts.sum(axis=1)
    enough = n >= _LEAST_SLOTS
    many = np.maximum(n, 1)
    t = np.where(counts, time - now[:, None], 0.0)
    y = np.where(counts, air, 0.0)
    middle_t, middle_y = t.sum(axis=1) / many, y.sum(axis=1) / many
    dt, dy = np.where(counts, t - middle_t[:, None], 0.0), np.where(counts, y - middle_y[:, None], 0.0)
    square = np.maximum((dt**2).sum(axis=1), 1e-9)
    slope = np.where(enough, (dt * dy).sum(axis=1) / square, 0.0)
    off = np.where(counts, dy - slope[:, None] * dt, 0.0)
    error = np.sqrt((off**2).sum(axis=1) / np.maximum(n - 2, 1) / square)
    near = np.where(n > 0, middle_y, table["air"][rows])
    own = np.maximum((near - table["product"][rows]) / _tau(table, rows), 0.0)
    trust = np.where(enough, 1 / np.maximum(_RELATED * error, 1e-4) ** 2, 0.0)
    prior = 1 / np.maximum(_PRIOR * own, 1e-3) ** 2
    slope = np.maximum((trust * slope + prior * own) / (trust + prior), 0.0)
    return near - slope * np.where(n > 0, middle_t, 0.0), slope, 1 / np.sqrt(trust + prior)


def _close(table: Table, rows: Rows, now: Values) -> None:
    total, count = table["slot_sum"][rows].T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, total / count, np.nan)
    for name, value in (("slot_time", (now + table["slot_at"][rows]) / 2), ("slot_air", mean)):
        table[name][rows, 1:] = table[name][rows, :-1]
        table[name][rows, 0] = value
    table["slot_sum"][rows], table["slot_at"][rows] = 0.0, now


def _tau(table: Table, at: Rows | slice) -> Values:
    tau = table["product_tau_min"][at]
    return np.where(np.isfinite(tau), tau, DEFAULT_TAU_MIN)


def _near(minutes: Values, beyond: float) -> Values:
    return np.where(minutes <= FARTHEST_MIN, minutes, beyond)
