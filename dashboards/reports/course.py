"""What a point showed over a report's period, as columns, and the figures that documents print of it.

Readings are taken as they are stored. Where there are more than a document can afford, or the raw ones have been
dropped, the roll-ups by minute take their place: extremes stay exact, means are those of minutes, and gaps are told to
the minute. A document says which it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, nan
from pathlib import Path
from typing import LiteralString

import numpy as np
import numpy.typing as npt
from psycopg.rows import class_row

from mes.plant.model import MeasuringPoint
from models import gaps as silence
from models.columns import SECOND_US, Columns, Moments, Qualities, Values, hold_us
from models.interval import Interval
from models.kinetics import mean_kinetic
from telemetry import queries
from telemetry.clock import from_us, to_us
from telemetry.store.copying import YEAR_2000_US
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("course.sql"))
MOST_READINGS = 2_500_000
"""More than these are read by the minute."""
CELSIUS = "Cel"


@dataclass(frozen=True, slots=True)
class Course:
    """One point's columns in order of time; low, mean and high are the same where they are single readings."""

    time_us: Moments
    low: Values
    mean: Values
    high: Values
    quality: Qualities
    n: npt.NDArray[np.int64]  # readings that each row stands for

    def __len__(self) -> int:
        return len(self.time_us)

    def within(self, window: Interval, *, before: int = 0) -> Course:
        """The rows of a window, and so many before it."""
        first, last = np.searchsorted(self.time_us, [window.start_us, window.end_us])
        part = slice(max(int(first) - before, 0), int(last))
        return Course(*(getattr(self, name)[part] for name in Course.__slots__))


@dataclass(frozen=True, slots=True)
class _Row:
    """A point's columns, big-endian as PostgreSQL sends them; `n` is None where each row is one reading."""

    point_id: int
    time: bytes  # µs since 2000
    low: bytes
    mean: bytes
    high: bytes
    quality: bytes
    n: bytes | None

    def course(self) -> Course:
        time = np.frombuffer(self.time, ">i8").astype(np.int64) + YEAR_2000_US
        low, mean, high = (np.frombuffer(each, ">f8").astype(np.float64) for each in (self.low, self.mean, self.high))
        quality = np.frombuffer(self.quality, ">i2").astype(np.uint8)
        n = np.ones(len(time), np.int64) if self.n is None else np.frombuffer(self.n, ">i4").astype(np.int64)
        return Course(time, low, mean, high, quality, n)


@dataclass(frozen=True, slots=True)
class Courses:
    by_minute: bool  # from the roll-ups by minute, not from single readings
    of: Mapping[int, Course]  # by point; every point that was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A point over a window. Values are None where nothing was known."""

    readings: int
    lowest: float | None
    mean: float | None  # weighted by how long each reading holds
    highest: float | None
    highest_at: datetime | None
    lowest_at: datetime | None
    kinetic_c: float | None  # mean kinetic temperature; None for what is no temperature
    known_s: float
    unknown_s: float

    @property
    def known_share(self) -> float:
        whole = self.known_s + self.unknown_s
        return self.known_s / whole if whole else 0.0


async def read(work: Work, points: Sequence[MeasuringPoint], window: Interval) -> Courses:
    """The points' courses over a window, and before it as far as a reading holds."""
    ids = [point.point_id for point in points]
    start_us = window.start_us - int(max((p.stale_s for p in points), default=0.0) * SECOND_US)
    asked = {"points": ids, "start": from_us(start_us), "end": from_us(window.end_us)}
    count: int = await work.scalar(SQL["readings_in"], **asked)
    raw_is_left: bool = await work.scalar(SQL["raw_is_left"], points=ids, start=asked["start"])
    by_minute = count > MOST_READINGS or not raw_is_left
    rows = await _columns(work, SQL["minutes" if by_minute else "readings"], asked)
    return Courses(by_minute, {id_: rows.get(id_, _NOTHING) for id_ in ids})


