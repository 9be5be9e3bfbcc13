"""A change of a policy on its way: proposed with its reason, then signed by QA and in force, or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from mes.people.model import Role
from mes.policies.document import policy_of
from mes.transitions import StateMachine, Transition
from models.policy import Policy


class ChangeStatus(StrEnum):
    PROPOSED = "proposed"
    SIGNED = "signed"  # it has become a version
    WITHDRAWN = "withdrawn"  # it never was in force


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    id: int
    code: str  # of the policy
    number: int  # the version that it will be
    base_number: int  # the version that it was written against
    document: Mapping[str, Any]
    effective_from: datetime | None  # None: from the signature on
    reason: str
    status: ChangeStatus
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None  # why it was withdrawn
    signature_id: int | None
    rule_id: int | None  # the version that it became
    version: int
    policy: Policy = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", ChangeStatus(self.status))
        object.__setattr__(self, "policy", policy_of(self.document))

    def signed_content(self) -> dict[str, object]:
        """What a signature covers: the whole policy, since when it is asked for, and why."""
        return {
            "policy": self.code,
            "number": self.number,
            "follows": self.base_number,
            "effective_from": self.effective_from,
            "reason": self.reason,
            "document": self.document,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """What the guards of a step look at."""

    last_number: int = 0  # the newest version of the policy
    base_number: int = 0
    reason: str = ""


CHANGE: StateMachine[ChangeFacts] = StateMachine(
    "policy_change",
    (
        Transition(
            "sign",
            frozenset({ChangeStatus.PROPOSED}),
            ChangeStatus.SIGNED,
            {"follows_the_newest_version": lambda facts: facts.base_number == facts.last_number},
            signed=True,
            roles=frozenset({Role.QA}),
        ),
        Transition(
            "withdraw",
            frozenset({ChangeStatus.PROPOSED}),
            ChangeStatus.WITHDRAWN,
            {"reason_given": lambda facts: bool(facts.reason.strip())},
            roles=frozenset({Role.QA}),
        ),
    ),
)
