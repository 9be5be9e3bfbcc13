"""An exception of a batch from being found to being judged.

It is raised once for what it is about. A minor one may be accepted as without impact; a major or critical one goes
into a deviation (EU GMP chapter 4, 4.20: review by exception; GMP 2010, articles 247 to 251).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from mes.quality.model import Severity as Severity
from mes.transitions import StateMachine, Transition


class Kind(StrEnum):
    OOS_VALUE = "oos_value"  # a value outside its action limits
    OOT = "oot"  # outside its alert limits, inside the action limits
    MISSED_STEP = "missed_step"
    LATE_ENTRY = "late_entry"  # entered later than it was done
    MANUAL_OVERRIDE = "manual_override"  # typed where an instrument should have spoken
    FEFO_OVERRIDE = "fefo_override"  # another lot expires earlier
    OVER_ISSUE = "over_issue"
    UNDER_ISSUE = "under_issue"
    DATA_GAP = "data_gap"  # too little was captured of a point
    EXCURSION = "excursion"
    ALARM_CRITICAL = "alarm_critical"
    CORRECTION = "correction"  # a value was changed after its first entry
    EQUIP_STATUS = "equip_status"
    CAL_FAIL = "cal_fail"
    YIELD = "yield"


class Status(StrEnum):
    OPEN = "open"  # found, nobody has said why
    COMMENTED = "commented"  # who was there has said what happened
    ACCEPTED = "accepted"  # QA signed that it has no impact
    ESCALATED = "escalated"  # into a deviation
    CLOSED = "closed"  # its deviation is closed, and QA signed that it covers this


UNJUDGED = frozenset({Status.OPEN, Status.COMMENTED})
"""Somebody has still to decide about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchException:
    id: int
    batch_id: int
    key: str
    kind: Kind
    severity: Severity
    said: Mapping[str, Any]
    operation_id: int | None
    step_id: int | None
    status: Status
    raised_by: str
    raised_at: datetime
    comment: str
    commented_by: str | None
    commented_at: datetime | None
    rationale: str
    judged_by: str | None
    judged_at: datetime | None
    signature_id: int | None
    deviation_id: int | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "severity", Severity(self.severity))
        object.__setattr__(self, "status", Status(self.status))

    @property
    def content(self) -> dict[str, object]:
        """What a signature on it is bound to."""
        names = ("batch_id", "key", "kind", "severity", "said", "comment", "deviation_id")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    severity: Severity
    comment: str = ""
    rationale: str = ""
    deviation_is_closed: bool = False
    deviation_is_open: bool = False
    batch_is_undecided: bool = True
    judge_is_not_the_performer: bool = True


def _undecided(f: Facts) -> bool:
    return f.batch_is_undecided


def _commented(f: Facts) -> bool:
    return bool(f.comment.strip())


def _reasoned(f: Facts) -> bool:
    return bool(f.rationale.strip())


QA = frozenset({"qa"})
EXCEPTION: StateMachine[Facts] = StateMachine(
    "batch_exception",
    (
        Transition(
            "comment",
            UNJUDGED,
            Status.COMMENTED,
            {"comment_of_exception_given": _commented, "batch_is_undecided": _undecided},
        ),
        Transition(
            "accept",
            frozenset({Status.COMMENTED}),
            Status.ACCEPTED,
            {
                "severity_is_minor": lambda f: f.severity is Severity.MINOR,
                "rationale_given": _reasoned,
                "batch_is_undecided": _undecided,
                "judge_is_not_the_performer": lambda f: f.judge_is_not_the_performer,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "escalate",
            UNJUDGED | {Status.ESCALATED},  # again: its deviation was void
            Status.ESCALATED,
            {
                "deviation_is_open": lambda f: f.deviation_is_open,
                "reason_given": _reasoned,
                "batch_is_undecided": _undecided,
            },
            roles=QA,
        ),
        Transition(
            "close",
            frozenset({Status.ESCALATED}),
            Status.CLOSED,
            {"deviation_is_closed": lambda f: f.deviation_is_closed, "rationale_given": _reasoned},
            signed=True,
            roles=QA,
        ),
    ),
)
