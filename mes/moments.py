"""Moments in a query: ISO 8601 with an offset or Z. A bare date, a number, a time without zone is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_FORM = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def _iso(text: object) -> object:
    if isinstance(text, str) and not _FORM.match(text):
        raise ValueError("must be ISO 8601 with date, time and zone, as 2026-01-15T01:20:00Z")
    # A plus sign that was not escaped arrives as a space.
    return re.sub(r" (\d\d:\d\d)$", r"+\1", text) if isinstance(text, str) else text


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:  # the first or last day of the calendar, moved across its end by the offset
        raise ValueError("must lie between the years 1 and 9999, in UTC too") from error


Moment = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_utc)]
