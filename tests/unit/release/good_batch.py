"""The facts of a batch that nothing speaks against: every gate looks at something, and finds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from mes.audit.verdicts import Verdict as LotVerdict
from mes.batches.judging import Yield
from mes.batches.model import (
    Batch,
    BatchCapture,
    BatchOperation,
    BatchStatus,
    BatchStep,
    Clearance,
    OperationStatus,
    StepStatus,
    Verdict,
)
from mes.equipment.model import Cleaning
from mes.exceptions.model import BatchException, Kind, Severity, Status
from mes.inventory.model import Hold, Lot, QualityStatus
from mes.materials.model import Issue
from mes.people.model import Meaning, Signature, Verified
from mes.quality.model import Deviation, DeviationStatus, Disposition, NamedLot
from mes.recipes.document import Line, MasterRecord, Operation, Step, StepKind
from mes.release.facts import Facts, Weighing
from mes.release.model import Act, Evidence, Gate, Proof, Review
from mes.sensors.look_backs import LookBack
from mes.sensors.model import CalibrationState, Standing

AT = datetime(2026, 9, 1, 0, tzinfo=UTC)
OPERATOR, SECOND, LEAD, QA, QP = 1, 2, 3, 4, 5
MACHINE, ROOM, SCALE, RAW, MADE = 9, 20, 21, 30, 31
GTIN, EXPIRES = "06901234567892", date(2028, 8, 31)


def hour(at: float) -> datetime:
    """Hours after the batch was issued."""
    return AT + timedelta(hours=at)


RECORD = MasterRecord(
    product="FG-PEN",
    title_en="Pen",
    title_zh="笔",
    batch_size=Decimal(100),
    unit="pcs",
    lines=(Line(number=10, item="RM-INSULIN", quantity=Decimal(2), unit="g"),),
    operations=(
        Operation(
            code="fill",
            name_en="Filling",
            name_zh="灌装",
            clearance=True,
            clean=True,
            clean_hold_h=Decimal(72),
            steps=(
                Step(code="ph", kind=StepKind.VALUE, text_en="pH", text_zh="酸碱度", critical=True),
                Step(code="room", kind=StepKind.CAPTURE, text_en="Room", text_zh="房间"),
            ),
        ),
    ),
)
BATCH = Batch(
    id=1,
    order_id=1,
    lot_id=MADE,
    number="B-1",
    status=BatchStatus.QA_REVIEW,
    issued_at=hour(0),
    started_at=hour(10),
    ended_at=hour(20),
    version=1,
    document={},
    document_sha256="",
)
FILLING = BatchOperation(
    id=2,
    batch_id=1,
    position=1,
    code="fill",
    name_en="Filling",
    name_zh="灌装",
    status=OperationStatus.DONE,
    equipment_id=MACHINE,
    note="",
    started_at=hour(10),
    started_by="operator",
    done_at=hour(20),
    done_by="OPERATOR",
    signature_id=50,
    version=3,
)


def step(id_: int, code: str, kind: StepKind) -> BatchStep:
    """A step that was done, signed, verified and signed again."""
    return BatchStep(
        id=id_,
        operation_id=FILLING.id,
        position=id_,
        code=code,
        kind=kind,
        critical=kind is StepKind.VALUE,
        mandatory=True,
        status=StepStatus.DONE,
        opened_at=hour(10),
        done_at=hour(12),
        done_by="OPERATOR",
        performer_id=OPERATOR,
        signature_id=51,
        verified_by="SECOND",
        verified_at=hour(13),
        verify_signature_id=52,
        note="",
        version=2,
    )


PH, ROOM_WATCHED = step(3, "ph", StepKind.VALUE), step(4, "room", StepKind.CAPTURE)
CAPTURE = BatchCapture(
    id=6,
    step_id=ROOM_WATCHED.id,
    point_id=ROOM,
    tag="room",
    window_start=hour(10),
    window_end=hour(12),
    n=120,
    min=20.0,
    max=22.0,
    mean=21.0,
    unit="Cel",
    gap_s=0.0,
    coverage_pct=100.0,
    raw_sha256="",
    covered=True,
    verdict=Verdict.WITHIN,
    taken_at=hour(12),
    taken_by="operator",
    supersedes_id=None,
    in_force=True,
)
CLEARANCE = Clearance(
    id=7,
    equipment_id=MACHINE,
    batch_id=1,
    operation_id=FILLING.id,
    before_batch="",
    found="nothing left",
    recorded_by="OPERATOR",
    recorder_id=OPERATOR,
    recorded_at=hour(9),
    signature_id=53,
    passed=True,
    remark="",
    checked_by="SECOND",
    checked_at=hour(9),
    check_signature_id=54,
)
CLEANING = Cleaning(
    id=8,
    equipment_id=MACHINE,
    method="purified water",
    started_by="operator",
    started_at=hour(7),
    finished_by="OPERATOR",
    finisher_id=OPERATOR,
    finished_at=hour(8),
    signature_id=55,
    checked_by="SECOND",
    checked_at=hour(8),
    check_signature_id=56,
    passed=True,
    remark="",
    version=3,
)
YIELD = Yield(
    operation=None,
    good=Decimal(98),
    rejected=Decimal(1),
    sampled=Decimal(1),
    expected=Decimal(100),
    unit="pcs",
    pct=Decimal(98),
    accounted_pct=Decimal(100),
    low_pct=Decimal(90),
    high_pct=Decimal(105),
)


def lot(id_: int, number: str, status: QualityStatus = QualityStatus.RELEASED) -> Lot:
    """Made of insulin or pens, and good for two years."""
    return Lot(
        id=id_,
        number=number,
        item_id=1,
        item="RM-INSULIN",
        item_en="Insulin",
        item_zh="胰岛素",
        item_expires=True,
        quality_status=status,
        quantity=Decimal(5),
        unit="g",
        received_at=AT - timedelta(days=30),
        expires_on=EXPIRES,
        version=2,
        active_holds=0,
    )


RAW_LOT, MADE_LOT = lot(RAW, "R-1"), lot(MADE, "B-1", QualityStatus.QUARANTINE)


def verdict(at: float, before: QualityStatus, after: QualityStatus) -> LotVerdict:
    """QA's on the lot that was issued, at an hour."""
    return LotVerdict(lot_id=RAW, at=hour(at), before=before, after=after)


