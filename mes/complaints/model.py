"""A complaint from its receipt to its answer, as a table of steps. One that is justified names what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mes.quality.model import Severity
from mes.transitions import StateMachine, Transition


class Status(StrEnum):
    RECEIVED = "received"
    INVESTIGATING = "investigating"  # classified by QA
    ANSWERED = "answered"
    CLOSED = "closed"


S = Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    id: int
    number: str
    status: Status
    severity: Severity | None
    source: str
    description: str
    item: str | None  # code of the product
    lot_id: int | None
    serial: str | None  # of the unit, from its UDI
    adverse: bool  # somebody may have come to harm
    finding: str
    answer: str
    justified: bool | None
    received_on: date
    recorded_by: str
    recorded_at: datetime
    deviation_id: int | None
    closed_at: datetime | None
    signature_id: int | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))
        if self.severity is not None:
            object.__setattr__(self, "severity", Severity(self.severity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    severity: Severity | None = None
    finding: str = ""
    answer: str = ""
    justified: bool | None = None
    adverse: bool = False
    has_deviation: bool = False
    deviation_is_over: bool = True  # or it has none
    signer_recorded_it: bool = False


QA = frozenset({"qa"})
STAFF = frozenset({"qa", "qc", "lead", "engineer", "warehouse", "qp"})

COMPLAINT: StateMachine[Facts] = StateMachine(
    "complaint",
    (
        Transition(
            "investigate",
            frozenset({S.RECEIVED}),
            S.INVESTIGATING,
            {"severity_given": lambda f: f.severity is not None},
            roles=QA,
        ),
        Transition(
            "answer",
            frozenset({S.INVESTIGATING}),
            S.ANSWERED,
            {
                "finding_given": lambda f: bool(f.finding.strip()),
                "answer_given": lambda f: bool(f.answer.strip()),
                "justified_or_not": lambda f: f.justified is not None,
            },
            roles=STAFF,
        ),
        # A justified one that is more than minor, and one with harm, goes through a deviation.
        Transition(
            "close",
            frozenset({S.ANSWERED}),
            S.CLOSED,
            {
                "deviation_follows": lambda f: (
                    f.has_deviation or not ((f.justified and f.severity is not Severity.MINOR) or f.adverse)
                ),
                "deviation_is_over": lambda f: f.deviation_is_over,
                "signer_is_not_the_recorder": lambda f: not f.signer_recorded_it,
            },
            signed=True,
            roles=QA,
        ),
    ),
)
