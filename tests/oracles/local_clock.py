"""A logger's own clock made UTC by the tz database's `fold`, a line at a time.

In the time that comes twice in autumn the order of a point's lines decides: they run on, jump back once, and run on
again. Where they don't jump, the hour is taken that leaves the lines around it their usual step; where that doesn't
tell, the one nearer to them. More than one jump is no order: all is taken as the first time. A time that never was in
spring is taken as the clock went before the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median_low
from zoneinfo import ZoneInfo

from tests.oracles.readings import us_of

_NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Line:
    """A line's time as it was written."""

    number: int
    point: str | None
    local: datetime  # naive


@dataclass(slots=True)
class Told:
    """UTC by line, and the lines of the hours that are no usual ones."""

    utc_us: dict[int, int]
    twice: list[int]
    never: list[int]


def is_twice(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock showed it twice."""
    return _utc(local, zone, 0) < _utc(local, zone, 1)


def is_never(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock never showed it."""
    return _utc(local, zone, 0) > _utc(local, zone, 1)


def to_utc(lines: Sequence[Line], zone: ZoneInfo) -> Told:
    """Lines in the order of the file."""
    told = Told({}, [], [])
    second: set[int] = set()
    for point in {line.point for line in lines}:
        second |= _second_time([line for line in lines if line.point == point], zone)
    for line in lines:
        told.utc_us[line.number] = us_of(_utc(line.local, zone, 1 if line.number in second else 0))
        if is_twice(line.local, zone):
            told.twice.append(line.number)
        elif is_never(line.local, zone):
            told.never.append(line.number)
    return told


def _utc(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _second_time(lines: list[Line], zone: ZoneInfo) -> set[int]:
    """Numbers of a point's lines that are of the second time."""
    found: set[int] = set()
    for change in {_days_of(line.local, zone) for line in lines if is_twice(line.local, zone)}:
        first, last = change
        near = [line for line in lines if first - _NEAR <= line.local < last + _NEAR]
        steps = [after.local - before.local for before, after in pairwise(near)]
        forward = sum((step > timedelta()) - (step < timedelta()) for step in steps)
        near = near[::-1] if forward < 0 else near
        for begin, end in _runs(near, first, last):
            turn = _turn(near, begin, end, last - first)
            found |= {line.number for line in near[turn:end]}
    return found


def _days_of(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment of the double time around one of it, to the minute."""
    first, last, minute = (
        local.replace(second=0, microsecond=0),
        local.replace(second=0, microsecond=0),
        timedelta(minutes=1),
    )
    while is_twice(first - minute, zone):
        first -= minute
    while is_twice(last, zone):
        last += minute
    return first, last


def _runs(lines: list[Line], first: datetime, last: datetime) -> list[tuple[int, int]]:
    """From which to which (not including) line they follow each other within the double time."""
    runs: list[tuple[int, int]] = []
    for row, line in enumerate(lines):
        if first <= line.local < last:
            if runs and runs[-1][1] == row:
                runs[-1] = (runs[-1][0], row + 1)
            else:
                runs.append((row, row + 1))
    return runs


def _turn(lines: list[Line], begin: int, end: int, shift: timedelta) -> int:
    """The line at which the second time begins; `end`: it doesn't."""
    run = [line.local for line in lines[begin:end]]
    back = [row for row in range(1, len(run)) if run[row] < run[row - 1]]
    if len(back) > 1:
        return end
    if back:
        return begin + back[0]
    if len(run) == 2 and run[0] == run[1]:
        return begin + 1
    return begin if _is_of_second(lines, begin, end, shift) else end


def _is_of_second(lines: list[Line], begin: int, end: int, shift: timedelta) -> bool:
    """Whether a run without a jump is of the second time, by the steps to the lines before and behind it."""
    before = lines[begin].local - lines[begin - 1].local if begin else None
    behind = lines[end].local - lines[end - 1].local if end < len(lines) else None
    if before is None or behind is None:
        return behind is not None
    if before >= timedelta() and behind >= timedelta():
        steps = [b.local - a.local for a, b in pairwise(lines) if b.local > a.local]
        usual = median_low([step.total_seconds() for step in steps]) if steps else 0.0
        first = sum(step.total_seconds() == usual for step in (before, behind + shift))
        second = sum(step.total_seconds() == usual for step in (before + shift, behind))
        if first != second:
            return second > first
    return behind < before
