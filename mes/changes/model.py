"""A change from its draft to its closing, as a table of steps; what departments say of it; what was done under it.

QA approves last, and not its author. Documents are revised before it takes effect; where an authority must agree, its
answer is on record first. After a major change the first batches are looked at before it is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mes.transitions import StateMachine, Transition


class Kind(StrEnum):
    MATERIAL = "material"
    PROCESS = "process"  # a master batch record
    EQUIPMENT = "equipment"
    SPECIFICATION = "specification"
    SOFTWARE = "software"
    LIMIT = "limit"  # of an alarm: a policy
    MODEL = "model"  # version of a learned model
    DOCUMENT = "document"
    SUPPLIER = "supplier"


class Class(StrEnum):
    MINOR = "minor"
    MAJOR = "major"


class Department(StrEnum):
    """Who says what a change does to them; all four, also when it is nothing."""

    PRODUCTION = "production"
    QUALITY = "quality"
    ENGINEERING = "engineering"
    REGULATORY = "regulatory"


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    IMPACT_ASSESSED = "impact_assessed"
    APPROVED = "approved"
    IMPLEMENTING = "implementing"
    VERIFIED = "verified"
    EFFECTIVE = "effective"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


S = Status
OVER = frozenset({S.CLOSED, S.REJECTED, S.CANCELLED})
IN_HAND = frozenset({S.APPROVED, S.IMPLEMENTING, S.VERIFIED, S.EFFECTIVE})
"""Approved and not closed: what it is about may be changed under it."""
BEING_MADE = frozenset({S.APPROVED, S.IMPLEMENTING, S.VERIFIED})
BATCHES_AFTER_MAJOR = 3
"""Batches to look at after a major change (article 244)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    id: int
    number: str
    kind: Kind
    class_: Class | None
    subject: str  # policy:cold-2-8, recipe:FG-PEN, model:..., or words
    products: list[str]  # codes of the products that it touches
    title: str
    description: str
    reason: str
    status: Status
    regulatory: bool  # an authority must agree first
    regulatory_ref: str  # its answer
    blocks_orders: bool  # no order of its products is released while it is being made
    author: str
    verified_by: str | None
    opened_at: datetime
    effective_at: datetime | None
    closed_at: datetime | None
    approval_id: int | None
    signature_id: int | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "status", Status(self.status))
        if self.class_ is not None:
            object.__setattr__(self, "class_", Class(self.class_))


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    change_id: int
    department: Department
    affected: bool
    said: str
    said_by: str
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Something that was done under a change."""

    change_id: int
    subject: str
    what: str
    used_by: str
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAfter:
    """A batch that was looked at after a change."""

    change_id: int
    batch: str
    said: str
    signature_id: int
    looked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    actor: str = ""
    author: str = ""
    reason: str = ""
    description: str = ""
    class_: Class | None = None
    unanswered: Sequence[Department] = ()
    actions: int = 0
    open_actions: int = 0
    stale_documents: int = 0  # revised ones whose new version is not in force
    doers: frozenset[str] = frozenset()
    regulatory: bool = False
    regulatory_ref: str = ""
    batches: int = 0  # looked at since


def _told(f: Facts) -> bool:
    return bool(f.reason.strip())


QA = frozenset({"qa"})
STAFF = frozenset({"qa", "qc", "lead", "engineer", "maintenance", "warehouse", "qp"})

CHANGE: StateMachine[Facts] = StateMachine(
    "change",
    (
        Transition(
            "submit",
            frozenset({S.DRAFT}),
            S.SUBMITTED,
            {"description_given": lambda f: bool(f.description.strip())},
            roles=STAFF,
        ),
        Transition(
            "assess",
            frozenset({S.SUBMITTED}),
            S.IMPACT_ASSESSED,
            {
                "departments_answered": lambda f: not f.unanswered,
                "class_given": lambda f: f.class_ is not None,
            },
            roles=QA,
        ),
        Transition(
            "approve",
            frozenset({S.IMPACT_ASSESSED}),
            S.APPROVED,
            {
                "actions_planned": lambda f: f.actions > 0,
                "signer_is_not_the_author": lambda f: f.actor != f.author,
                "reason_given": _told,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "reject",
            frozenset({S.SUBMITTED, S.IMPACT_ASSESSED}),
            S.REJECTED,
            {"reason_given": _told},
            signed=True,
            roles=QA,
        ),
        Transition("implement", frozenset({S.APPROVED}), S.IMPLEMENTING, roles=STAFF),
        Transition(
            "verify",
            frozenset({S.IMPLEMENTING}),
            S.VERIFIED,
            {
                "actions_done": lambda f: f.open_actions == 0,
                "verifier_is_not_the_doer": lambda f: f.actor not in f.doers,
            },
            roles=STAFF,
        ),
        Transition(
            "put_into_effect",
            frozenset({S.VERIFIED}),
            S.EFFECTIVE,
            {
                "documents_revised": lambda f: f.stale_documents == 0,
                "authority_agreed": lambda f: not f.regulatory or bool(f.regulatory_ref.strip()),
                "signer_is_not_the_author": lambda f: f.actor != f.author,
                "reason_given": _told,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "close",
            frozenset({S.EFFECTIVE}),
            S.CLOSED,
            {
                "batches_looked_at": lambda f: f.class_ is Class.MINOR or f.batches >= BATCHES_AFTER_MAJOR,
                "reason_given": _told,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "cancel",
            frozenset({S.DRAFT, S.SUBMITTED, S.IMPACT_ASSESSED, S.APPROVED, S.IMPLEMENTING}),
            S.CANCELLED,
            {"reason_given": _told},
            roles=STAFF,
        ),
    ),
)


def subject_of(kind: str, code: str) -> str:
    """What a change of one thing is about: `policy:cold-2-8`, `recipe:FG-PEN`, `model:compressor`."""
    return f"{kind}:{code}"
