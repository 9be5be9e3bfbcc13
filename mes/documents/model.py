"""A controlled document and its versions (GMP 2010 Art. 150-158): one in force at a time, the obsolete ones blocked.

What is kept is what people decided (draft, in review, approved, withdrawn); whether a version is to come, in force or
obsolete follows from its moments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mes.transitions import StateMachine, Transition


class Status(StrEnum):
    """What people decided about a version."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"  # taken out of force with nothing in its place


class Standing(StrEnum):
    """What a version is worth at a moment."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    TO_COME = "to_come"  # approved, not yet in force
    EFFECTIVE = "effective"  # the one to work by
    OBSOLETE = "obsolete"  # must not be worked by


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a document, with its document's code and titles."""

    id: int  # of the version
    document_id: int
    code: str
    title_en: str
    title_zh: str
    number: int  # 1, 2, 3 ... of its document
    status: Status
    text: str
    url: str
    change_reason: str
    author: str
    drafted_at: datetime
    effective_from: datetime | None
    obsolete_from: datetime | None
    signature_id: int | None
    version: int  # of this row: counts its changes

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))

    def standing(self, at: datetime) -> Standing:
        """What it is worth at a moment: in force from its moment on, up to that of the next one."""
        if self.effective_from is None:
            return Standing(self.status)
        if self.obsolete_from is not None and at >= self.obsolete_from:
            return Standing.OBSOLETE
        return Standing.EFFECTIVE if at >= self.effective_from else Standing.TO_COME

    def signed_content(self) -> dict[str, object]:
        """What an approval signs: everything that a reader sees."""
        names = ("code", "title_en", "title_zh", "number", "text", "url", "change_reason", "author", "effective_from")
        return {name: getattr(self, name) for name in names}


def effective(versions: Iterable[Document], at: datetime) -> Document | None:
    """The one in force at a moment."""
    return next((each for each in versions if each.standing(at) is Standing.EFFECTIVE), None)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What the guards ask."""

    has_content: bool = True
    authors: frozenset[str] = frozenset()  # who drafted this version or wrote on
    signer: str = ""
    effective_from: datetime | None = None
    now: datetime | None = None
    reason: str = ""


def _not_before_now(facts: DocumentFacts) -> bool:
    return facts.effective_from is not None and facts.now is not None and facts.effective_from >= facts.now


def _reasoned(facts: DocumentFacts) -> bool:
    return bool(facts.reason.strip())


DOCUMENT: StateMachine[DocumentFacts] = StateMachine(
    "document",
    (
        Transition("edit", frozenset({Status.DRAFT}), Status.DRAFT),
        Transition(
            "submit",
            frozenset({Status.DRAFT}),
            Status.IN_REVIEW,
            {"document_has_content": lambda facts: facts.has_content},
        ),
        Transition("return", frozenset({Status.IN_REVIEW}), Status.DRAFT, {"reason_given": _reasoned}),
        Transition(
            "approve",
            frozenset({Status.IN_REVIEW}),
            Status.APPROVED,
            {
                "approver_is_not_author": lambda facts: facts.signer not in facts.authors,
                "effective_not_before_now": _not_before_now,
            },
            signed=True,
        ),
        Transition(
            "withdraw", frozenset({Status.APPROVED}), Status.WITHDRAWN, {"reason_given": _reasoned}, signed=True
        ),
    ),
)
