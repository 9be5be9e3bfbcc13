"""The batch record as rows: operations, steps, values that are never overwritten, captures; and how each goes on.

GMP 2010, articles 171 to 180; 21 CFR 211.188; Annex 11, 9. What a step asks for stands in the copy of the master record
that the batch keeps; the rows tell what was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mes.recipes.document import StepKind
from mes.transitions import StateMachine, Transition


class BatchStatus(StrEnum):
    ISSUED = "issued"
    IN_EXECUTION = "in_execution"
    EXECUTED = "executed"  # every operation is done or skipped, its lot stands in quarantine
    PROD_REVIEWED = "prod_reviewed"
    QA_REVIEW = "qa_review"
    RELEASED = "released"
    REJECTED = "rejected"


class OperationStatus(StrEnum):
    PENDING = "pending"  # something before it is not done
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    SKIPPED = "skipped"  # an exception, signed


class StepStatus(StrEnum):
    PENDING = "pending"
    OPEN = "open"  # its own window runs
    DONE = "done"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    WITHIN = "within"
    ALERT = "alert"  # out of the alert limits, within the action limits
    OUT = "out"  # out of the action limits
    UNJUDGED = "unjudged"  # nothing says what it should be
    DATA_GAP = "data_gap"  # a capture that knows too little of its window


ENDED = frozenset({OperationStatus.DONE, OperationStatus.SKIPPED})
FINISHED = frozenset({StepStatus.DONE, StepStatus.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The batch record: one controlled copy an order."""

    id: int
    order_id: int
    lot_id: int | None  # the lot that it makes: there from the order's release on, without quantity until the end
    number: str
    status: BatchStatus
    issued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    version: int
    document: Mapping[str, Any]  # the copy of the master record, for the order's quantity
    document_sha256: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", BatchStatus(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOperation:
    id: int
    batch_id: int
    position: int
    code: str
    name_en: str
    name_zh: str
    status: OperationStatus
    equipment_id: int | None  # None: not chosen yet, or none needed
    note: str  # why it is paused or was skipped
    started_at: datetime | None
    started_by: str | None
    done_at: datetime | None
    done_by: str | None
    signature_id: int | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", OperationStatus(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStep:
    id: int
    operation_id: int
    position: int
    code: str
    kind: StepKind
    critical: bool
    mandatory: bool
    status: StepStatus
    opened_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    performer_id: int | None  # None: a program did it
    signature_id: int | None
    verified_by: str | None
    verified_at: datetime | None
    verify_signature_id: int | None
    note: str
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", StepKind(self.kind))
        object.__setattr__(self, "status", StepStatus(self.status))

    @property
    def waits_for_verification(self) -> bool:
        """Whether a second person still has to look at it."""
        return self.critical and self.status is StepStatus.DONE and self.verified_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchValue:
    """One value as it was entered. A row that no other supersedes is the one in force."""

    id: int
    step_id: int
    name: str  # value, sample-1 .. n, good, rejected, sampled, equipment
    number: Decimal | None
    text: str
    unit: str
    verdict: Verdict
    source: str  # typed, scanned, program
    observed_at: datetime
    entered_at: datetime
    entered_by: str
    supersedes_id: int | None
    reason: str  # of a correction
    signature_id: int | None
    in_force: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", Verdict(self.verdict))

    @property
    def shown(self) -> str:
        """The value as text, a number as it was typed."""
        return self.text if self.number is None else f"{self.number:f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCapture:
    """What a point said over a step's own window. A row that no other supersedes is the one in force."""

    id: int
    step_id: int
    point_id: int | None
    tag: str
    window_start: datetime
    window_end: datetime
    n: int  # good readings
    min: float | None
    max: float | None
    mean: float | None
    unit: str
    gap_s: float  # time in which the value is unknown
    coverage_pct: float
    raw_sha256: str
    covered: bool  # enough of the window is known
    verdict: Verdict
    taken_at: datetime
    taken_by: str
    supersedes_id: int | None
    in_force: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", Verdict(self.verdict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """A line clearance before an operation, with its check by a second person."""

    id: int
    equipment_id: int
    batch_id: int
    operation_id: int
    before_batch: str  # number of the batch that ran before; empty: none is known
    found: str
    recorded_by: str
    recorder_id: int | None
    recorded_at: datetime
    signature_id: int | None
    passed: bool | None  # None: not checked yet
    remark: str | None
    checked_by: str | None
    checked_at: datetime | None
    check_signature_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A copy on paper; the first is the record's issue, every other has a reason."""

    batch_id: int
    copy: int
    reason: str
    printed_by: str
    printed_at: datetime


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """What the guards of an operation look at."""

    order_goes_on: bool = True  # the order is released or running
    predecessors: tuple[str, ...] = ()  # codes that are not done
    machine: tuple[str, ...] = ()  # what speaks against the machine, as guards
    cleared: tuple[str, ...] = ()  # what the line clearance lacks, as guards
    untrained: tuple[str, ...] = ()  # documents
    unfinished: tuple[str, ...] = ()  # codes of steps
    unverified: tuple[str, ...] = ()  # codes of critical steps
    uncommented: int = 0  # exceptions that nobody has said anything about
    reason: str = ""
    signed: bool = False
    skippable: bool = False


