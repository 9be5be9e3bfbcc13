"""A logger's own clock made UTC: also in the hour that comes twice in autumn, and in the one that never comes.

In the double hour the order of the lines decides: a point's times run on, jump back by about the hour, and run on
again. Lines that don't jump are of the time that leaves the lines about them their usual step, else of the one nearer
to them; lines that jump back more than once have no order, and are of the first time. A time that never was is taken
as the clock went before the change, as a logger writes that isn't put forward. Both are counted and told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Moments
from telemetry.errors import Invalid

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_STEP_S = 86_400
_NEAR_US = 2 * _STEP_S * SECOND_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ZoneUnknown(Invalid):
    """There is no such time zone. Examples: Asia/Shanghai, Europe/Berlin, UTC, +08:00."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What became of local times."""

    utc_us: Moments
    twice: npt.NDArray[np.bool_]  # of the hour that comes twice
    never: npt.NDArray[np.bool_]  # of the hour that never came


def zone_named(name: str) -> tzinfo:
    """A zone of the tz database, or an offset such as +08:00. Raises ZoneUnknown."""
    found = _OFFSET.fullmatch(name.strip())
    if found:
        sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset < timedelta(hours=24):
            return timezone(-offset if sign == "-" else offset)
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneUnknown(zone=name) from error


def to_utc(local_us: Moments, point: npt.NDArray[np.int32], zone: tzinfo) -> Clock:
    """Local times i64[n] of points i32[n], in the order of the file."""
    nothing = np.zeros(len(local_us), dtype=bool)
    if not len(local_us):
        return Clock(local_us, nothing, nothing)
    changes, offsets = _changes(int(local_us.min()), int(local_us.max()), zone)
    before, after = offsets[:-1], offsets[1:]
    # by the clock before the change, and by the one after it
    utc = local_us - offsets[np.searchsorted(changes + before, local_us, side="right")]
    never, twice = nothing.copy(), nothing.copy()
    for at, old, new in zip(changes.tolist(), before.tolist(), after.tolist(), strict=True):
        low, high = at + min(old, new), at + max(old, new)
        rows = np.flatnonzero((local_us >= low) & (local_us < high))
        (never if new > old else twice)[rows] = True
        utc[rows] = local_us[rows] - old
        if new < old and len(rows):
            near = np.flatnonzero((local_us >= low - _NEAR_US) & (local_us < high + _NEAR_US))
            second = near[_second_time(local_us[near], point[near], low, high)]
            utc[second] = local_us[second] - new
    return Clock(utc, twice, never)


def _changes(first_us: int, last_us: int, zone: tzinfo) -> tuple[Moments, Moments]:
    """When the clocks were changed (UTC), and the offsets between these moments: one more."""
    days = range(first_us // SECOND_US - 2 * _STEP_S, last_us // SECOND_US + 3 * _STEP_S, _STEP_S)
    offsets = [_offset_s(second, zone) for second in days]
    changes = [
        _change_s(second, offset, zone)
        for second, offset, following in zip(days, offsets, offsets[1:], strict=False)
        if offset != following
    ]
    kept = [offsets[0], *(_offset_s(second, zone) for second in changes)]
    return np.array(changes, dtype=np.int64) * SECOND_US, np.array(kept, dtype=np.int64) * SECOND_US


def _offset_s(second: int, zone: tzinfo) -> int:
    offset = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds())


def _change_s(second: int, offset_s: int, zone: tzinfo) -> int:
    """The first second of the day that follows at which the offset is another."""
    low, high = second, second + _STEP_S
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_s(middle, zone) == offset_s else (low, middle)
    return high


def _second_time(local_us: Moments, point: npt.NDArray[np.int32], low_us: int, high_us: int) -> npt.NDArray[np.bool_]:
    """Which times of a double hour are of its second time, by the order of the lines around it."""
    second = np.zeros(len(local_us), dtype=bool)
    for each in np.unique(point):
        rows = np.flatnonzero(point == each)
        steps = np.sign(np.diff(local_us[rows]))
        rows = rows[::-1] if steps.sum() < 0 else rows  # the newest line may come first
        times = local_us[rows]
        usual_us = _usual_us(times)
        within = np.append(np.append(False, (times >= low_us) & (times < high_us)), False)
        edges = np.flatnonzero(within[1:] != within[:-1])
        for first, after in edges.reshape(-1, 2).tolist():
            second[rows[_turn(times, first, after, high_us - low_us, usual_us) : after]] = True
    return second


def _usual_us(times: Moments) -> int:
    """The usual step from a line to the next one; 0 where there is none."""
    steps = np.diff(times)
    steps = np.sort(steps[steps > 0])
    return int(steps[(len(steps) - 1) // 2]) if len(steps) else 0


def _turn(times: Moments, first: int, after: int, shift_us: int, usual_us: int) -> int:
    """Of a run of lines within the double hour, the row at which its second time begins; `after`: it doesn't."""
    run = times[first:after]
    back = np.flatnonzero(run[1:] < run[:-1])
    if not len(back) and len(run) == 2 and run[0] == run[1]:
        return first + 1
    if len(back):
        return first + int(back[0]) + 1 if len(back) == 1 else after  # no order: all are taken as the first time
    before = float(run[0] - times[first - 1]) if first else np.inf
    behind = float(times[after] - run[-1]) if after < len(times) else np.inf
    if min(before, behind) >= 0:
        of_first = (before == usual_us) + (behind + shift_us == usual_us)
        of_second = (before + shift_us == usual_us) + (behind == usual_us)
        if of_first != of_second:  # the steps are as usual if it is of one of them
            return first if of_second > of_first else after
    return first if behind < before else after
