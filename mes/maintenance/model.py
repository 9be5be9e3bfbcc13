"""A maintenance order from request to close, as a table of steps.

Who did the work doesn't verify it; while it goes on the machine is under maintenance and nothing may run on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mes.transitions import StateMachine, Transition


class Status(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"  # or due, where a plan asks for it
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"  # waits: for a part, for the line
    DONE = "done"  # says who did it
    VERIFIED = "verified"  # says another person, after a check
    CLOSED = "closed"
    REJECTED = "rejected"  # the request was not accepted
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # planned work that was left out this time, with its reason


OVER = frozenset({Status.CLOSED, Status.REJECTED, Status.CANCELLED, Status.SKIPPED})
AT_WORK = frozenset({Status.IN_PROGRESS, Status.ON_HOLD, Status.DONE})
"""In these the machine is not free."""


class OrderKind(StrEnum):
    CORRECTIVE = "corrective"  # something failed, or will
    PREVENTIVE = "preventive"  # a plan asks for it


class FailureMode(StrEnum):
    """What ails; one open order for a machine and a mode."""

    ROOM_OUT_OF_LIMITS = "room_out_of_limits"  # the room that it cools left its limits
    NOT_COOLING = "not_cooling"  # it runs, and the room doesn't get colder
    NOT_RUNNING = "not_running"  # the room is warm and it does not start
    CURRENT_HIGH = "current_high"  # off its own normal
    CURRENT_LOW = "current_low"
    BEARING_WEAR = "bearing_wear"
    FAN_WEAR = "fan_wear"
    FILTER_CLOGGED = "filter_clogged"
    REFRIGERANT_LOSS = "refrigerant_loss"
    PROBE_FAULT = "probe_fault"  # it stands still, drifts or jumps
    FAILED_CHECK = "failed_check"  # of a round
    PLANNED = "planned"  # nothing ails
    OTHER = "other"


COOLING_FAILURES = frozenset(
    {FailureMode.ROOM_OUT_OF_LIMITS, FailureMode.NOT_COOLING, FailureMode.NOT_RUNNING, FailureMode.CURRENT_LOW}
)
"""One broken compressor shows in all of these ways: while an order for one is open, another joins it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, and the readings that show why."""

    equipment_id: int
    failure_mode: str
    priority: str  # low, medium, high, critical
    title_en: str
    title_zh: str
    evidence: Mapping[str, object]  # {from, to, points: [names], finding: {...}}
    kind: str = OrderKind.CORRECTIVE
    excursion_id: int | None = None
    alarm_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: int
    number: str
    equipment_id: int
    failure_mode: str
    kind: str
    priority: str
    status: Status
    title_en: str
    title_zh: str
    evidence: Mapping[str, Any]
    excursion_id: int | None
    alarm_id: int | None
    requested_by: str
    requested_at: datetime
    assigned_to: str | None
    started_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    findings: str
    downtime_min: Decimal | None
    verified_by: str | None
    check_result: str
    note: str
    closed_at: datetime | None
    version: int
    due_on: date | None
    problem_code: str | None
    cause_code: str | None
    remedy_code: str | None
    no_parts: bool
    plan_id: int | None
    plan_since: datetime | None
    plan_use: Decimal | None
    sign_done: bool  # its plan asks who does the work to sign it

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))

    def overdue(self, today: date) -> bool:
        """Whether its day has passed and the work is not done; `today` in the plant's calendar."""
        waits = self.status not in OVER | {Status.DONE, Status.VERIFIED}
        return waits and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    actor: str
    kind: str = OrderKind.CORRECTIVE
    workers: frozenset[str] = frozenset()  # who did it: reported it done, or has labour booked
    assigned_to: str = ""
    findings: str = ""
    check_result: str = ""
    note: str = ""
    codes: tuple[str | None, ...] = ()  # problem, cause, remedy
    labour_min: Decimal = Decimal(0)
    parts_told: bool = False  # some are booked, or somebody says that none were used
    checks_judged: bool = True  # whether the machine must be cleaned, calibrated, qualified again
    checks_done: bool = True  # what of it was needed
    work_begun: bool = False
    critical: bool = False
    machine_is_running_a_batch: bool = False