_Open = frozenset({OperationStatus.READY})
_CREW = frozenset({"operator", "lead"})


def _reasoned(facts: OperationFacts) -> bool:
    return bool(facts.reason.strip())


def _signed(facts: OperationFacts) -> bool:
    return facts.signed


def _goes_on(facts: OperationFacts) -> bool:
    return facts.order_goes_on


OPERATIONS: StateMachine[OperationFacts] = StateMachine(
    "batch_operation",
    (
        Transition(
            "start",
            _Open,
            OperationStatus.RUNNING,
            {
                "order_goes_on": _goes_on,
                "predecessors_are_done": lambda facts: not facts.predecessors,
                "operator_is_trained": lambda facts: not facts.untrained,
            },
            roles=_CREW,
        ),
        Transition(
            "pause",
            frozenset({OperationStatus.RUNNING}),
            OperationStatus.PAUSED,
            {"reason_given": _reasoned},
            roles=_CREW,
        ),
        Transition(
            "resume",
            frozenset({OperationStatus.PAUSED}),
            OperationStatus.RUNNING,
            {"order_goes_on": _goes_on},
            roles=_CREW,
        ),
        Transition(
            "complete",
            frozenset({OperationStatus.RUNNING}),
            OperationStatus.DONE,
            {
                "order_goes_on": _goes_on,
                "steps_are_done": lambda facts: not facts.unfinished,
                "critical_steps_are_verified": lambda facts: not facts.unverified,
                "exceptions_are_commented": lambda facts: not facts.uncommented,
                "signed": _signed,
            },
            signed=True,
            roles=_CREW,
        ),
        Transition(
            "skip",
            _Open,
            OperationStatus.SKIPPED,
            {
                "operation_is_skippable": lambda facts: facts.skippable,
                "predecessors_are_done": lambda facts: not facts.predecessors,
                "reason_given": _reasoned,
                "signed": _signed,
            },
            signed=True,
            roles=frozenset({"lead", "qa"}),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the guards of a batch look at; the later steps are the release's own, which checks more before."""

    operations: tuple[str, ...] = ()  # codes that are neither done nor skipped
    signed: bool = False
    reason: str = ""


def _batch_signed(facts: BatchFacts) -> bool:
    return facts.signed


BATCHES: StateMachine[BatchFacts] = StateMachine(
    "batch",
    (
        Transition("start", frozenset({BatchStatus.ISSUED}), BatchStatus.IN_EXECUTION),
        Transition(
            "execute",
            frozenset({BatchStatus.IN_EXECUTION}),
            BatchStatus.EXECUTED,
            {"operations_are_done": lambda facts: not facts.operations},
        ),
        Transition(
            "prod_review",
            frozenset({BatchStatus.EXECUTED}),
            BatchStatus.PROD_REVIEWED,
            {"signed": _batch_signed},
            signed=True,
            roles=frozenset({"lead"}),
        ),
        Transition(
            "begin_qa_review", frozenset({BatchStatus.PROD_REVIEWED}), BatchStatus.QA_REVIEW, roles=frozenset({"qa"})
        ),
        Transition(
            "return_for_correction",
            frozenset({BatchStatus.PROD_REVIEWED, BatchStatus.QA_REVIEW}),
            BatchStatus.EXECUTED,
            {"reason_given": lambda facts: bool(facts.reason.strip())},
            roles=frozenset({"qa", "lead"}),
        ),
        Transition(
            "release",
            frozenset({BatchStatus.QA_REVIEW}),
            BatchStatus.RELEASED,
            {"signed": _batch_signed},
            signed=True,
            roles=frozenset({"qp"}),
        ),
        # The order was given up: its record is void, and the batch can never be released.
        Transition(
            "void",
            frozenset({BatchStatus.ISSUED, BatchStatus.IN_EXECUTION}),
            BatchStatus.REJECTED,
            {"reason_given": lambda facts: bool(facts.reason.strip())},
        ),
        Transition(
            "reject",
            frozenset(BatchStatus) - {BatchStatus.RELEASED, BatchStatus.REJECTED},
            BatchStatus.REJECTED,
            {"signed": _batch_signed},
            signed=True,
            roles=frozenset({"qa", "qp"}),
        ),
    ),
)
