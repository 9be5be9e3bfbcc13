"""Readings of one point against one level of limits: in go columns, out come the episodes in which it was out.

An episode opens at the first reading out (strictly, after rounding: see `rounding`), stays latched while readings
are between limit and deadband, and ends at the first reading inside the deadband or out on the other side. A reading
holds until the next, `stale_s` at most; beyond that, and after a bad reading, the time is unknown and stays in the
episode. The result is a function of the set of readings and of `until_us`: not of their order, of doubles, or of
how often it was asked. Whoever begins at a reading with no episode open gets the later episodes as they would be
from the beginning.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Columns, Moments, columns, hold_us, is_in_order, to_us, uncertain
from models.interval import Interval, merged
from models.rounding import Bounds, bounds
from telemetry.errors import Invalid


class UnsoundLimit(Invalid):
    """These limits can't be evaluated."""


class Side(StrEnum):
    """On which side of the limits a point is out."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One level of a rule. Values in the point's own unit; raises UnsoundLimit where it makes no sense."""

    low: float | None
    high: float | None
    delay_s: float  # an episode as long as this raises its alarm
    deadband: float  # how far inside the limit a value must come to end an episode
    stale_s: float  # how long a reading holds
    resolution: Decimal  # values are rounded to it before they are compared
    low_delay_s: float | None = None  # the delay on the low side, where it is another
    extension_s: float = 0.0  # windows (defrost, an open door) lengthen the delay by their own time, so much at most

    def __post_init__(self) -> None:
        delays = (self.delay_of(Side.HIGH), self.delay_of(Side.LOW))
        given = (self.low, self.high, *delays, self.deadband, self.stale_s, self.extension_s)
        numbers = [n for n in given if n is not None]
        if not all(map(isfinite, numbers)) or not self.resolution.is_finite() or self.resolution <= 0:
            raise UnsoundLimit(limit=self)
        if min(delays) < 0 or self.deadband < 0 or self.stale_s <= 0 or self.extension_s < 0:
            raise UnsoundLimit(limit=self)
        if self.low is not None and self.high is not None and self.high - self.low < self.deadband:
            raise UnsoundLimit(limit=self)

    def delay_of(self, side: Side) -> float:
        """How long an episode of a side lasts before it raises its alarm."""
        return self.delay_s if side is Side.HIGH or self.low_delay_s is None else self.low_delay_s

    @property
    def delays_s(self) -> tuple[float, ...]:
        """Delays of the sides that have a limit."""
        sides = ((Side.LOW, self.low), (Side.HIGH, self.high))
        return tuple(self.delay_of(side) for side, limit in sides if limit is not None) or (self.delay_s,)

    @property
    def bounds(self) -> Bounds:
        """The floats at which a reading changes sides."""
        return bounds(self.low, self.high, self.deadband, self.resolution)


class Episode(NamedTuple):
    """A time in which a point was out on one side, half open: from the first reading out to the one that ended it."""

    side: Side
    start_us: int
    end_us: int | None  # None: still out when it was judged
    known_s: float  # held by readings that were out; those inside the deadband are not counted
    unknown_s: float  # held by no reading
    raised_us: int | None  # when the delay had passed; None: a record without an alarm
    peak: float  # the value farthest out, as it was read
    peak_us: int  # when it was read first
    readings: int  # moments with a value from start to end
    uncertain: int = 0  # how many of these were of uncertain quality: they count, and it is said

    @property
    def worst_case_s(self) -> float:
        """Seconds out if all that is unknown was out as well."""
        return self.known_s + self.unknown_s


def evaluate(
    time_us: npt.ArrayLike,
    value: npt.ArrayLike,
    quality: npt.ArrayLike,
    limit: Limit,
    *,
    until_us: int,
    windows: Iterable[Interval] = (),
) -> tuple[Episode, ...]:
    """Episodes in order of time, as known at `until_us` (µs); later readings are not looked at.

    `time_us` i64[n] µs since 1970 UTC, `value` f64[n], `quality` u8[n]; any order, doubles allowed. Where readings of
    one moment differ, one counts: the one farthest out; else a bad one; else the one nearest to a limit (of two
    equally near, the higher; of two equal values, the worse quality).

    The alarm is raised at the first moment, start + delay or later and before the end, at which a usable reading
    holds. So it is at start + delay, between two readings too, unless nothing was known then; after a gap it is the
    first usable reading that doesn't end the episode. A reading that ends the episode at start + delay prevents it.

    Time of `windows` within the episode doesn't count towards the delay, `extension_s` of it at most. It changes when
    an alarm is raised and nothing else; a delay of nothing stays nothing.
    """
    known = columns(time_us, value, quality, until_us=until_us)
    if not is_out(known, limit).any():
        return ()
    ordered = one_a_moment(known, limit)
    out = is_out(ordered, limit)
    hold = hold_us(ordered, limit.stale_s, until_us)
    judged = _Judged(ordered, out, hold, limit, until_us, merged(windows) if limit.extension_s else ())
    return tuple(judged.episode(side, first, after) for side, first, after in _spans(ordered, out, limit.bounds))


