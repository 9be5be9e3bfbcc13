"""Trends for people: the lowest, mean and highest value of each bucket, at the resolution that a screen can show.

Short windows are counted from raw readings, long ones from the roll-ups by minute and hour, and so are short ones whose
raw readings have been dropped since. A bucket without readings is a gap and stays one: nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

from telemetry import queries
from telemetry.clock import from_us, to_us
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("store.sql"))
SECOND_US = 1_000_000
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
WIDTHS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE_S * m for m in (1, 2, 5, 10, 15, 30)),
    *(HOUR_S * h for h in (1, 2, 3, 4, 6, 8, 12)),
    *(DAY_S * d for d in (1, 2, 5, 10, 20, 50, 100, 365)),
)
YEAR_S = WIDTHS_S[-1]
MOST_MINUTES = 8 * DAY_S // MINUTE_S
"""A longer window is read from the hours: reading more minutes than that would cost more than a screen shows."""
ORIGIN_US = 946_684_800 * SECOND_US
"""2000-01-01 UTC: buckets begin at whole widths from there."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Columns of one point, a row a bucket, from the first bucket of the window to its last, gaps included."""

    point_id: int
    width_s: int
    t: list[int]  # start of the bucket, ms since 1970 UTC
    min: list[float | None]  # None: no value in the bucket
    mean: list[float | None]
    max: list[float | None]
    n: list[int]  # readings; 0 is a gap
    good: list[int]  # of good quality
    bad: list[int]  # of bad quality, without value; n - good - bad are uncertain


@dataclass(frozen=True, slots=True)
class _Bucket:
    point_id: int
    bucket: datetime
    lowest: float | None
    mean: float | None
    highest: float | None
    n: int
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class _Left:
    """Whether all of it is still there."""

    raw: bool
    minutes: bool


async def trend(work: Work, point_ids: Sequence[int], start: datetime, end: datetime, buckets: int) -> list[Trend]:
    """A trend for each point over start <= time < end, of at most `buckets` + 1 buckets of a round width.

    The first and the last bucket are whole ones, though the window may begin or end within them. Where raw readings or
    minutes of any of the points have been dropped, the buckets are as coarse as what is left.
    """
    window_s = max((end - start).total_seconds(), 1.0)
    width = await _width_of_what_is_left(work, point_ids, start, bucket_width(window_s, buckets))
    first, last = _floor(to_us(start), width), _floor(to_us(end) - 1, width)
    edge_us = last + width * SECOND_US
    rows = await work.all(
        SQL[_source(width)],
        _Bucket,
        points=list(point_ids),
        width=timedelta(seconds=width),
        start=from_us(first),
        end=from_us(edge_us),
    )
    found = {(row.point_id, to_us(row.bucket)): row for row in rows}
    times = range(first, edge_us, width * SECOND_US)
    return [_columns(id_, width, times, [found.get((id_, t)) for t in times]) for id_ in point_ids]


async def refresh_rollups(work: Work) -> None:
    """Bring the roll-ups up to now, late readings included. On TimescaleDB its own policies do that."""
    await work.run(SQL["refresh_rollups"], until=work.now)


def bucket_width(window_s: float, buckets: int) -> int:
    """The smallest round width, in seconds, that shows the window in at most `buckets` buckets."""
    wanted = window_s / max(buckets, 1)
    width = next((w for w in WIDTHS_S if w >= wanted), YEAR_S * ceil(wanted / YEAR_S))
    too_fine = MINUTE_S <= width < HOUR_S and window_s / MINUTE_S > MOST_MINUTES
    return HOUR_S if too_fine else width


async def _width_of_what_is_left(work: Work, point_ids: Sequence[int], start: datetime, width_s: int) -> int:
    if width_s >= HOUR_S:
        return width_s
    (left,) = await work.all(SQL["kept_since"], _Left, points=list(point_ids), start=start)
    if not left.minutes:
        return HOUR_S
    return width_s if left.raw else max(width_s, MINUTE_S)


def _source(width: int) -> str:
    if width < MINUTE_S:
        return "trend_readings"
    return "trend_hours" if width >= HOUR_S else "trend_minutes"


def _floor(time_us: int, width_s: int) -> int:
    width_us = width_s * SECOND_US
    return ORIGIN_US + (time_us - ORIGIN_US) // width_us * width_us


def _columns(point_id: int, width: int, times: range, rows: Sequence[_Bucket | None]) -> Trend:
    return Trend(
        point_id=point_id,
        width_s=width,
        t=[t // 1000 for t in times],
        min=[row.lowest if row else None for row in rows],
        mean=[row.mean if row else None for row in rows],
        max=[row.highest if row else None for row in rows],
        n=[row.n if row else 0 for row in rows],
        good=[row.good if row else 0 for row in rows],
        bad=[row.bad if row else 0 for row in rows],
    )
