"""When rounds are walked: windows of days of the plant's calendar, as moments. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mes.notifications.words import DAYS
from mes.rounds.words import RoundWords


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """[opens_at, closes_at), UTC."""

    opens_at: datetime
    closes_at: datetime


def is_due(words: RoundWords, day: date) -> bool:
    """Whether a round is walked on a day."""
    if DAYS[day.weekday()] not in words.days:
        return False
    if words.first is not None and (day < words.first or (day - words.first).days % words.every_days):
        return False
    return not words.month_days or day.day in words.month_days


def windows(words: RoundWords, start: datetime, end: datetime, zone: ZoneInfo) -> list[Window]:
    """Windows that last at `start` or open later, before `end`, in order of time."""
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    found = []
    while day <= last:
        if is_due(words, day):
            found += [each for each in _of_day(words, day, zone) if start < each.closes_at and each.opens_at < end]
        day += timedelta(days=1)
    return sorted(found)


def _of_day(words: RoundWords, day: date, zone: ZoneInfo) -> Iterator[Window]:
    for window in words.windows:
        begin, end = time.fromisoformat(window.start), time.fromisoformat(window.end)
        last = day if end > begin else day + timedelta(days=1)
        yield Window(_moment(day, begin, zone), _moment(last, end, zone))


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