def due_us(start_us: int, side: Side, limit: Limit, windows: Sequence[Interval]) -> int:
    """When an episode that began at `start_us` has lasted as long as its delay; windows in order and apart."""
    due, left = start_us + to_us(limit.delay_of(side)), to_us(limit.extension_s)
    for window in windows[bisect_right(windows, start_us, key=lambda w: w.end_us) :] if left else ():
        begin = max(window.start_us, start_us)
        if begin >= due or not left:
            break
        not_counted = min(window.end_us - begin, left)
        due, left = due + not_counted, left - not_counted
    return due


def restart_us(episodes: Iterable[Episode], changed_us: int) -> int:
    """From when to evaluate again after readings came or went at `changed_us` or later: there no episode was open.

    Episodes that had ended before this moment stay as they are; those from it on are found anew.
    """
    touched = (e.start_us for e in episodes if e.start_us < changed_us and (e.end_us is None or e.end_us >= changed_us))
    return min(touched, default=changed_us)


def is_out(readings: Columns, limit: Limit) -> npt.NDArray[np.bool_]:
    """Which readings are out, on either side."""
    edges = limit.bounds
    mask: npt.NDArray[np.bool_] = (readings.value >= edges.high_out) | (readings.value < edges.low_out)
    return mask


def one_a_moment(readings: Columns, limit: Limit) -> Columns:
    """Sorted by time; of several readings of one moment the one that the safe direction asks for."""
    if is_in_order(readings.time_us):
        return readings
    value = readings.value
    above = value - (np.inf if limit.high is None else limit.high)
    below = (-np.inf if limit.low is None else limit.low) - value
    excess = np.nan_to_num(np.maximum(above, below))
    rank = np.where(is_out(readings, limit), 2, np.where(np.isnan(value), 1, 0))
    order = np.lexsort((readings.quality, -value, -excess, -rank, readings.time_us))
    times = readings.time_us[order]
    first = np.append(True, times[1:] != times[:-1])
    return readings.take(order[first])


def _spans(readings: Columns, out: npt.NDArray[np.bool_], edges: Bounds) -> Iterator[tuple[Side, int, int]]:
    """Side, first row, and the row that ends it (the number of rows: none does)."""
    value = readings.value
    opens = np.flatnonzero(out)
    ends = {Side.HIGH: np.flatnonzero(value < edges.high_back), Side.LOW: np.flatnonzero(value >= edges.low_back)}
    after = 0
    while (at := int(np.searchsorted(opens, after))) < len(opens):
        first = int(opens[at])
        side = Side.HIGH if value[first] >= edges.high_out else Side.LOW
        closing = ends[side]
        at = int(np.searchsorted(closing, first))
        after = int(closing[at]) if at < len(closing) else len(value)
        yield side, first, after


@dataclass(frozen=True, slots=True)
class _Judged:
    """Readings in order, with what has been found about each."""

    readings: Columns
    out: npt.NDArray[np.bool_]
    hold_us: Moments
    limit: Limit
    until_us: int
    windows: tuple[Interval, ...]

    def episode(self, side: Side, first: int, after: int) -> Episode:
        rows = slice(first, after)
        time, value = self.readings.time_us[rows], self.readings.value[rows]
        end_us = int(self.readings.time_us[after]) if after < len(self.readings) else None
        hold, usable = self.hold_us[rows], ~np.isnan(value)
        lasted_us = (self.until_us if end_us is None else end_us) - int(time[0])
        peak = int(np.nanargmax(value) if side is Side.HIGH else np.nanargmin(value))
        return Episode(
            side=side,
            start_us=int(time[0]),
            end_us=end_us,
            known_s=int(hold[self.out[rows]].sum()) / SECOND_US,
            unknown_s=(lasted_us - int(hold.sum())) / SECOND_US,
            raised_us=self._raised_us(side, first, after, end_us),
            peak=float(value[peak]),
            peak_us=int(time[peak]),
            readings=int(usable.sum()),
            uncertain=int((uncertain(self.readings.quality[rows]) & usable).sum()),
        )

    def _raised_us(self, side: Side, first: int, after: int, end_us: int | None) -> int | None:
        time, value = self.readings.time_us[:after], self.readings.value[:after]
        due = due_us(int(time[first]), side, self.limit, self.windows)
        if due > self.until_us or (end_us is not None and due >= end_us):
            return None
        latest = int(np.searchsorted(time, due, side="right")) - 1
        if not np.isnan(value[latest]) and due <= int(time[latest]) + to_us(self.limit.stale_s):
            return due
        usable = np.flatnonzero(~np.isnan(value[latest + 1 :]))
        return int(time[latest + 1 + usable[0]]) if len(usable) else None