RELEASED_BEFORE = verdict(-480, QualityStatus.QUARANTINE, QualityStatus.RELEASED)
ISSUE = Issue(
    id=10,
    batch_id=1,
    lot_id=RAW,
    quantity=Decimal(2),
    unit="g",
    issued_by="operator",
    issued_at=hour(10),
    idempotency_key="k",
    line=10,
    container_id=None,
    step_id=None,
    warnings=[],
    override_reason="",
    signature_id=None,
    returned=Decimal(0),
)


def hold(placed: float, lifted: float | None, lot_id: int = RAW) -> Hold:
    """On a lot between these hours; lifted None: it stands."""
    until = None if lifted is None else hour(lifted)
    by = None if lifted is None else "qa"
    told = {"cause": "manual:1", "reason": "looked at", "placed_by": "qa", "lifted_by": by, "signature_id": None}
    return Hold(id=11, lot_id=lot_id, placed_at=hour(placed), lifted_at=until, **told)  # type: ignore[arg-type]


def exception(status: Status, kind: Kind = Kind.OOT, **told: object) -> BatchException:
    """A minor one of the pH, unless told otherwise."""
    plain: dict[str, object] = {
        "batch_id": 1,
        "key": "value:3",
        "severity": Severity.MINOR,
        "said": {},
        "operation_id": FILLING.id,
        "step_id": PH.id,
        "raised_by": "operator",
        "raised_at": hour(12),
        "comment": "warming up",
        "commented_by": "operator",
        "commented_at": hour(12),
        "rationale": "",
        "judged_by": None,
        "judged_at": None,
        "signature_id": None,
        "deviation_id": None,
        "version": 2,
    }
    return BatchException(id=12, kind=kind, status=status, **(plain | told))  # type: ignore[arg-type]


def deviation(status: DeviationStatus) -> Deviation:
    """Deviation 13, as far as it has come."""
    texts = dict.fromkeys(("title_en", "title_zh", "description", "root_cause", "other_batches"), "")
    unknown = dict.fromkeys(
        ("severity", "reported_by", "reported_at", "classified_by", "excursion_id", "closed_at", "signature_id")
    )
    when = {"occurred_at": hour(12), "opened_at": hour(12), "opened_by": "qa", "version": 1}
    return Deviation(id=13, number="DEV-1", status=status, **texts, **unknown, **when)  # type: ignore[arg-type]


