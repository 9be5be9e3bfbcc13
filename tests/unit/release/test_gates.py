"""The release gate, question by question: one fact is wrong and one gate shuts; the fact is mended and it opens."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mes.batches.model import BatchStatus, OperationStatus, StepStatus
from mes.exceptions.model import Kind, Status
from mes.inventory.model import QualityStatus
from mes.quality.model import DeviationStatus, Disposition
from mes.release.gates import against_certifier, judge
from mes.release.model import Act, Proof
from mes.sensors.model import Standing
from tests.unit.release.good_batch import (
    CAPTURE,
    CLEANING,
    CLEARANCE,
    DOUBT,
    FILLING,
    GOOD,
    LEAD,
    MADE_LOT,
    OPERATOR,
    PH,
    QP,
    RAW,
    RAW_LOT,
    RELEASED_BEFORE,
    REVIEWS,
    ROOM,
    ROOM_WATCHED,
    SCALE,
    SIGNATURES,
    WEIGHING,
    YIELD,
    but,
    deviation,
    evidence,
    exception,
    hold,
    hour,
    named,
    review,
    shut,
    signature,
    state,
    verdict,
)

QUARANTINE, RELEASED, REJECTED = QualityStatus.QUARANTINE, QualityStatus.RELEASED, QualityStatus.REJECTED


def test_a_good_batch_passes_every_gate_and_each_looked_at_something() -> None:
    gates = judge(GOOD)
    assert [gate.code.value for gate in gates] == [f"G{n}" for n in range(1, 15)]
    assert shut(gates) == {}
    assert [gate.code.value for gate in gates if not gate.looked_at] == ["G12"]  # no change touches the product


def steps(**told: Any) -> dict[str, Any]:
    return {"steps": [replace(PH, **told), ROOM_WATCHED]}


def signed_otherwise(index: int, **told: Any) -> dict[str, Any]:
    """One of the three signatures on the record doesn't stand as it should."""
    broken = replace(SIGNATURES[index], **told)
    return {"signatures": [*SIGNATURES[:index], broken, *SIGNATURES[index + 1 :]]}


def operations(**told: Any) -> dict[str, Any]:
    return {"operations": [replace(FILLING, **told)]}


def excursions() -> dict[str, Any]:
    class Open:
        id, number = 5, "EXC-1"

    return {"excursions": [Open()]}


def changes(name: str) -> dict[str, Any]:
    class Change:
        id, number = 5, "CHG-1"

    return {name: [Change()]}


Shut = dict[str, dict[str, Any]]
STEPS_SIGNED: Shut = {
    "not_executed": {"batch": replace(GOOD.batch, status=BatchStatus.IN_EXECUTION)},
    "operation_unfinished": operations(status=OperationStatus.RUNNING),
    "operation_unsigned": operations(signature_id=None),
    "step_unfinished": steps(status=StepStatus.OPEN),
    "skip_unsigned": steps(status=StepStatus.SKIPPED, signature_id=None),
    "step_unverified": steps(verify_signature_id=None),
    "production_review_missing": {"reviews": REVIEWS[1:]},
    "production_review_broken": signed_otherwise(0, differs=("record_sha256",)),
    "quality_review_missing": {"reviews": [REVIEWS[0], REVIEWS[2]]},
    "quality_review_broken": signed_otherwise(1, is_kept=False),
}
DEVIATIONS: Shut = {
    "deviation_open": {"deviations": {13: deviation(DeviationStatus.QA_REVIEW)}},
    "lot_undecided": {"named": [named(None)]},
    "lot_not_allowed": {"named": [named(Disposition.RETEST)]},
    "deviation_void": {
        "deviations": {13: deviation(DeviationStatus.VOID)},
        "exceptions": [exception(Status.ESCALATED, deviation_id=13)],
    },
}
MATERIALS: Shut = {
    "nothing_issued": {"issues": []},
    "lot_was_unusable": {"verdicts": [verdict(11, QUARANTINE, RELEASED)]},  # an hour after the issue
    "lot_on_hold": {"lots": {RAW: replace(RAW_LOT, active_holds=1)}, "holds": [hold(30, None)]},
    "lot_taken_back": {
        "lots": {RAW: replace(RAW_LOT, quality_status=QUARANTINE)},
        "verdicts": [RELEASED_BEFORE, verdict(40, RELEASED, QUARANTINE)],
    },
}
CALIBRATION: Shut = {
    "calibration_unknown": {"calibrations": {}},
    "calibration_overdue": {"calibrations": {CAPTURE.id: state(ROOM, Standing.OVERDUE)}},
    "calibration_failed": {"doubts": {CAPTURE.id: [DOUBT]}},
}
CLEANING_CLEARANCE: Shut = {
    "clearance_missing": {"clearances": []},
    "clearance_unchecked": {"clearances": [replace(CLEARANCE, checked_by=CLEARANCE.recorded_by)]},
    "machine_unknown": operations(equipment_id=None),
    "cleaning_missing": {"cleanings": [replace(CLEANING, passed=False)]},
    "cleaning_too_old": {"cleanings": [replace(CLEANING, finished_at=hour(10 - 73))]},
}
PROOFS = {
    "laboratory_unknown": ("G5", {"evidence": [evidence(Proof.LABEL)]}),
    "laboratory_failed": ("G5", {"evidence": [*GOOD.evidence, evidence(Proof.LABORATORY, passed=False)]}),
    "label_unknown": ("G13", {"evidence": [evidence(Proof.LABORATORY)]}),
}
REST = {
    "exception_unjudged": ("G2", {"exceptions": [exception(Status.OPEN)]}),
    "excursion_open": ("G4", excursions()),
    "yield_unknown": ("G7", {"yields": []}),
    "yield_out": ("G7", {"yields": [replace(YIELD, pct=Decimal("89.99"))]}),
    "capture_missing": ("G10", {"captures": [replace(CAPTURE, in_force=False)]}),
    "data_gap": ("G10", {"captures": [replace(CAPTURE, coverage_pct=94.9)]}),
    "trail_unreviewed": ("G11", {"trail": None}),
    "trail_reviewer_executed": ("G11", {"trail": signature(63, OPERATOR)}),
    "change_being_made": ("G12", changes("changes")),
    "batch_not_looked_at": ("G12", changes("unseen_changes")),
    "certificate_missing": ("G14", {"reviews": REVIEWS[:2]}),
    "certifier_executed": ("G14", {"performers": frozenset({OPERATOR, QP})}),
    "certifier_reviewed": ("G14", {"reviews": [*REVIEWS[:2], review(62, Act.CERTIFY, LEAD)]}),
}
BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    **{lack: ("G1", facts) for lack, facts in STEPS_SIGNED.items()},
    **{lack: ("G3", facts) for lack, facts in DEVIATIONS.items()},
    **{lack: ("G6", facts) for lack, facts in MATERIALS.items()},
    **{lack: ("G8", facts) for lack, facts in CALIBRATION.items()},
    **{lack: ("G9", facts) for lack, facts in CLEANING_CLEARANCE.items()},
    **PROOFS,
    **REST,
}


