"""A maintenance order from request to close, as a table of steps.

Who did the work doesn't verify it; while it goes on the machine is under maintenance and nothing may run on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mes.transitions import StateMachine, Transition


class Status(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"  # waits: for a part, for the line
    DONE = "done"  # says who did it
    VERIFIED = "verified"  # says another person, after a check
    CLOSED = "closed"
    REJECTED = "rejected"  # the request was not accepted
    CANCELLED = "cancelled"


OVER = frozenset({Status.CLOSED, Status.REJECTED, Status.CANCELLED})


class FailureMode(StrEnum):
    """What ails; one open order for a machine and a mode."""

    ROOM_OUT_OF_LIMITS = "room_out_of_limits"  # the room that it cools left its limits
    NOT_COOLING = "not_cooling"  # it runs, and the room doesn't get colder
    NOT_RUNNING = "not_running"  # the room is warm and it does not start
    CURRENT_HIGH = "current_high"  # off its own normal
    CURRENT_LOW = "current_low"
    BEARING_WEAR = "bearing_wear"
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
    kind: str = "corrective"
    excursion_id: int | None = None
    alarm_id: int | None = None


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    actor: str
    done_by: str | None = None
    assigned_to: str = ""
    findings: str = ""
    check_result: str = ""
    note: str = ""
    machine_is_running_a_batch: bool = False


def _has(name: str) -> Mapping[str, Any]:
    return {f"{name}_given": lambda facts: bool(getattr(facts, name).strip())}


def _not_the_doer(facts: Facts) -> bool:
    return facts.actor != facts.done_by


def _machine_is_free(facts: Facts) -> bool:
    return not facts.machine_is_running_a_batch


CREW = frozenset({"maintenance", "engineer", "lead"})
_OPEN = frozenset({Status.REQUESTED, Status.APPROVED, Status.ASSIGNED, Status.ON_HOLD})

MACHINE: StateMachine[Facts] = StateMachine(
    "maintenance_order",
    (
        Transition("approve", frozenset({Status.REQUESTED}), Status.APPROVED, roles=CREW),
        Transition("reject", frozenset({Status.REQUESTED}), Status.REJECTED, _has("note"), roles=CREW),
        Transition(
            "assign", frozenset({Status.APPROVED, Status.ASSIGNED}), Status.ASSIGNED, _has("assigned_to"), roles=CREW
        ),
        # Who starts an approved order that nobody was given has taken it.
        Transition(
            "start",
            frozenset({Status.APPROVED, Status.ASSIGNED}),
            Status.IN_PROGRESS,
            {"no_batch_runs_on_it": _machine_is_free},
            roles=CREW,
        ),
        Transition("hold", frozenset({Status.IN_PROGRESS}), Status.ON_HOLD, _has("note"), roles=CREW),
        Transition("resume", frozenset({Status.ON_HOLD}), Status.IN_PROGRESS, roles=CREW),
        Transition("done", frozenset({Status.IN_PROGRESS}), Status.DONE, _has("findings"), roles=CREW),
        Transition(
            "verify",
            frozenset({Status.DONE}),
            Status.VERIFIED,
            {"verifier_is_not_the_doer": _not_the_doer, **_has("check_result")},
            roles=CREW,
        ),
        Transition("close", frozenset({Status.VERIFIED}), Status.CLOSED, roles=CREW),
        Transition("cancel", _OPEN, Status.CANCELLED, _has("note"), roles=CREW),
    ),
)


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
