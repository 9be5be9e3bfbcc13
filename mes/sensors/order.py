"""Rules that all records by interval keep: they are told in order, with a reason, of what has happened. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from telemetry.errors import Conflict, Invalid


class ReasonNeeded(Invalid):
    """Say why: the reason becomes part of the record."""


class NotYetSo(Invalid):
    """This can't be recorded before it has happened."""


class RecordedOutOfOrder(Conflict):
    """Something is recorded at this time or after it: withdraw that first, if it is wrong."""


class NotTheLast(Conflict):
    """Only what was recorded last can be withdrawn."""


def check_moment(at: datetime | None, now: datetime, reason: str) -> datetime:
    """The moment that is meant: now unless said. Raises ReasonNeeded, NotYetSo."""
    if not reason.strip():
        raise ReasonNeeded
    if at is not None and at > now:
        raise NotYetSo(at=at)
    return at or now


def check_order(at: datetime, intervals: Iterable[tuple[datetime, datetime | None]]) -> None:
    """Raises RecordedOutOfOrder where an interval begins or ends later, or begins at the same moment."""
    for start, end in intervals:
        if start >= at or (end is not None and end > at):
            raise RecordedOutOfOrder(at=at, recorded_from=start, recorded_to=end)
