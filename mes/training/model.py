"""Training records and what they are worth on a day. Pure.

A new version of a document asks for new training; so does a failed assessment, and a record whose last day is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Method(StrEnum):
    READ = "read"  # read and understood, signed by the person
    CLASSROOM = "classroom"
    PRACTICE = "practice"  # at the machine, under supervision
    ASSESSMENT = "assessment"  # a test


class State(StrEnum):
    """How a person stands to a document."""

    TRAINED = "trained"
    DUE_SOON = "due_soon"  # valid, but not for long
    EXPIRED = "expired"  # the record's last day is over
    SUPERSEDED = "superseded"  # trained on an earlier version only
    FAILED = "failed"  # the latest assessment was not passed
    MISSING = "missing"


VALID = frozenset({State.TRAINED, State.DUE_SOON})
SOON_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    id: int
    person_id: int
    username: str
    printed_name: str
    version_id: int
    code: str  # of the document
    number: int  # of the version
    passed: bool
    method: Method
    trained_on: date
    valid_until: date | None  # last day; None: until the next version
    trainer: str
    signature_id: int
    recorded_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", Method(self.method))

    def signed_content(self) -> dict[str, object]:
        """What the signature of the record covers."""
        names = ("person_id", "code", "number", "passed", "method", "trained_on", "valid_until", "trainer")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A role must know a document."""

    code: str
    role: str
    valid_days: int | None  # how long a training holds; None: until the next version


def state(records: Iterable[TrainingRecord], version_id: int, today: date) -> State:
    """How a person stands to a document whose version in force is given, by the person's records of that document.

    The latest record of that version says it: who passed once and failed later is not trained.
    """
    known = sorted(records, key=lambda each: each.id)
    of_it = [each for each in known if each.version_id == version_id]
    if not of_it:
        return State.SUPERSEDED if any(each.passed for each in known) else State.MISSING
    last = of_it[-1]
    if not last.passed:
        return State.FAILED
    if last.valid_until is None:
        return State.TRAINED
    left = (last.valid_until - today).days
    return State.EXPIRED if left < 0 else State.DUE_SOON if left <= SOON_DAYS else State.TRAINED
