"""One clock. Programs hold `SystemClock`, tests hold a `HeldClock`; nobody else asks what time it is.

Times cross borders as aware UTC datetimes, or as int microseconds since 1970 UTC where there are many of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class HeldClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


def to_us(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime. Exact: no float is on the way."""
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """The UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)
