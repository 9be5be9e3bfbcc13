"""The release gate's words: fourteen questions, what each found, and what people recorded or signed for them.

GMP 2010, articles 187, 209, 215, 244; Annex 11, 9 and 15; Annex 16.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    STEPS_SIGNED = "G1"
    EXCEPTIONS_JUDGED = "G2"
    DEVIATIONS_CLOSED = "G3"
    NO_EXCURSION = "G4"
    LABORATORY = "G5"
    MATERIALS_USABLE = "G6"
    YIELDS = "G7"
    CALIBRATION = "G8"
    CLEANING_CLEARANCE = "G9"
    COVERAGE = "G10"
    TRAIL_REVIEWED = "G11"
    CHANGES_EVALUATED = "G12"
    LABEL_PROOF = "G13"
    QUALIFIED_PERSON = "G14"


class Lack(StrEnum):
    """What a gate found that keeps it shut."""

    NOT_EXECUTED = "not_executed"  # the batch is still being made
    OPERATION_UNFINISHED = "operation_unfinished"
    OPERATION_UNSIGNED = "operation_unsigned"
    STEP_UNFINISHED = "step_unfinished"
    STEP_UNVERIFIED = "step_unverified"
    SKIP_UNSIGNED = "skip_unsigned"
    PRODUCTION_REVIEW_MISSING = "production_review_missing"
    PRODUCTION_REVIEW_BROKEN = "production_review_broken"  # the record is not what was signed
    QUALITY_REVIEW_MISSING = "quality_review_missing"
    QUALITY_REVIEW_BROKEN = "quality_review_broken"
    EXCEPTION_UNJUDGED = "exception_unjudged"
    DEVIATION_OPEN = "deviation_open"
    DEVIATION_VOID = "deviation_void"
    DEVIATION_ALTERED = "deviation_altered"  # it is not what QA signed when it was closed
    LOT_UNDECIDED = "lot_undecided"  # the deviation says nothing of this lot
    LOT_NOT_ALLOWED = "lot_not_allowed"  # retest, or reject
    EXCURSION_OPEN = "excursion_open"
    LABORATORY_UNKNOWN = "laboratory_unknown"
    LABORATORY_FAILED = "laboratory_failed"
    NOTHING_ISSUED = "nothing_issued"
    LOT_WAS_UNUSABLE = "lot_was_unusable"  # when it was issued
    LOT_ON_HOLD = "lot_on_hold"  # now
    LOT_TAKEN_BACK = "lot_taken_back"  # by QA, since it was issued
    YIELD_UNKNOWN = "yield_unknown"
    YIELD_OUT = "yield_out"
    CALIBRATION_UNKNOWN = "calibration_unknown"
    CALIBRATION_OVERDUE = "calibration_overdue"
    CALIBRATION_FAILED = "calibration_failed"  # found beyond tolerance since, and not concluded upon
    CLEARANCE_MISSING = "clearance_missing"
    CLEARANCE_UNCHECKED = "clearance_unchecked"
    MACHINE_UNKNOWN = "machine_unknown"
    CLEANING_MISSING = "cleaning_missing"
    CLEANING_TOO_OLD = "cleaning_too_old"
    CAPTURE_MISSING = "capture_missing"
    DATA_GAP = "data_gap"
    TRAIL_UNREVIEWED = "trail_unreviewed"
    TRAIL_REVIEWER_EXECUTED = "trail_reviewer_executed"
    CHANGE_BEING_MADE = "change_being_made"
    BATCH_NOT_LOOKED_AT = "batch_not_looked_at"  # one of the first after a major change
    LABEL_UNKNOWN = "label_unknown"
    LABEL_DIFFERS = "label_differs"
    LOT_UNKNOWN = "lot_unknown"  # the batch has no lot
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFIER_EXECUTED = "certifier_executed"
    CERTIFIER_REVIEWED = "certifier_reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason against release. `about`: the step, lot, deviation ... by name; `link`: the page that shows it."""

    lack: Lack
    about: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One question of the gate with its answer. `looked_at`: how many records the answer rests on."""

    code: Code
    findings: tuple[Finding, ...]
    looked_at: int

    @property
    def passed(self) -> bool:
        """Nothing speaks against it."""
        return not self.findings


class Proof(StrEnum):
    """Facts that people record for the gate, signed."""

    LABORATORY = "laboratory"  # verdict of the laboratory on the lot, with its certificate of analysis
    LABEL = "label"  # a printed label of the batch, scanned


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    id: int
    batch_id: int
    kind: Proof
    subject: str  # number of the certificate of analysis, scanned text
    passed: bool
    said: Mapping[str, Any]
    note: str
    signature_id: int
    recorded_by: str
    recorded_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Proof(self.kind))


class Act(StrEnum):
    """What is done with a whole record."""

    REVIEW_PRODUCTION = "review_production"
    REVIEW_QUALITY = "review_quality"
    RETURN = "return"
    CERTIFY = "certify"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One act, with the hash of the record as it was then."""

    id: int
    batch_id: int
    step: Act
    record_sha256: str
    note: str
    found: list[str]  # gates that did not pass then
    signature_id: int | None
    acted_by: str
    person_id: int | None
    acted_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", Act(self.step))
