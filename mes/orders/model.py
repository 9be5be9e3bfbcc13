"""Work orders and their batches: what is made on which line, of what, and how an order goes from plan to done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mes.plant.model import EquipmentStatus
from mes.transitions import StateMachine, Transition


class Status(StrEnum):
    PLANNED = "planned"
    RELEASED = "released"  # batch record issued, materials may be fetched
    RUNNING = "running"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"  # made; the lot waits in quarantine for QA
    CLOSED = "closed"  # QA has decided on the batch
    CANCELLED = "cancelled"  # before it began
    ABORTED = "aborted"  # after it began


class BatchStatus(StrEnum):
    ISSUED = "issued"
    IN_EXECUTION = "in_execution"
    EXECUTED = "executed"
    PROD_REVIEWED = "prod_reviewed"
    QA_REVIEW = "qa_review"
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: int
    number: str  # WO-2026-0001
    item_id: int  # what is made
    equipment_id: int  # the line
    quantity: Decimal
    unit: str
    status: Status
    hold_reason: str | None
    started_at: datetime | None
    completed_at: datetime | None
    planned_by: str
    planned_at: datetime
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A requirement line: so much of an item, and how much more may be issued."""

    order_id: int
    item_id: int
    quantity: Decimal
    unit: str
    over_pct: Decimal

    @property
    def most(self) -> Decimal:
        """What may be issued at most."""
        return self.quantity * (1 + self.over_pct / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The batch record: one controlled copy an order."""

    id: int
    order_id: int
    lot_id: int | None  # the lot that it made
    number: str
    status: BatchStatus
    issued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", BatchStatus(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """So much of a lot went into a batch."""

    id: int
    batch_id: int
    lot_id: int
    quantity: Decimal
    unit: str
    issued_by: str
    issued_at: datetime
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards of an order look at."""

    reason: str
    line: EquipmentStatus
    materials: int
    signed: bool = False


def _reasoned(facts: Facts) -> bool:
    return bool(facts.reason.strip())


def _line_works(facts: Facts) -> bool:
    return facts.line in {EquipmentStatus.READY, EquipmentStatus.IN_USE}


def _has_materials(facts: Facts) -> bool:
    return facts.materials > 0


def _signed(facts: Facts) -> bool:
    return facts.signed


_PLANNERS = frozenset({"lead", "engineer"})
_CREW = frozenset({"operator", "lead"})

ORDERS: StateMachine[Facts] = StateMachine(
    "order",
    (
        Transition("release", frozenset({"planned"}), "released", {"has_materials": _has_materials}, roles=_PLANNERS),
        Transition("start", frozenset({"released"}), "running", {"line_works": _line_works}, roles=_CREW),
        Transition("hold", frozenset({"running"}), "on_hold", {"reason_given": _reasoned}, roles=_CREW | {"qa"}),
        Transition("resume", frozenset({"on_hold"}), "running", {"line_works": _line_works}, roles=_CREW),
        Transition("complete", frozenset({"running"}), "completed", roles=_CREW),
        Transition(
            "cancel", frozenset({"planned", "released"}), "cancelled", {"reason_given": _reasoned}, roles=_PLANNERS
        ),
        Transition(
            "abort",
            frozenset({"running", "on_hold"}),
            "aborted",
            {"reason_given": _reasoned, "signed": _signed},
            signed=True,
            roles=frozenset({"qa"}),
        ),
    ),
)