async def _columns(work: Work, sql: LiteralString, asked: Mapping[str, object]) -> dict[int, Course]:
    """By point: what a query answers as the bytes of columns."""
    async with work.db.cursor(binary=True, row_factory=class_row(_Row)) as cursor:
        await cursor.execute(sql, asked)
        return {row.point_id: row.course() for row in await cursor.fetchall()}


def figures(course: Course, point: MeasuringPoint, window: Interval) -> Figures:
    """Of a window; each reading weighs as long as it holds in it, as its point allows."""
    held, inside = course.within(window, before=1), course.within(window)
    mean = mean_kinetic(
        held.time_us,
        held.mean,
        held.quality,
        stale_s=point.stale_s,
        from_us=window.start_us,
        until_us=window.end_us,
    )
    lowest, highest = _extreme(inside.low, np.nanargmin), _extreme(inside.high, np.nanargmax)
    return Figures(
        readings=int(inside.n.sum()),
        lowest=None if lowest is None else float(inside.low[lowest]),
        mean=_finite(mean.mean_c),
        highest=None if highest is None else float(inside.high[highest]),
        highest_at=None if highest is None else from_us(int(inside.time_us[highest])),
        lowest_at=None if lowest is None else from_us(int(inside.time_us[lowest])),
        kinetic_c=_finite(mean.kinetic_c) if point.unit == CELSIUS else None,
        known_s=mean.known_s,
        unknown_s=mean.unknown_s,
    )


def holes(course: Course, point: MeasuringPoint, window: Interval) -> list[Interval]:
    """Times of the window in which nothing was known of the point; what still lasts ends with the window."""
    found = silence.gaps(course.time_us, point.stale_s, window.end_us, quality=course.quality, from_us=window.start_us)
    return [Interval(gap.start_us, window.end_us if gap.end_us is None else gap.end_us) for gap in found]


@dataclass(frozen=True, slots=True)
class SwitchTime:
    """A switch over a window."""

    on_s: float
    times: int  # how often it went on
    known_s: float  # of the window; nothing is known of the rest


def switched(course: Course, point: MeasuringPoint, window: Interval) -> SwitchTime:
    """How long a switch was on, as far as it was heard of."""
    held = course.within(window, before=1)
    columns = Columns(held.time_us, held.mean, held.quality)
    holds = hold_us(columns, point.stale_s, window.end_us)
    start = np.maximum(held.time_us, window.start_us)
    inside = np.maximum(held.time_us + holds - start, 0)
    on = np.nan_to_num(held.mean)
    times = int(np.count_nonzero((on[1:] > 0) & (on[:-1] == 0)))
    return SwitchTime(float(on @ inside) / SECOND_US, times, int(inside.sum()) / SECOND_US)


def _extreme(values: Values, find: object) -> int | None:
    if not len(values) or np.isnan(values).all():
        return None
    return int(find(values))  # type: ignore[operator]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def drawn(
    course: Course, window: Interval, *, most: int = 640
) -> tuple[list[int], list[float], list[float], list[float]]:
    """Columns for a chart of at most so many places: time, lowest, mean, highest of each that has any."""
    inside = course.within(window)
    if len(inside) <= most:
        return inside.time_us.tolist(), inside.low.tolist(), inside.mean.tolist(), inside.high.tolist()
    width = -(-window.length_us // most)
    place = (inside.time_us - window.start_us) // width
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    known = ~np.isnan(inside.mean)
    total = np.add.reduceat(np.where(known, inside.mean, 0.0), starts)
    count = np.add.reduceat(known.astype(np.int64), starts)
    mean = np.where(count > 0, total / np.maximum(count, 1), nan)
    low, high = np.fmin.reduceat(inside.low, starts), np.fmax.reduceat(inside.high, starts)
    time = window.start_us + place[starts] * width
    return time.tolist(), low.tolist(), mean.tolist(), high.tolist()


def window_of(start: datetime, end: datetime) -> Interval:
    """A period in µs."""
    return Interval(to_us(start), to_us(end))


_NOTHING = Course(
    np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.uint8), np.empty(0, np.int64)
)
