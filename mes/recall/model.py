"""A recall from its opening to the signature that closes it, as a table of steps.

QA signs how far it reaches; what is in the plant is held at once and without a signature; everyone who has the goods is
told; every quantity is accounted for. A rehearsal takes the same steps and holds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from mes.transitions import StateMachine, Transition


class Kind(StrEnum):
    REAL = "real"
    MOCK = "mock"  # a rehearsal: what is in the plant is located, and nothing is held


class RecallClass(StrEnum):
    I = "I"  # noqa: E741  may do serious harm
    II = "II"  # may do harm that passes
    III = "III"  # does hardly any harm


class Status(StrEnum):
    INITIATED = "initiated"
    SCOPED = "scoped"  # QA signed how far it reaches
    HOLD_APPLIED = "hold_applied"  # what is in the plant is held; in a rehearsal: listed
    NOTIFIED = "notified"  # everyone who has the goods was told
    RECOVERING = "recovering"
    RECONCILED = "reconciled"  # every quantity is accounted for
    EVALUATED = "evaluated"
    CLOSED = "closed"
    CALLED_OFF = "called_off"  # before anything was held


S = Status
OVER = frozenset({S.CLOSED, S.CALLED_OFF})
HELD = frozenset({S.HOLD_APPLIED, S.NOTIFIED, S.RECOVERING})
"""States in which the scope may still grow, and consignees are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    id: int
    number: str
    kind: Kind
    recall_class: RecallClass
    status: Status
    reason: str
    rule: str  # whose clocks hold for it
    notify_h: int
    progress_d: int
    effectiveness: str
    opened_by: str
    opened_at: datetime
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "recall_class", RecallClass(self.recall_class))
        object.__setattr__(self, "status", Status(self.status))

    @property
    def is_mock(self) -> bool:
        return self.kind is Kind.MOCK

    @property
    def cause(self) -> str:
        """Of the holds that it places."""
        return f"recall:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that was taken."""

    id: int
    recall_id: int
    step: str
    status: str
    note: str
    taken_by: str
    taken_at: datetime
    signature_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    whole: bool = True  # no walk through the genealogy ended at its depth
    scope_signed: bool = True  # QA signed the scope as it stands
    untold: int = 0  # consignees without a notice of all that they have
    unanswered: int = 0  # consignees that neither confirmed nor were given up, with the reason
    unreconciled: int = 0  # lines whose quantity is not accounted for
    open_clocks: int = 0  # reports that were due and not made
    effectiveness: str = ""
    note: str = ""


def _all_told(f: Facts) -> bool:
    return f.untold == 0


def _reconciled(f: Facts) -> bool:
    return f.unreconciled == 0


def _reasoned(f: Facts) -> bool:
    return bool(f.note.strip())


QA, QP = frozenset({"qa"}), frozenset({"qp"})
STAFF = frozenset({"qa", "qp", "qc", "lead", "warehouse"})
JUDGES = QA | QP

FORWARD: Mapping[Status, str] = MappingProxyType(
    {
        S.INITIATED: "sign_scope",
        S.SCOPED: "apply_holds",
        S.HOLD_APPLIED: "notify",
        S.NOTIFIED: "recover",
        S.RECOVERING: "reconcile",
        S.RECONCILED: "evaluate",
        S.EVALUATED: "close",
    }
)
"""By state: the step that leads on."""

RECALL: StateMachine[Facts] = StateMachine(
    "recall",
    (
        Transition(
            "sign_scope",
            frozenset({S.INITIATED}),
            S.SCOPED,
            {"trace_is_whole": lambda f: f.whole},
            signed=True,
            roles=QA,
        ),
        Transition(
            "call_off",
            frozenset({S.INITIATED, S.SCOPED}),
            S.CALLED_OFF,
            {"reason_given": _reasoned},
            signed=True,
            roles=QA,
        ),
        Transition(
            "apply_holds", frozenset({S.SCOPED}), S.HOLD_APPLIED, {"trace_is_whole": lambda f: f.whole}, roles=STAFF
        ),
        Transition("notify", frozenset({S.HOLD_APPLIED}), S.NOTIFIED, {"consignees_notified": _all_told}, roles=STAFF),
        Transition("recover", frozenset({S.NOTIFIED}), S.RECOVERING, roles=STAFF),
        Transition(
            "reconcile",
            frozenset({S.RECOVERING}),
            S.RECONCILED,
            {
                "scope_is_signed": lambda f: f.scope_signed,
                "consignees_notified": _all_told,
                "consignees_answered": lambda f: f.unanswered == 0,
                "lines_reconcile": _reconciled,
            },
            roles=STAFF,
        ),
        Transition(
            "reopen",
            frozenset({S.RECONCILED, S.EVALUATED}),
            S.RECOVERING,
            {"reason_given": _reasoned},
            roles=JUDGES,
        ),
        Transition(
            "evaluate",
            frozenset({S.RECONCILED}),
            S.EVALUATED,
            {"effectiveness_given": lambda f: bool(f.effectiveness.strip())},
            roles=JUDGES,
        ),
        Transition(
            "close",
            frozenset({S.EVALUATED}),
            S.CLOSED,
            {"lines_reconcile": _reconciled, "clocks_answered": lambda f: f.open_clocks == 0},
            signed=True,
            roles=QP,
        ),
    ),
)
