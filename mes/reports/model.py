"""A report that was asked for, on its way from waiting to ready, and the file that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mes.transitions import StateMachine, Transition

MOST_TRIES = 5
"""A making that ended so often without a word has failed: what kills its maker is not tried for ever."""


class Status(StrEnum):
    WAITING = "waiting"
    BEING_MADE = "being_made"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a report is to be about. Reports of one wish are versions of one document."""

    kind: str
    subject: str  # a zone's code, a record's number; empty: the whole plant
    period_start: datetime | None
    period_end: datetime | None  # half open
    language: str

    @property
    def series(self) -> str:
        """What its versions have in common, as one text."""
        return "|".join(map(str, (self.kind, self.subject, self.period_start, self.period_end, self.language)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Wish):
    """One making of a report."""

    id: int
    number: str  # RPT-2026-0001
    version: int
    signed_copy_of: int | None
    status: Status
    asked_by: str
    asked_at: datetime
    tries: int
    began_at: datetime | None
    ended_at: datetime | None
    failure: str | None
    failure_told: str | None
    changes: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))

    @property
    def is_unmade(self) -> bool:
        return self.status in {Status.WAITING, Status.BEING_MADE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a making brought forth."""

    name_en: str
    name_zh: str
    template_version: int
    content: str  # canonical JSON
    content_sha256: str
    page: str  # HTML
    pages: int
    file: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A kept file, without its bytes."""

    id: int
    report_id: int
    copy_of: int | None
    made_by: str
    made_at: datetime
    name_en: str
    name_zh: str
    template_version: int
    content_sha256: str
    pages: int
    file_sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class NoFacts:
    """The steps of a report have no guards."""


MACHINE: StateMachine[NoFacts] = StateMachine(
    "report", (Transition("retry", frozenset({Status.FAILED}), Status.WAITING),)
)
"""What people do. Making follows the queue."""
