"""A supplier, and its approvals: each for one item, from a day to its last day, by QA's signature. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    id: int
    code: str
    name: str
    country: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    id: int
    supplier: str  # code
    item: str  # code
    valid_from: date
    valid_until: date  # last day
    basis: str  # what it rests on: audit report, questionnaire, licence
    signature_id: int
    approved_at: datetime
    ended_at: datetime | None  # taken back
    ended_by: str | None
    end_reason: str | None

    def holds(self, on: date) -> bool:
        """Whether it stands on a day; one that was taken back never does."""
        return self.ended_at is None and self.valid_from <= on <= self.valid_until

    def signed_content(self) -> dict[str, object]:
        """What its signature covers."""
        return {name: getattr(self, name) for name in ("supplier", "item", "valid_from", "valid_until", "basis")}


def holding(approvals: Iterable[Approval], on: date) -> Approval | None:
    """The approval that stands on a day and lasts longest."""
    return max((each for each in approvals if each.holds(on)), key=lambda each: each.valid_until, default=None)
