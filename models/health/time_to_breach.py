"""How long the product of a room has until it passes its limit, while heat is not taken away.

The product follows the air with a lag of the first order, whose time constant is the asset's own: nobody can learn it
from normal operation. So what warms it is the air's lead over it, and that is taken over the last hour, without the
first quarter of an hour after the air left its band. Doors and defrosts lift it for minutes: no reading counts for more
than twice the usual lead, and how the lead grows or shrinks is the median of its slopes between all pairs of times
(P. K. Sen, J. Am. Stat. Assoc. 63, 1968), of which a half is believed. Told as an interval, and never beyond three
hours: what is farther away is not known well enough.
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
_MOST_LEADS = 2.0  # a lead counts for at most so many usual ones
_BELIEVED = 0.5  # of the lead's trend: it comes to rest as the product gets warmer
_UNSURE = 0.25  # how far the air's slope may be from what is thought, at least, as a share of it
_RELATED = 3.0  # neighbouring readings err alike: their mean's error is larger than if they were independent
_LEAST_LEAD_K = 0.02
_LIKELY_LONGER, _AT_MOST_LONGER = 1.6, 1.8  # than with a full lead from the first minute on, a room holds
_ONE, _OTHER = np.triu_indices(_SLOTS, 1)

RUNNING = {
    "product": Column((), np.nan),  # the air, followed with the product's lag
    "slot_at": Column((), np.nan),
    "slot_sum": Column((2,)),  # air's lead over the product, readings
    "slot_time": Column((_SLOTS,), np.nan),  # middle of each slot, minutes
    "slot_lead": Column((_SLOTS,), np.nan),
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
    """One tick: the product's lag behind every usable reading, and the smoothed air's lead in these five minutes."""
    tau, product, reading = _tau(table, at), table["product"][at], table["passed"][at]
    product = np.where(np.isnan(product), reading, product)
    table["product"][at] = product = np.where(fresh, product - np.expm1(-passed / tau) * (reading - product), product)
    begun = table["slot_at"][at]
    table["slot_at"][at] = begun = np.where(np.isnan(begun), now, begun)
    table["slot_sum"][at] += np.stack([np.where(fresh, air - product, 0.0), fresh], axis=1)
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

    The lead is between the end of the usual band and the highest air of any defrost while healthy. It is not there at
    once, and shrinks as the product follows: simulated rooms held half to three quarters longer than a full lead says.
    """
    limit, product = float(table["limit_c"][row]), float(table["product"][row])
    level, tau = float(table["level"][row]), float(_tau(table, np.array([row]))[0])
    least, most = float(table["band"][row]) - level, float(table["highest"][row]) - level
    if not table["ready"][row] or not np.isfinite(limit) or not most > 0 or product != product:
        return None
    left = max(limit - product, 0.0) * tau
    return Interval(left / most, _LIKELY_LONGER * left / float(np.sqrt(least * most)), _AT_MOST_LONGER * left / least)


def _course(table: Table, rows: Rows) -> tuple[Values, Values, Values]:
    """Air now, its slope in K/min and the slope's error."""
    time, lead, product = table["slot_time"][rows], table["slot_lead"][rows], table["product"][rows]
    now, tau = table["last"][rows], _tau(table, rows)
    counts = (time >= (table["since"][rows] + _SKIP_MIN)[:, None]) & np.isfinite(lead)
    enough = counts.sum(axis=1) >= _LEAST_SLOTS
    usual, mean, error = _lead(np.where(counts, lead, np.nan), table["air"][rows] - product)
    ago = np.where(counts, time - now[:, None], np.nan)
    trend = np.where(enough, _BELIEVED * _sen(ago, np.where(counts, lead, np.nan)), 0.0)
    ahead = np.where(enough, -_middle(ago), 0.0)  # from the leads' middle until now
    mean = np.maximum(mean + trend * ahead, _LEAST_LEAD_K)
    slope = np.maximum(mean / tau + trend, 0.0)
    unsure = np.maximum(_RELATED * error, _UNSURE * np.maximum(usual, _LEAST_LEAD_K)) / tau + np.abs(trend) / _SIGMAS
    return product + mean, slope, unsure


def _lead(lead: Values, present: Values) -> tuple[Values, Values, Values]:
    """Usual lead, mean lead and the mean's error in K, of (m, slots); the present one where there is none yet."""
    many = np.isfinite(lead).sum(axis=1)
    filled = np.where((many > 0)[:, None], lead, present[:, None])
    usual = np.asarray(np.nanmedian(filled, axis=1))
    mean = np.nanmean(np.minimum(filled, _MOST_LEADS * np.maximum(usual, _LEAST_LEAD_K)[:, None]), axis=1)
    off = np.nanmedian(np.abs(filled - usual[:, None]), axis=1)
    return usual, mean, np.asarray(off / np.sqrt(np.maximum(many, 1)))


def _sen(time: Values, lead: Values) -> Values:
    """Median slope over all pairs of times, K/min; 0 where there is no pair."""
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = (lead[:, _ONE] - lead[:, _OTHER]) / (time[:, _ONE] - time[:, _OTHER])
    slopes[~np.isfinite(slopes).any(axis=1)] = 0.0
    return np.asarray(np.nanmedian(slopes, axis=1))


def _middle(time: Values) -> Values:
    """Mean of the known times; 0 where there is none."""
    known = np.isfinite(time)
    total = np.where(known, time, 0.0).sum(axis=1)
    return np.asarray(total / np.maximum(known.sum(axis=1), 1))


def _close(table: Table, rows: Rows, now: Values) -> None:
    total, count = table["slot_sum"][rows].T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, total / count, np.nan)
    for name, value in (("slot_time", (now + table["slot_at"][rows]) / 2), ("slot_lead", mean)):
        table[name][rows, 1:] = table[name][rows, :-1]
        table[name][rows, 0] = value
    table["slot_sum"][rows], table["slot_at"][rows] = 0.0, now


def _tau(table: Table, at: Rows | slice) -> Values:
    tau = table["product_tau_min"][at]
    return np.where(np.isfinite(tau), tau, DEFAULT_TAU_MIN)


def _near(minutes: Values, beyond: float) -> Values:
    return np.where(minutes <= FARTHEST_MIN, minutes, beyond)
