"""An action of a CAPA, a change or a deviation: done when its evidence is there; its date is put off by signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    IMMEDIATE = "immediate"  # what was done at once
    CORRECTIVE = "corrective"  # against the cause of what happened
    PREVENTIVE = "preventive"  # against what might happen
    IMPLEMENTATION = "implementation"  # of a change


@dataclass(frozen=True, slots=True)
class Record:
    """The record that an action belongs to."""

    type: str  # capa, change, deviation
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    id: int
    record_type: str
    record_id: int
    number: int
    kind: Kind
    text: str
    owner: str
    due_on: date
    document: str | None  # code of the document that it revises
    evidence: str | None
    done_by: str | None
    done_at: datetime | None
    extended: int  # how often its date was put off
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))

    @property
    def done(self) -> bool:
        """Whether there is evidence of it."""
        return self.done_at is not None

    def is_late(self, today: date) -> bool:
        """Whether its day is over in the plant's calendar and it is not done."""
        return not self.done and today > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    id: int
    action_id: int
    was_due_on: date
    due_on: date
    reason: str
    extended_at: datetime
    signature_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked for."""

    kind: Kind
    text: str
    owner: str
    due_on: date
    document: str | None = None
