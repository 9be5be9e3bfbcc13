"""Moments that people type, in the plant's own time, as `<input type="datetime-local">` sends them. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from telemetry.errors import Invalid


class MomentUnreadable(Invalid):
    """A date and a time are needed, as 2026-01-31 08:30."""


class NumberUnreadable(Invalid):
    """A number is needed, as 0.5."""


def moment_of(text: str, zone: ZoneInfo) -> datetime | None:
    """UTC; None where nothing was typed. Raises MomentUnreadable."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise MomentUnreadable(found=text) from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def date_of(text: str) -> date | None:
    """None where nothing was typed. Raises MomentUnreadable."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise MomentUnreadable(found=text) from error


def decimal_of(text: str) -> Decimal | None:
    """None where nothing was typed; a decimal comma is a point. Raises NumberUnreadable."""
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip().replace(",", ".").replace("−", "-"))
    except InvalidOperation as error:
        raise NumberUnreadable(found=text) from error
    if not found.is_finite():
        raise NumberUnreadable(found=text)
    return found


def needed(at: datetime | None) -> datetime:
    """A moment that must be said. Raises MomentUnreadable."""
    if at is None:
        raise MomentUnreadable
    return at
