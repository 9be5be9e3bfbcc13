"""A master record's way from draft to in force, as a table of steps.

Who wrote it does not approve it. In review it says what it will always say; back in draft it may be written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mes.recipes.document import MasterRecord
from mes.recipes.written import record_of
from mes.transitions import StateMachine, Transition


class RecipeStatus(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"  # signed by its author
    APPROVED = "approved"  # signed by QA
    EFFECTIVE = "effective"
    SUPERSEDED = "superseded"  # by a later version
    WITHDRAWN = "withdrawn"  # a draft that was given up


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeVersion:
    id: int
    product: str  # code of the item that it makes
    number: int  # 1, 2, 3 of its product
    batch_size: Decimal
    status: RecipeStatus
    document: Mapping[str, Any]
    reason: str
    change: str | None  # number of the change control that it came under
    authored_by: str
    authored_at: datetime
    effective_from: datetime | None
    effective_to: datetime | None
    author_signature_id: int | None
    approval_signature_id: int | None
    installed: bool  # in force since the plant was set up, from its folder
    version: int
    record: MasterRecord = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", RecipeStatus(self.status))
        object.__setattr__(self, "record", record_of(self.document))

    @property
    def code(self) -> str:
        """How people call it: FG-PEN v3."""
        return f"{self.product} v{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeFacts:
    """What the guards look at."""

    problems: int = 0  # mistakes in what it says
    signer: str = ""
    authors: frozenset[str] = frozenset()  # who drafted it or wrote it anew
    reason: str = ""
    is_first: bool = True  # of its product and batch size in force
    change_given: bool = False


AUTHORS = frozenset({"engineer", "lead", "qa"})
QA = frozenset({"qa"})

RECIPE: StateMachine[RecipeFacts] = StateMachine(
    "recipe",
    (
        Transition(
            "submit",
            frozenset({"draft"}),
            "review",
            {"record_is_sound": lambda f: f.problems == 0},
            signed=True,
            roles=AUTHORS,
        ),
        Transition(
            "return", frozenset({"review"}), "draft", {"reason_given": lambda f: bool(f.reason.strip())}, roles=QA
        ),
        Transition(
            "approve",
            frozenset({"review"}),
            "approved",
            {
                "record_is_sound": lambda f: f.problems == 0,
                "signer_is_not_the_author": lambda f: f.signer not in f.authors,
            },
            signed=True,
            roles=QA,
        ),
        Transition(
            "put_in_force",
            frozenset({"approved"}),
            "effective",
            {"change_approved": lambda f: f.is_first or f.change_given},
            roles=QA,
        ),
        Transition(
            "withdraw",
            frozenset({"draft"}),
            "withdrawn",
            {"reason_given": lambda f: bool(f.reason.strip())},
            roles=AUTHORS,
        ),
    ),
)
