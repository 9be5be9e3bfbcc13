"""One container of one line of a batch, from its plan over the scale to its use: states, tolerance, the two people.

GMP 2010, article 116: another person checks every weighed material; 117: those of one batch stand together. Pure.
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
    PLANNED = "planned"  # its lot is reserved
    WEIGHING = "weighing"  # on the scale, its tare is taken
    WEIGHED = "weighed"  # net within tolerance
    VERIFIED = "verified"  # by a second person
    STAGED = "staged"  # with the batch's other containers
    CONSUMED = "consumed"
    RETURNED = "returned"  # its content is free stock again
    DESTROYED = "destroyed"
    REJECTED = "rejected"  # not as it should be; its content stays where it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispensing:
    id: int
    number: str  # DSP-2026-0001
    batch_id: int
    line: int
    lot_id: int
    reservation_id: int | None
    target: Decimal  # net, in the item's unit
    low: Decimal
    high: Decimal
    status: Status
    zone_id: int | None  # where it is weighed
    point_id: int | None  # the scale's weight; None: typed
    tare: Decimal | None
    gross: Decimal | None
    net: Decimal | None
    evidence: Mapping[str, Any]  # the readings that say so, or why it was typed
    container_id: int | None
    source_id: int | None
    weighed_by: str | None
    weighed_at: datetime | None
    weigher_id: int | None
    signature_id: int | None
    ended_reason: str
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))

    @property
    def content(self) -> dict[str, object]:
        """What the second person's signature is bound to."""
        names = ("number", "batch_id", "line", "lot_id", "target", "low", "high", "tare", "gross", "net", "weighed_by")
        return {name: getattr(self, name) for name in names} | {"evidence": dict(self.evidence)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards of a dispensing look at."""

    reserved: bool = True  # its reservation stands: no hold has ended it
    within: bool = True  # net between low and high
    signed: bool = False
    second_person: bool = True
    together: bool = True  # the batch's other containers stand there too
    reason: str = ""


def _reasoned(facts: Facts) -> bool:
    return bool(facts.reason.strip())


_STARTED = frozenset({"weighed", "verified", "staged"})
_CHECKED = frozenset({"verified", "staged"})

DISPENSINGS: StateMachine[Facts] = StateMachine(
    "dispensing",
    (
        Transition("tare", frozenset({"planned", "weighing"}), "weighing", {"lot_is_reserved": lambda f: f.reserved}),
        Transition("weigh", frozenset({"weighing"}), "weighed", {"net_is_within_tolerance": lambda f: f.within}),
        Transition(
            "verify",
            frozenset({"weighed"}),
            "verified",
            {"signed": lambda f: f.signed, "same_person": lambda f: f.second_person},
            signed=True,
        ),
        Transition(
            "stage", frozenset({"verified", "staged"}), "staged", {"batch_stands_together": lambda f: f.together}
        ),
        Transition("consume", _CHECKED, "consumed"),
        Transition("return", _STARTED, "returned", {"reason_given": _reasoned}),
        Transition("destroy", _STARTED, "destroyed", {"reason_given": _reasoned}),
        Transition("reject", frozenset({"planned", "weighing", *_STARTED}), "rejected", {"reason_given": _reasoned}),
    ),
)


def within(net: Decimal, low: Decimal, high: Decimal) -> bool:
    """Whether a net weight is within its tolerance; on a limit it is."""
    return low <= net <= high