def _has(name: str) -> Mapping[str, Any]:
    return {f"{name}_given": lambda facts: bool(getattr(facts, name).strip())}


def _coded(facts: Facts) -> bool:
    """Planned work found no failure: it needs no code."""
    return facts.kind == OrderKind.PREVENTIVE or (bool(facts.codes) and all(facts.codes))


def _may_be_called_off(facts: Facts) -> bool:
    """A critical machine that somebody has opened is finished and verified, not forgotten."""
    return not (facts.critical and facts.work_begun)


_DONE = {
    **_has("findings"),
    "failure_coded": _coded,
    "labour_booked": lambda f: f.labour_min > 0,
    "parts_told": lambda f: f.parts_told,
    "checks_judged": lambda f: f.checks_judged,
}
_VERIFY = {
    "verifier_is_not_the_doer": lambda f: f.actor not in f.workers,
    **_has("check_result"),
    "checks_done": lambda f: f.checks_done,
}
_SKIP = {"only_planned_work": lambda f: f.kind == OrderKind.PREVENTIVE, **_has("note")}

CREW = frozenset({"maintenance", "engineer", "lead"})
_WAITING = frozenset({Status.APPROVED, Status.ASSIGNED})
_OPEN = _WAITING | {Status.REQUESTED, Status.ON_HOLD}

MACHINE: StateMachine[Facts] = StateMachine(
    "maintenance_order",
    (
        Transition("approve", frozenset({Status.REQUESTED}), Status.APPROVED, roles=CREW),
        Transition("reject", frozenset({Status.REQUESTED}), Status.REJECTED, _has("note"), roles=CREW),
        Transition("assign", _WAITING, Status.ASSIGNED, _has("assigned_to"), roles=CREW),
        # Who starts an approved order that nobody was given has taken it.
        Transition(
            "start",
            _WAITING,
            Status.IN_PROGRESS,
            {"no_batch_runs_on_it": lambda f: not f.machine_is_running_a_batch},
            roles=CREW,
        ),
        Transition("done", frozenset({Status.IN_PROGRESS}), Status.DONE, _DONE, roles=CREW),
        Transition("hold", frozenset({Status.IN_PROGRESS}), Status.ON_HOLD, _has("note"), roles=CREW),
        Transition("resume", frozenset({Status.ON_HOLD}), Status.IN_PROGRESS, roles=CREW),
        Transition("verify", frozenset({Status.DONE}), Status.VERIFIED, _VERIFY, signed=True, roles=CREW),
        # The check showed that it is not right yet.
        Transition("rework", frozenset({Status.DONE}), Status.IN_PROGRESS, _has("note"), roles=CREW),
        Transition("close", frozenset({Status.VERIFIED}), Status.CLOSED, roles=CREW),
        Transition("skip", _WAITING, Status.SKIPPED, _SKIP, roles=CREW),
        Transition(
            "cancel",
            _OPEN,
            Status.CANCELLED,
            {"critical_work_not_begun": _may_be_called_off, **_has("note")},
            roles=CREW,
        ),
    ),
)


def is_signed(found: Order, step: str) -> bool:
    """Whether a step of this order needs a signature: the verification always, the work where its plan asks.

    The rule of the plan is the order's own: a later plan does not change it.
    """
    return any(row.signed for row in MACHINE.table if row.step == step) or (step == "done" and found.sign_done)


def steps_of(found: Order) -> tuple[str, ...]:
    """Steps that the order's state offers, for screens: only planned work can be skipped."""
    steps = MACHINE.open_steps(found.status)
    return tuple(step for step in steps if step != "skip" or found.kind == OrderKind.PREVENTIVE)


def widened(known: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence of one failure found twice: the window and the points of both, with what was found first.

    Evidence that a person gave may lack any part.
    """
    both = dict(further) | dict(known)
    for side, choose in (("from", min), ("to", max)):
        told = [evidence[side] for evidence in (known, further) if side in evidence]
        if told:
            both[side] = choose(told, key=datetime.fromisoformat)
    both["points"] = sorted({*known.get("points", ()), *further.get("points", ())})
    return both