@pytest.mark.parametrize(("lack", "gate", "facts"), [(lack, *told) for lack, told in BROKEN.items()], ids=list(BROKEN))
def test_one_wrong_fact_shuts_one_gate(lack: str, gate: str, facts: dict[str, Any]) -> None:
    assert shut(judge(but(**facts))) == {gate: [lack]}


def test_every_gate_is_broken_once() -> None:
    assert {gate for gate, _ in BROKEN.values()} | {"G13"} == {f"G{n}" for n in range(1, 15)}


GOOD_LABEL = dict(evidence(Proof.LABEL).said)


@pytest.mark.parametrize(
    ("name", "said"), [("lot", "B-2"), ("expires_on", "2028-09-01"), ("gtin", "06901234567885"), ("gtin", None)]
)
def test_a_label_that_says_another_thing_shuts_g13(name: str, said: str | None) -> None:
    label = replace(evidence(Proof.LABEL), said=GOOD_LABEL | {name: said})
    [gate] = [g for g in judge(but(evidence=[evidence(Proof.LABORATORY), label])) if not g.passed]
    assert (gate.code, [(f.lack, f.about) for f in gate.findings]) == ("G13", [("label_differs", name)])


MENDED: dict[str, dict[str, Any]] = {
    "operation skipped with a signature covers its steps": {
        **operations(status=OperationStatus.SKIPPED),
        "steps": [replace(each, status=StepStatus.PENDING) for each in (PH, ROOM_WATCHED)],
    },
    "mandatory step skipped with a signature": steps(status=StepStatus.SKIPPED),
    "exception closed with its deviation": {"exceptions": [exception(Status.CLOSED, deviation_id=13)]},
    "exception escalated, its deviation closed": {"exceptions": [exception(Status.ESCALATED, deviation_id=13)]},
    "deviation allows the lot for less long": {"named": [named(Disposition.REDUCED_LIFE)]},
    "void deviation that no exception is in": {"deviations": {13: deviation(DeviationStatus.VOID)}, "named": []},
    "laboratory found it good the second time": {
        "evidence": [evidence(Proof.LABORATORY, passed=False), *GOOD.evidence]
    },
    "hold lifted before the issue": {"holds": [hold(1, 9)]},
    "hold placed and lifted after the issue": {"holds": [hold(11, 30)]},
    "lot taken back after the issue, and released again": {
        "verdicts": [RELEASED_BEFORE, verdict(40, RELEASED, QUARANTINE), verdict(60, QUARANTINE, RELEASED)]
    },
    "nobody ever decided about opening stock": {"verdicts": []},
    "lot expired since": {"lots": {RAW: replace(RAW_LOT, expires_on=hour(20).date())}},
    "yield out, its deviation concluded": {
        "yields": [replace(YIELD, pct=None)],
        "exceptions": [exception(Status.CLOSED, Kind.YIELD, deviation_id=13)],
    },
    "sensor due soon": {"calibrations": {CAPTURE.id: state(ROOM, Standing.DUE)}},
    "cleaned on the last minute of its hold time": {"cleanings": [replace(CLEANING, finished_at=hour(10 - 72))]},
    "gap accepted by QA": {
        "captures": [replace(CAPTURE, coverage_pct=12.0)],
        "exceptions": [exception(Status.ACCEPTED, Kind.DATA_GAP, step_id=ROOM_WATCHED.id)],
    },
    "coverage on its limit": {"captures": [replace(CAPTURE, coverage_pct=95.0)]},
    "reviewed anew after it was returned": {"reviews": [review(70, Act.RETURN, LEAD), *REVIEWS]},
}


