"""Times of a mapping study in which a position's logger says nothing, each with its cause. Pure.

They add up to exactly what a position's known share lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mes.mapping.results import Rows
from models import gaps as silence
from models.mapping_course import within
from telemetry.clock import from_us, to_us


class Cause(StrEnum):
    NO_FILE = "no_file"  # nothing of this position was imported
    BEGINS_LATE = "begins_late"  # the logger's file begins after that
    ENDS_EARLY = "ends_early"  # and this one ended before it
    UNREADABLE = "unreadable"  # no reading, in a file with lines that could not be read
    SILENT = "silent"  # the logger skipped readings


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggerGap:
    """A time without knowledge at one position, and why."""

    code: str
    start: datetime
    end: datetime
    cause: Cause

    @property
    def length_s(self) -> float:
        return (self.end - self.start).total_seconds()


def loggers_gaps(rows: Rows) -> tuple[LoggerGap, ...]:
    """Of every position in the space, over the steady time; none where that is not said yet."""
    if rows.study.from_time is None or rows.study.to_time is None:
        return ()
    span = to_us(rows.study.from_time), to_us(rows.study.to_time)
    return tuple(gap for each in rows.inside for gap in _of(rows, each.code, *span))


def _of(rows: Rows, code: str, from_us_: int, until_us: int) -> list[LoggerGap]:
    series = rows.series.get(code)
    if series is None:
        return [LoggerGap(code=code, start=from_us(from_us_), end=from_us(until_us), cause=Cause.NO_FILE)]
    whole = series.columns
    known = within(whole, from_us_, until_us)
    holes = silence.gaps(known.time_us, rows.hold_s, until_us, quality=known.quality, from_us=from_us_)
    first, last = int(whole.time_us[0]), int(whole.time_us[-1])
    return [
        LoggerGap(
            code=code,
            start=from_us(hole.start_us),
            end=from_us(until_us if hole.end_us is None else hole.end_us),
            cause=_cause(hole, first, last, bool(series.unread)),
        )
        for hole in holes
    ]


def _cause(hole: silence.Gap, first_us: int, last_us: int, has_unread: bool) -> Cause:
    if hole.start_us < first_us:
        return Cause.BEGINS_LATE
    if hole.end_us is None and hole.start_us >= last_us:
        return Cause.ENDS_EARLY
    return Cause.UNREADABLE if has_unread else Cause.SILENT
