"""Work orders: what is made on which line by when, of what, and how an order goes from plan to closed.

States after B2MML's job states; guards after GMP 2010, articles 168 to 175.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mes.batches.model import Batch as Batch
from mes.batches.model import BatchStatus as BatchStatus
from mes.plant.model import EquipmentStatus
from mes.recipes.document import FefoPolicy
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


GOING_ON = frozenset({Status.RELEASED, Status.RUNNING})
"""Where operations may start and things may be reported."""


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
    priority: int  # 1 goes first, 5 last
    due_on: date | None  # in the plant's calendar
    recipe: str | None  # code of the master record that was copied at release
    recipe_version: int | None
    ended_reason: str | None  # why it was cancelled or aborted
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A line of the copied master record: so much of an item, and how much more or less may be issued."""

    order_id: int
    line: int  # 10, 20, 30
    item_id: int
    quantity: Decimal
    unit: str
    over_pct: Decimal
    under_pct: Decimal
    fefo: FefoPolicy
    min_remaining_days: int
    dispense: bool
    assay_adjusted: bool
    step: str | None  # `operation/step` that issues it; None: any time in the batch

    def __post_init__(self) -> None:
        object.__setattr__(self, "fefo", FefoPolicy(self.fefo))

    @property
    def most(self) -> Decimal:
        """What may be issued at most."""
        return self.quantity * (1 + self.over_pct / 100)

    @property
    def least(self) -> Decimal:
        """What must be issued at least."""
        return self.quantity * (1 - self.under_pct / 100)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards of an order look at."""

    reason: str = ""
    line: EquipmentStatus = EquipmentStatus.READY
    has_recipe: bool = False  # a master record is effective for the product and quantity
    change_open: bool = False  # a change under way blocks the product
    begun: bool = False  # an operation has started
    unfinished: int = 0  # operations that are neither done nor skipped
    overproduced: bool = False  # more than ordered and allowed
    concluded: bool = False  # the batch is released or rejected
    signed: bool = False


def _reasoned(facts: Facts) -> bool:
    return bool(facts.reason.strip())


def _line_works(facts: Facts) -> bool:
    return facts.line in _WORKING


_WORKING = frozenset(
    {EquipmentStatus.READY, EquipmentStatus.IN_USE, EquipmentStatus.TO_CLEAN, EquipmentStatus.CLEANING}
)
_PLANNERS = frozenset({"lead", "engineer"})
_CREW = frozenset({"operator", "lead"})

ORDERS: StateMachine[Facts] = StateMachine(
    "order",
    (
        Transition(
            "release",
            frozenset({"planned"}),
            "released",
            {
                "master_record_is_effective": lambda facts: facts.has_recipe,
                "no_change_blocks_the_product": lambda facts: not facts.change_open,
            },
            roles=_PLANNERS,
        ),
        Transition("start", frozenset({"released"}), "running", {"line_works": _line_works}, roles=_CREW),
        Transition(
            "hold",
            frozenset({"released", "running"}),
            "on_hold",
            {"reason_given": _reasoned},
            roles=_CREW | {"qa"},
        ),
        Transition("resume", frozenset({"on_hold"}), "running", {"line_works": _line_works}, roles=_CREW),
        Transition("resume_unbegun", frozenset({"on_hold"}), "released", roles=_CREW),  # nothing had started
        Transition(
            "complete",
            frozenset({"running"}),
            "completed",
            {
                "operations_are_done": lambda facts: not facts.unfinished,
                "quantity_is_allowed": lambda facts: not facts.overproduced,
            },
            roles=_CREW,
        ),
        Transition(
            "close",
            frozenset({"completed"}),
            "closed",
            {"batch_is_concluded": lambda facts: facts.concluded},
            roles=_PLANNERS | {"qa"},
        ),
        Transition(
            "cancel", frozenset({"planned", "released"}), "cancelled", {"reason_given": _reasoned}, roles=_PLANNERS
        ),
        Transition(
            "abort",
            frozenset({"running", "on_hold"}),
            "aborted",
            {"reason_given": _reasoned, "signed": lambda facts: facts.signed},
            signed=True,
            roles=frozenset({"qa"}),
        ),
    ),
)
