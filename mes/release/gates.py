"""The release gate: fourteen questions to a batch's facts, each answered with all that speaks against it. Pure.

Unknown is not a pass: where nothing is known of a thing that must be known, the gate is shut and says what to record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from mes.audit.verdicts import status_at
from mes.batches.model import ENDED, FINISHED, BatchStatus, BatchStep, OperationStatus, StepStatus, Verdict
from mes.exceptions.model import UNJUDGED, BatchException, Kind, Status
from mes.inventory.model import Hold, Lot, QualityStatus
from mes.inventory.usable import why_unusable
from mes.materials.model import Issue
from mes.quality.model import DeviationStatus, Disposition
from mes.release.equipment import cleaned, cleared
from mes.release.facts import Facts
from mes.release.model import Act, Code, Finding, Gate, Lack, Proof
from mes.sensors.look_backs import LookBack
from mes.sensors.model import CalibrationState, Standing

Question = Callable[[Facts], tuple[list[Finding], int]]
"""What speaks against it, and how many records were looked at."""
ALLOWED = frozenset({Disposition.NO_IMPACT, Disposition.REDUCED_LIFE})
_BEFORE_REVIEW = frozenset({BatchStatus.ISSUED, BatchStatus.IN_EXECUTION})


def judge(facts: Facts) -> list[Gate]:
    """Every gate, in order."""
    answers = {code: ask(facts) for code, ask in QUESTIONS.items()}
    return [Gate(code=code, findings=tuple(found), looked_at=count) for code, (found, count) in answers.items()]


def _steps_signed(facts: Facts) -> tuple[list[Finding], int]:
    found: list[Finding] = []
    if facts.batch.status in _BEFORE_REVIEW or not facts.operations:
        found.append(Finding(lack=Lack.NOT_EXECUTED, about=facts.batch.number))
    for operation in facts.operations:
        link = f"/operations/{operation.id}"
        if operation.status not in ENDED:
            found.append(Finding(lack=Lack.OPERATION_UNFINISHED, about=operation.code, link=link))
        elif operation.signature_id is None:
            found.append(Finding(lack=Lack.OPERATION_UNSIGNED, about=operation.code, link=link))
    names = facts.names_of_steps()
    skipped = {each.id for each in facts.operations if each.status is OperationStatus.SKIPPED}
    for step in facts.steps:
        if step.operation_id not in skipped:  # else its operation's signature covers it
            link = f"/operations/{step.operation_id}"
            found += [Finding(lack=lack, about=names[step.id], link=link) for lack in _of_step(step)]
    return found + _reviews(facts), len(facts.operations) + len(facts.steps)


def _of_step(step: BatchStep) -> list[Lack]:
    lacks = {
        Lack.STEP_UNFINISHED: step.mandatory and step.status not in FINISHED,
        Lack.SKIP_UNSIGNED: step.mandatory and step.status is StepStatus.SKIPPED and step.signature_id is None,
        Lack.STEP_UNVERIFIED: step.critical and step.status is StepStatus.DONE and step.verify_signature_id is None,
    }
    return [lack for lack, holds in lacks.items() if holds]


def _reviews(facts: Facts) -> list[Finding]:
    """Production's and quality's signature on the whole record, as it is now.

    An exception that was found since is told by its own gate while nobody has said anything of it. Once somebody has,
    the record is not what was signed, and is signed again.
    """
    asked = (
        (Act.REVIEW_PRODUCTION, Lack.PRODUCTION_REVIEW_MISSING, Lack.PRODUCTION_REVIEW_BROKEN),
        (Act.REVIEW_QUALITY, Lack.QUALITY_REVIEW_MISSING, Lack.QUALITY_REVIEW_BROKEN),
    )
    found = []
    for act, missing, broken in asked:
        review = facts.last_review(act)
        if review is None:
            found.append(Finding(lack=missing, about=facts.batch.number))
        elif not facts.stands_but_for_news(review):
            found.append(Finding(lack=broken, about=review.acted_by))
    return found


def _exceptions_judged(facts: Facts) -> tuple[list[Finding], int]:
    link = f"/batches/{facts.batch.id}#exception-"
    open_ = [each for each in facts.exceptions if each.status in UNJUDGED]
    found = [Finding(lack=Lack.EXCEPTION_UNJUDGED, about=each.kind, link=f"{link}{each.id}") for each in open_]
    return found, len(facts.exceptions)


def _deviations_closed(facts: Facts) -> tuple[list[Finding], int]:
    decided = {each.deviation_id: each.disposition for each in facts.named}
    escalated = {each.deviation_id for each in facts.exceptions if each.deviation_id is not None}
    found = []
    for deviation in facts.deviations.values():
        about = {"about": deviation.number, "link": f"/deviations/{deviation.id}"}
        asked = deviation.id in escalated or deviation.id in decided
        if deviation.status is DeviationStatus.VOID:
            if deviation.id in escalated:
                found.append(Finding(lack=Lack.DEVIATION_VOID, **about))
        elif deviation.status is not DeviationStatus.CLOSED:
            found.append(Finding(lack=Lack.DEVIATION_OPEN, **about))
        elif deviation.id in facts.altered:
            found.append(Finding(lack=Lack.DEVIATION_ALTERED, **about))
        elif asked and decided.get(deviation.id) is None:
            found.append(Finding(lack=Lack.LOT_UNDECIDED, **about))
        elif asked and decided[deviation.id] not in ALLOWED:
            found.append(Finding(lack=Lack.LOT_NOT_ALLOWED, **about))
    return found, len(facts.deviations)


def _no_excursion(facts: Facts) -> tuple[list[Finding], int]:
    lots = len(facts.lots) + (facts.made is not None)
    found = [Finding(lack=Lack.EXCURSION_OPEN, about=e.number, link=f"/excursions/{e.id}") for e in facts.excursions]
    return found, lots


def _laboratory(facts: Facts) -> tuple[list[Finding], int]:
    known = [each for each in facts.evidence if each.kind is Proof.LABORATORY]
    latest, link = facts.latest(Proof.LABORATORY), f"/batches/{facts.batch.id}#laboratory"
    if latest is None:
        return [Finding(lack=Lack.LABORATORY_UNKNOWN, about=facts.batch.number, link=link)], 0
    failed = [] if latest.passed else [Finding(lack=Lack.LABORATORY_FAILED, about=latest.subject, link=link)]
    return failed, len(known)


def _materials_usable(facts: Facts) -> tuple[list[Finding], int]:
    """Every lot that went in: usable in the moment of its issue, and nothing against it now.

    A hold that came later says nothing about the issue, but it is a reason to look: the gate stays shut while it
    stands, and opens when who judges what brought it lifts it. So does a lot that QA took back since, until it is
    released again; one that QA rejected since shuts it for good.
    """
    if not facts.issues and facts.record.lines:
        return [Finding(lack=Lack.NOTHING_ISSUED, about=facts.batch.number)], 0
    lots = facts.lots
    unusable = [
        _of_lot(lots[each.lot_id], Lack.LOT_WAS_UNUSABLE) for each in facts.issues if _was_unusable(facts, each)
    ]
    own = [facts.made] if facts.made is not None else []
    held = [_of_lot(lot, Lack.LOT_ON_HOLD) for lot in (*lots.values(), *own) if lot.active_holds]
    back = [_of_lot(lot, Lack.LOT_TAKEN_BACK) for lot in lots.values() if _was_taken_back(facts, lot)]
    return list(dict.fromkeys([*unusable, *held, *back])), len(facts.issues)


def _of_lot(lot: Lot, lack: Lack) -> Finding:
    return Finding(lack=lack, about=lot.number, link=f"/lots/{lot.id}")


def _was_unusable(facts: Facts, issue: Issue) -> bool:
    """By its status, its dates and its holds, all as they were at the issue."""
    lot = facts.lots[issue.lot_id]
    status = _status_at_issue(facts, issue)
    holds = sum(_was_active(hold, issue) for hold in facts.holds if hold.lot_id == lot.id)
    then = replace(lot, quality_status=status, active_holds=holds)
    return bool(why_unusable(then, issue.issued_at, facts.plant_zone))


def _was_taken_back(facts: Facts, lot: Lot) -> bool:
    """Whether it was released when it was issued and is not any more."""
    then = {_status_at_issue(facts, each) for each in facts.issues if each.lot_id == lot.id}
    return QualityStatus.RELEASED in then and lot.quality_status is not QualityStatus.RELEASED


def _status_at_issue(facts: Facts, issue: Issue) -> QualityStatus:
    own = (each for each in facts.verdicts if each.lot_id == issue.lot_id)
    return status_at(own, issue.issued_at, facts.lots[issue.lot_id].quality_status)


def _was_active(hold: Hold, issue: Issue) -> bool:
    return hold.placed_at <= issue.issued_at and (hold.lifted_at is None or hold.lifted_at > issue.issued_at)


def _yields(facts: Facts) -> tuple[list[Finding], int]:
    if _concluded(facts.exceptions, Kind.YIELD):
        return [], len(facts.yields)
    found = [] if facts.yields else [Finding(lack=Lack.YIELD_UNKNOWN, about=facts.batch.number)]
    for each in facts.yields:
        if each.verdict is Verdict.OUT:
            lack = Lack.YIELD_UNKNOWN if each.pct is None else Lack.YIELD_OUT
            found.append(Finding(lack=lack, about=each.operation or facts.batch.number))
    return found, len(facts.yields)


def _concluded(exceptions: Iterable[BatchException], kind: Kind) -> bool:
    """Whether deviations were concluded about every exception of a kind, and there is one."""
    of_kind = [each for each in exceptions if each.kind is kind]
    return bool(of_kind) and all(each.status is Status.CLOSED for each in of_kind)


def _calibration(facts: Facts) -> tuple[list[Finding], int]:
    """Sensors that captured, and scales that weighed: trusted when they were used, and not in doubt since."""
    found = []
    in_force = [each for each in facts.captures if each.in_force]
    for capture in in_force:
        link = f"/sensors/{capture.point_id}" if capture.point_id else ""
        found += _of_instrument(facts.calibrations.get(capture.id), capture.tag, link)
        found += [_in_doubt(each) for each in facts.doubts.get(capture.id, ())]
    for weighing in facts.weighings:
        found += _of_instrument(weighing.state, weighing.scale, f"/sensors/{weighing.point_id}")
        found += [_in_doubt(each) for each in weighing.doubts]
    return list(dict.fromkeys(found)), len(in_force) + len(facts.weighings)


def _of_instrument(state: CalibrationState | None, name: str, link: str) -> list[Finding]:
    if state is None or state.standing is Standing.UNKNOWN:
        return [Finding(lack=Lack.CALIBRATION_UNKNOWN, about=name, link=link)]
    if state.is_trusted:
        return []
    lack = Lack.CALIBRATION_OVERDUE if state.standing is Standing.OVERDUE else Lack.CALIBRATION_FAILED
    return [Finding(lack=lack, about=name, link=link)]


def _in_doubt(doubt: LookBack) -> Finding:
    return Finding(lack=Lack.CALIBRATION_FAILED, about=doubt.number, link=f"/deviations/{doubt.deviation_id}")


def _cleaning_and_clearance(facts: Facts) -> tuple[list[Finding], int]:
    found: list[Finding] = []
    for operation in facts.operations:
        told = facts.operation_in_record(operation.code)
        if told is not None and operation.status is OperationStatus.DONE:
            found += cleared(facts, operation, told) + cleaned(facts, operation, told)
    return found, len(facts.clearances) + len(facts.cleanings)


def _coverage(facts: Facts) -> tuple[list[Finding], int]:
    names, asked = facts.names_of_steps(), facts.steps_in_record()
    captured = {each.step_id: each for each in facts.captures if each.in_force}
    accepted = {
        each.step_id
        for each in facts.exceptions
        if each.kind is Kind.DATA_GAP and each.status in {Status.ACCEPTED, Status.CLOSED}
    }
    found, looked_at = [], 0
    for step in facts.steps:
        if step.kind != "capture" or step.status is not StepStatus.DONE:
            continue
        looked_at += 1
        capture, told = captured.get(step.id), asked.get(names[step.id])
        enough = float(told.min_coverage_pct) if told else 100.0
        about = {"about": names[step.id], "link": f"/operations/{step.operation_id}"}
        if capture is None:
            found.append(Finding(lack=Lack.CAPTURE_MISSING, **about))
        elif capture.coverage_pct < enough and step.id not in accepted:
            found.append(Finding(lack=Lack.DATA_GAP, **about))
    return found, looked_at


def _trail_reviewed(facts: Facts) -> tuple[list[Finding], int]:
    link = f"/audit?entity=batch&entity_id={facts.batch.id}"
    if facts.trail is None:
        return [Finding(lack=Lack.TRAIL_UNREVIEWED, about=facts.batch.number, link=link)], 0
    executed = facts.trail.person_id in facts.performers
    lack = Finding(lack=Lack.TRAIL_REVIEWER_EXECUTED, about=facts.trail.printed_name, link=link)
    return [lack] if executed else [], 1


def _changes_evaluated(facts: Facts) -> tuple[list[Finding], int]:
    found = [Finding(lack=Lack.CHANGE_BEING_MADE, about=c.number, link=f"/changes/{c.id}") for c in facts.changes]
    found += [
        Finding(lack=Lack.BATCH_NOT_LOOKED_AT, about=c.number, link=f"/changes/{c.id}") for c in facts.unseen_changes
    ]
    return found, len(found)


def _label_proof(facts: Facts) -> tuple[list[Finding], int]:
    latest, link = facts.latest(Proof.LABEL), f"/batches/{facts.batch.id}#label"
    if latest is None:
        return [Finding(lack=Lack.LABEL_UNKNOWN, about=facts.batch.number, link=link)], 0
    expected = {
        "lot": facts.made.number if facts.made else facts.batch.number,
        "expires_on": str(facts.made.expires_on) if facts.made and facts.made.expires_on else None,
        "gtin": facts.gtin,
    }
    differs = [name for name, said in expected.items() if said is None or latest.said.get(name) != said]
    return [Finding(lack=Lack.LABEL_DIFFERS, about=name, link=link) for name in differs], 1


def _qualified_person(facts: Facts) -> tuple[list[Finding], int]:
    certificate = facts.last_review(Act.CERTIFY)
    if certificate is None or not facts.holds_still(certificate):
        return [Finding(lack=Lack.CERTIFICATE_MISSING, about=facts.batch.number)], 0
    return against_certifier(facts, certificate.person_id), 1


def against_certifier(facts: Facts, person_id: int | None) -> list[Finding]:
    """What speaks against this person's certificate (independent of the making)."""
    both = {
        Lack.CERTIFIER_EXECUTED: person_id is None or person_id in facts.performers,
        Lack.CERTIFIER_REVIEWED: person_id in facts.production_reviewers,
    }
    return [Finding(lack=lack) for lack, holds in both.items() if holds]


QUESTIONS: Mapping[Code, Question] = MappingProxyType(
    {
        Code.STEPS_SIGNED: _steps_signed,
        Code.EXCEPTIONS_JUDGED: _exceptions_judged,
        Code.DEVIATIONS_CLOSED: _deviations_closed,
        Code.NO_EXCURSION: _no_excursion,
        Code.LABORATORY: _laboratory,
        Code.MATERIALS_USABLE: _materials_usable,
        Code.YIELDS: _yields,
        Code.CALIBRATION: _calibration,
        Code.CLEANING_CLEARANCE: _cleaning_and_clearance,
        Code.COVERAGE: _coverage,
        Code.TRAIL_REVIEWED: _trail_reviewed,
        Code.CHANGES_EVALUATED: _changes_evaluated,
        Code.LABEL_PROOF: _label_proof,
        Code.QUALIFIED_PERSON: _qualified_person,
    }
)