@pytest.mark.parametrize("facts", list(MENDED.values()), ids=list(MENDED))
def test_the_gate_opens_when_the_fact_is_mended(facts: dict[str, Any]) -> None:
    assert shut(judge(but(**facts))) == {}


STILL_SHUT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "comment is no judgement": ("G2", "exception_unjudged", {"exceptions": [exception(Status.COMMENTED)]}),
    "hold over the issue, lifted since": ("G6", "lot_was_unusable", {"holds": [hold(9, 30)]}),
    "expired on the day before the issue": (
        "G6",
        "lot_was_unusable",
        {"lots": {RAW: replace(RAW_LOT, expires_on=hour(-24).date())}},
    ),
    "in quarantine at the issue, between two releases": (
        "G6",
        "lot_was_unusable",
        {"verdicts": [RELEASED_BEFORE, verdict(9, RELEASED, QUARANTINE), verdict(12, QUARANTINE, RELEASED)]},
    ),
    "rejected since": (
        "G6",
        "lot_taken_back",
        {
            "lots": {RAW: replace(RAW_LOT, quality_status=REJECTED)},
            "verdicts": [RELEASED_BEFORE, verdict(40, RELEASED, REJECTED)],
        },
    ),
    "its own lot is on hold": ("G6", "lot_on_hold", {"made": replace(MADE_LOT, active_holds=1)}),
    "cleaned after it began": ("G9", "cleaning_missing", {"cleanings": [replace(CLEANING, finished_at=hour(11))]}),
    "another machine was cleaned": ("G9", "cleaning_missing", {"cleanings": [replace(CLEANING, equipment_id=99)]}),
    "nobody has said the product's trade item": (
        "G13",
        "label_differs",
        {
            "gtin": None,
            "evidence": [
                evidence(Proof.LABORATORY),
                replace(evidence(Proof.LABEL), said=GOOD_LABEL | {"gtin": None}),
            ],
        },
    ),
    "yield's deviation not closed": (
        "G7",
        "yield_out",
        {
            "yields": [replace(YIELD, pct=Decimal("105.01"))],
            "exceptions": [exception(Status.ESCALATED, Kind.YIELD, deviation_id=13)],
        },
    ),
    "scale found beyond tolerance since": (
        "G8",
        "calibration_failed",
        {"weighings": [replace(WEIGHING, doubts=[DOUBT])]},
    ),
    "scale never calibrated": (
        "G8",
        "calibration_unknown",
        {"weighings": [replace(WEIGHING, state=state(SCALE, Standing.UNKNOWN))]},
    ),
    "gap in a deviation is not accepted": (
        "G10",
        "data_gap",
        {
            "captures": [replace(CAPTURE, coverage_pct=12.0)],
            "exceptions": [exception(Status.ESCALATED, Kind.DATA_GAP, step_id=ROOM_WATCHED.id, deviation_id=13)],
        },
    ),
    "certificate that no longer covers the record": (
        "G14",
        "certificate_missing",
        signed_otherwise(2, differs=("judged_sha256",)),
    ),
}


@pytest.mark.parametrize(("gate", "lack", "facts"), list(STILL_SHUT.values()), ids=list(STILL_SHUT))
def test_half_a_mend_does_not_open_it(gate: str, lack: str, facts: dict[str, Any]) -> None:
    assert shut(judge(but(**facts))) == {gate: [lack]}


def test_a_return_takes_back_what_was_signed_before() -> None:
    assert shut(judge(but(reviews=[*REVIEWS, review(70, Act.RETURN, LEAD)]))) == {
        "G1": ["production_review_missing", "quality_review_missing"],
        "G14": ["certificate_missing"],
    }


def test_a_person_nobody_knows_may_not_certify() -> None:
    assert [each.lack for each in against_certifier(GOOD, None)] == ["certifier_executed"]
    assert against_certifier(GOOD, QP) == []


def test_one_open_exception_a_closed_excursion_and_a_scale_that_failed_later() -> None:
    """The excursion is over: only what is not over is among the facts."""
    facts = but(exceptions=[exception(Status.OPEN)], weighings=[replace(WEIGHING, doubts=[DOUBT])], excursions=[])
    assert list(shut(judge(facts))) == ["G2", "G8"]
