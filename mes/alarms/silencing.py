"""When an alarm may be kept from calling: shelved for a while, or taken out of service. Pure rules.

A suppression is about the alarm of a kind and source, whether or not one stands at the moment (ISA-18.2, 11.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.alarms.model import Kind, Priority, Suppression
from mes.people.model import Role
from mes.transitions import StateMachine, Transition

SHELVERS = (Role.LEAD, Role.QA, Role.QP, Role.ENGINEER)
KEEPERS = (Role.ENGINEER, Role.QA)
"""Who may take an alarm out of service, and return it."""

LONGEST_SHELF = timedelta(hours=8)
"""Where the zone's policy says nothing else."""
NEVER_SILENT = frozenset({Kind.AUDIT_TAMPER, Kind.ACCESS, Kind.TEST, Kind.UNDELIVERED})
"""Alarms about the record and about the calling itself: nobody may silence these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A suppression: alarms of this kind and source call nobody until it ends."""

    id: int
    mode: Suppression
    kind: Kind
    source: str
    priority: Priority
    reason: str
    set_by: str
    set_at: datetime
    until: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", Suppression(self.mode))
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "priority", Priority(self.priority))


@dataclass(frozen=True, slots=True)
class Silencing:
    """What the guards of a suppression look at."""

    kind: Kind
    reason: str
    now: datetime
    until: datetime | None
    longest: timedelta = LONGEST_SHELF


def _reasoned(facts: Silencing) -> bool:
    return bool(facts.reason.strip())


def _may_be_silent(facts: Silencing) -> bool:
    return facts.kind not in NEVER_SILENT


def _ends_in_time(facts: Silencing) -> bool:
    return facts.until is not None and facts.now < facts.until <= facts.now + facts.longest


def _ends_later(facts: Silencing) -> bool:
    return facts.until is None or facts.until > facts.now


IN_SERVICE = "in_service"
SILENCE: StateMachine[Silencing] = StateMachine(
    "alarm",
    (
        Transition(
            "shelve",
            frozenset({IN_SERVICE}),
            Suppression.SHELVED,
            {"reason_given": _reasoned, "shelf_ends_in_time": _ends_in_time, "kind_may_be_silent": _may_be_silent},
        ),
        Transition(
            "take_out_of_service",
            frozenset({IN_SERVICE, Suppression.SHELVED}),
            Suppression.OUT_OF_SERVICE,
            {"reason_given": _reasoned, "ends_in_future": _ends_later, "kind_may_be_silent": _may_be_silent},
        ),
        Transition("unshelve", frozenset({Suppression.SHELVED}), IN_SERVICE, {"reason_given": _reasoned}),
        Transition("return", frozenset({Suppression.OUT_OF_SERVICE}), IN_SERVICE, {"reason_given": _reasoned}),
    ),
)
"""Who silences an alarm says why, and until when. A shelf always ends; out of service may last until it is returned."""