def named(disposition: Disposition | None) -> NamedLot:
    """What deviation 13 says of the lot that is made."""
    return NamedLot(
        deviation_id=13,
        lot_id=MADE,
        disposition=disposition,
        reason="",
        named_by="qa",
        named_at=hour(13),
        decided_by=None,
        decided_at=None,
    )


def state(point_id: int, standing: Standing = Standing.VALID) -> CalibrationState:
    """Of a sensor or a scale when it was used."""
    return CalibrationState(point_id=point_id, standing=standing, instrument_id=point_id)


DOUBT = LookBack(
    id=14,
    number="LB-1",
    certificate_id=2,
    good_id=1,
    from_time=AT - timedelta(days=30),
    to_time=AT + timedelta(days=30),
    findings={},
    deviation_id=13,
    opened_at=AT + timedelta(days=30),
    opened_by="maintenance",
    conclusion="",
    concluded_at=None,
    signature_id=None,
    version=1,
)
WEIGHING = Weighing(point_id=SCALE, scale="scale-1.weight", at=hour(9), state=state(SCALE))


def evidence(kind: Proof, *, passed: bool = True) -> Evidence:
    """A signed proof, which says what the batch is."""
    label = {"gtin": GTIN, "lot": MADE_LOT.number, "expires_on": str(EXPIRES)}
    return Evidence(
        id=15,
        batch_id=1,
        kind=kind,
        subject="COA-1",
        passed=passed,
        said=label,
        note="",
        signature_id=57,
        recorded_by="QC",
        recorded_at=hour(30),
    )


def signature(id_: int, person_id: int) -> Signature:
    """One on the batch."""
    told = {"role": "qa", "reason": "read", "record_type": "batch", "record_id": "1", "record_version": 1}
    kept = {"content_sha256": "", "terminal": "", "signed_at": hour(40), "printed_name": f"PERSON {person_id}"}
    return Signature(id=id_, person_id=person_id, meaning=Meaning.REVIEWED, **told, **kept)  # type: ignore[arg-type]


def review(id_: int, act: Act, person_id: int) -> Review:
    """An act on the whole record, with signature of the same id."""
    told = {"record_sha256": "", "note": "", "acted_by": f"PERSON {person_id}", "acted_at": hour(40)}
    return Review(id=id_, batch_id=1, step=act, found=[], signature_id=id_, person_id=person_id, **told)  # type: ignore[arg-type]


REVIEWS = (
    review(60, Act.REVIEW_PRODUCTION, LEAD),
    review(61, Act.REVIEW_QUALITY, QA),
    review(62, Act.CERTIFY, QP),
)
SIGNATURES = tuple(Verified(signature(each.id, each.person_id or 0), is_kept=True, differs=()) for each in REVIEWS)
GOOD = Facts(
    batch=BATCH,
    record=RECORD,
    made=MADE_LOT,
    gtin=GTIN,
    plant_zone=ZoneInfo("Asia/Shanghai"),
    operations=[FILLING],
    steps=[PH, ROOM_WATCHED],
    captures=[CAPTURE],
    clearances=[CLEARANCE],
    cleanings=[CLEANING],
    yields=[YIELD],
    issues=[ISSUE],
    lots={RAW: RAW_LOT},
    verdicts=[RELEASED_BEFORE],
    exceptions=[exception(Status.ACCEPTED)],
    deviations={13: deviation(DeviationStatus.CLOSED)},
    named=[named(Disposition.NO_IMPACT)],
    calibrations={CAPTURE.id: state(ROOM)},
    weighings=[WEIGHING],
    evidence=[evidence(Proof.LABORATORY), evidence(Proof.LABEL)],
    trail=signature(63, QA),
    reviews=REVIEWS,
    signatures=SIGNATURES,
    performers=frozenset({OPERATOR, SECOND}),
)


def but(**facts: object) -> Facts:
    """The good batch with these facts instead."""
    return replace(GOOD, **facts)  # type: ignore[arg-type]


def shut(gates: Sequence[Gate]) -> Mapping[str, list[str]]:
    """Gates that keep the batch, with what each found."""
    return {gate.code.value: [each.lack.value for each in gate.findings] for gate in gates if not gate.passed}
