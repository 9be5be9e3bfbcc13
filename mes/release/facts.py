"""Everything that the release gate looks at, read once. Pure: no query is made from here on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from mes.audit.verdicts import Verdict
from mes.batches.judging import Yield
from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue, Clearance
from mes.changes.model import Change
from mes.equipment.model import Cleaning
from mes.exceptions.model import BatchException
from mes.inventory.model import Hold, Lot
from mes.materials.model import Issue
from mes.people.model import Signature, Verified
from mes.quality.model import Deviation, Excursion, NamedLot
from mes.recipes.document import MasterRecord, Operation, Step
from mes.release.model import Act, Evidence, Proof, Review
from mes.sensors.look_backs import LookBack
from mes.sensors.model import CalibrationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """A weight that a scale told, the scale's calibration then, and what was found of it since."""

    point_id: int
    scale: str  # the point's name
    at: datetime
    state: CalibrationState
    doubts: Sequence[LookBack] = ()  # not concluded, and about that moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    batch: Batch
    record: MasterRecord  # the copy that the batch keeps
    made: Lot | None  # the lot that it makes
    gtin: str | None  # of the product; None: nobody has said
    plant_zone: ZoneInfo
    operations: Sequence[BatchOperation] = ()
    steps: Sequence[BatchStep] = ()
    values: Sequence[BatchValue] = ()
    captures: Sequence[BatchCapture] = ()
    clearances: Sequence[Clearance] = ()
    cleanings: Sequence[Cleaning] = ()
    yields: Sequence[Yield] = ()
    issues: Sequence[Issue] = ()
    lots: Mapping[int, Lot] = field(default_factory=dict)  # that were issued, as they are now
    holds: Sequence[Hold] = ()  # of these lots, lifted ones too
    verdicts: Sequence[Verdict] = ()  # QA's on these lots, oldest first
    exceptions: Sequence[BatchException] = ()
    deviations: Mapping[int, Deviation] = field(default_factory=dict)  # linked by an exception, a lot or an excursion
    altered: frozenset[int] = frozenset()  # ids of closed deviations that are not what was signed
    named: Sequence[NamedLot] = ()  # what deviations say of the lot that is made
    excursions: Sequence[Excursion] = ()  # not over, and touching the lot that is made or one that was issued
    calibrations: Mapping[int, CalibrationState] = field(default_factory=dict)  # by capture, at its end
    doubts: Mapping[int, Sequence[LookBack]] = field(default_factory=dict)  # by capture, not concluded
    weighings: Sequence[Weighing] = ()  # of the batch's materials, on scales of the plant
    evidence: Sequence[Evidence] = ()
    changes: Sequence[Change] = ()  # being made now, and keeping the product back
    unseen_changes: Sequence[Change] = ()  # in effect, and this first batch after it not looked at
    trail: Signature | None = None  # of the review of the audit trail, if it still covers it
    reviews: Sequence[Review] = ()
    signatures: Sequence[Verified] = ()  # on the batch, held against the record as it is now
    unaware: Sequence[Verified] = ()  # these, held against it without exceptions that nobody has said anything of
    performers: frozenset[int] = frozenset()  # people who executed or verified any of it

    def operation_in_record(self, code: str) -> Operation | None:
        """The operation as the master record has it."""
        return next((each for each in self.record.operations if each.code == code), None)

    def names_of_steps(self) -> dict[int, str]:
        """By step: `operation/step`."""
        codes = {each.id: each.code for each in self.operations}
        return {each.id: f"{codes[each.operation_id]}/{each.code}" for each in self.steps}

    def steps_in_record(self) -> dict[str, Step]:
        """By `operation/step`."""
        return {f"{operation.code}/{step.code}": step for operation, step in self.record.steps()}

    def latest(self, kind: Proof) -> Evidence | None:
        """The newest of a kind: it counts."""
        return next((each for each in reversed(self.evidence) if each.kind is kind), None)

    def last_review(self, act: Act) -> Review | None:
        """The newest act of a kind since the record last came back."""
        found: Review | None = None
        for each in self.reviews:
            if each.step is Act.RETURN:
                found = None
            elif each.step is act:
                found = each
        return found

    def holds_still(self, review: Review) -> bool:
        """Whether its signature still stands for the record."""
        return any(each.valid for each in self.signatures if each.signature.id == review.signature_id)

    def stands_but_for_news(self, review: Review) -> bool:
        """Whether its signature stands, or did until an exception was found that nobody has looked at yet."""
        known = {each.signature.id for each in (*self.signatures, *self.unaware) if each.valid}
        return review.signature_id in known

    @property
    def production_reviewers(self) -> frozenset[int]:
        """Who reviewed it for production, whenever."""
        acts = (each for each in self.reviews if each.step is Act.REVIEW_PRODUCTION)
        return frozenset(each.person_id for each in acts if each.person_id is not None)
