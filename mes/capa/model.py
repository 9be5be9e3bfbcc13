"""A CAPA from its opening to the check of its effect, as a table of steps.

What will show that it worked (a metric, a threshold, days) is fixed when the plan is approved. The check is made after
those days, and not by the owner. Without effect it is closed so, and the next CAPA follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mes.transitions import StateMachine, Transition


class Status(StrEnum):
    OPEN = "open"
    EVALUATION = "evaluation"  # how bad, how likely again
    INVESTIGATION = "investigation"  # of the cause
    PLAN_APPROVED = "plan_approved"
    IMPLEMENTING = "implementing"
    EFFECTIVENESS = "effectiveness"  # all is done; the days of the check run
    CLOSED_EFFECTIVE = "closed_effective"
    CLOSED_INEFFECTIVE = "closed_ineffective"  # another one follows
    REJECTED = "rejected"  # not needed, signed


S = Status
OVER = frozenset({S.CLOSED_EFFECTIVE, S.CLOSED_INEFFECTIVE, S.REJECTED})


class CauseMethod(StrEnum):
    FIVE_WHYS = "five_whys"
    FISHBONE = "fishbone"
    FAULT_TREE = "fault_tree"
    FMEA = "fmea"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What will show that it worked: looked at over [window_from, window_to], days in the plant's calendar."""

    metric: str
    threshold: str
    window_from: date
    window_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Capa:
    id: int
    number: str
    status: Status
    title: str
    problem: str
    owner: str
    evaluation: str
    cause_method: str
    root_cause: str
    metric: str
    threshold: str
    window_from: date | None
    window_to: date | None
    result: str
    evaluated_by: str | None
    follows_id: int | None
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    signature_id: int | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a CAPA came from."""

    capa_id: int
    record_type: str  # deviation, complaint, audit
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    actor: str = ""
    owner: str = ""
    note: str = ""
    evaluation: str = ""
    cause_method: str = ""
    root_cause: str = ""
    metric: str = ""
    threshold: str = ""
    window_from: date | None = None
    window_to: date | None = None
    result: str = ""
    actions: int = 0
    open_actions: int = 0
    today: date = date.min  # in the plant's calendar


def _told(f: Facts) -> bool:
    return bool(f.note.strip())


def _window_is_over(f: Facts) -> bool:
    return f.window_to is not None and f.today > f.window_to


def _window_follows(f: Facts) -> bool:
    return f.window_from is not None and f.window_to is not None and f.today <= f.window_from < f.window_to


QA = frozenset({"qa"})
STAFF = frozenset({"qa", "qc", "lead", "engineer", "maintenance", "warehouse", "qp"})
_CHECKED = {
    "window_is_over": _window_is_over,
    "evaluator_is_not_the_owner": lambda f: f.actor != f.owner,
    "result_given": lambda f: bool(f.result.strip()),
}

CAPA: StateMachine[Facts] = StateMachine(
    "capa",
    (
        Transition("evaluate", frozenset({S.OPEN}), S.EVALUATION, roles=STAFF),
        Transition(
            "investigate",
            frozenset({S.EVALUATION}),
            S.INVESTIGATION,
            {"evaluation_given": lambda f: bool(f.evaluation.strip())},
            roles=STAFF,
        ),
        Transition(
            "approve_plan",
            frozenset({S.INVESTIGATION}),
            S.PLAN_APPROVED,
            {
                "cause_method_given": lambda f: bool(f.cause_method.strip()),
                "root_cause_given": lambda f: bool(f.root_cause.strip()),
                "actions_planned": lambda f: f.actions > 0,
                "criterion_given": lambda f: bool(f.metric.strip()) and bool(f.threshold.strip()),
                "window_follows": _window_follows,
                "signer_is_not_the_owner": lambda f: f.actor != f.owner,
            },
            signed=True,
            roles=QA,
        ),
        Transition("implement", frozenset({S.PLAN_APPROVED}), S.IMPLEMENTING, roles=STAFF),
        Transition(
            "await_effect",
            frozenset({S.IMPLEMENTING}),
            S.EFFECTIVENESS,
            {"actions_done": lambda f: f.open_actions == 0},
            roles=STAFF,
        ),
        Transition("close", frozenset({S.EFFECTIVENESS}), S.CLOSED_EFFECTIVE, _CHECKED, signed=True, roles=QA),
        Transition("fail", frozenset({S.EFFECTIVENESS}), S.CLOSED_INEFFECTIVE, _CHECKED, signed=True, roles=QA),
        Transition(
            "reject",
            frozenset({S.OPEN, S.EVALUATION, S.INVESTIGATION}),
            S.REJECTED,
            {"reason_given": _told},
            signed=True,
            roles=QA,
        ),
    ),
)
