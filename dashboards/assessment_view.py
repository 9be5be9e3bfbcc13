"""What an excursion's page tells of its assessment: the advice as it is or was signed, and what went on beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes.quality.assessment import Advice, NothingToAssess, advise
from mes.quality.model import Excursion
from telemetry.work import Work

_WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of what went on, over the window of the page's chart; spans as (x, width) of a thousand."""

    role: str
    minutes: float
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The advice that is shown. What was signed is shown as it was signed."""

    document: Mapping[str, Any] | None  # None: nothing is left to assess
    sha256: str  # of what a signature would freeze; empty where nothing is to be signed
    is_signed: bool

    def facts_of(self, lot_id: int) -> Mapping[str, Any] | None:
        """What one lot had of it."""
        rows = self.document["lots"] if self.document else ()
        return next((row for row in rows if row["lot_id"] == lot_id), None)


async def tell(work: Work, found: Excursion) -> Told:
    """The advice on an excursion."""
    if found.assessment is not None:
        return Told(document=found.assessment, sha256="", is_signed=True)
    try:
        advice: Advice = await advise(work, found.id)
    except NothingToAssess:
        return Told(document=None, sha256="", is_signed=False)
    return Told(document=advice.document, sha256=advice.sha256, is_signed=False)


def lanes(told: Told, start: datetime, end: datetime) -> list[Lane]:
    """Rows under the curve, those in which something went on."""
    rows: Sequence[Mapping[str, Any]] = told.document["context"] if told.document else ()
    return [Lane(row["role"], row["minutes"], _spans(row["intervals"], start, end)) for row in rows if row["minutes"]]


def _spans(intervals: Sequence[Sequence[str]], start: datetime, end: datetime) -> tuple[tuple[float, float], ...]:
    whole_s = (end - start).total_seconds()
    found = []
    for first, last in intervals:
        x, after = ((datetime.fromisoformat(side) - start).total_seconds() / whole_s * _WIDTH for side in (first, last))
        x, after = max(0.0, x), min(float(_WIDTH), after)
        if after > x:
            found.append((round(x, 1), round(max(after - x, 1.5), 1)))
    return tuple(found)
