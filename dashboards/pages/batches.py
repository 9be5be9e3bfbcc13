"""Batch records: the list, and one reviewed by exception, with the release gate and all below it to look into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame, language_of
from dashboards.message import done
from dashboards.pages.trends import between
from dashboards.render import page
from dashboards.reports import batch_record
from dashboards.signing import SignedForm
from mes.audit import reviews as trail
from mes.batches import service as batches
from mes.batches.model import BatchStatus, BatchValue
from mes.border import Caller, Signed, Transaction, allow
from mes.exceptions import judging
from mes.exceptions import service as exceptions
from mes.exceptions.model import UNJUDGED
from mes.inventory import service as inventory
from mes.people.duties import Act as Duty
from mes.people.duties import demand_duty, signers
from mes.people.model import Meaning, Role
from mes.quality import deviations
from mes.quality.model import DeviationStatus
from mes.release import proofs, service
from mes.release.facts import Facts
from mes.release.gates import judge
from mes.release.gathering import facts_of
from mes.release.model import Act, Proof
from mes.release.service import MEANINGS, Signing
from mes.reports import service as reports
from mes.reports.model import Wish
from telemetry.errors import NotFound

router = APIRouter(prefix="/batches")
STEPS = tuple(status for status in BatchStatus if status is not BatchStatus.REJECTED)
OPEN = tuple(s for s in BatchStatus if s not in {BatchStatus.RELEASED, BatchStatus.REJECTED})
OPEN_DEVIATIONS = tuple(s for s in DeviationStatus if s not in {DeviationStatus.CLOSED, DeviationStatus.VOID})
PROOF_MEANINGS = (Meaning.VERIFIED, Meaning.PERFORMED)
_A_PAGE = 50
_CURVES = 4
_TRAIL_SHOWN = 200
"""Rows of the trail on a batch's page; the review of the trail shows all of them."""
_ACTS = {
    Act.REVIEW_PRODUCTION: service.review_production,
    Act.REVIEW_QUALITY: service.review_quality,
    Act.CERTIFY: service.certify,
    Act.REJECT: service.reject,
}
_SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)
AnyoneButAdmin = Annotated[Caller, Depends(allow(*_SHOP_FLOOR))]


class ActUnknown(NotFound):
    """There is no such act on a batch record."""


@router.get("")
async def batch_list(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None
) -> HTMLResponse:
    """Batches that are not decided, or all; with how many exceptions wait."""
    around = await frame(request, work, caller)
    chosen = OPEN if status == "open" else None
    found = await batches.batches(work, statuses=chosen, below=below, limit=_A_PAGE)
    ids = [each.id for each in found]
    waiting = dict.fromkeys(ids, 0)
    for each in await exceptions.exceptions_of(work, ids):
        waiting[each.batch_id] += each.status in UNJUDGED
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=[b.lot_id for b in found if b.lot_id])}
    more = found[-1].id if len(found) == _A_PAGE else None
    view = {"rows": found, "waiting": waiting, "lots": lots, "shown": status, "more": more}
    return page(request, "batches.html", around, **view)


@router.get("/{batch_id}")
async def batch(request: Request, work: Transaction, caller: Signed, batch_id: int) -> HTMLResponse:
    """One batch record: exceptions and open signatures first, then the gate, then all of it."""
    around = await frame(request, work, caller)
    facts = await facts_of(work, batch_id)
    open_ = await deviations.deviations(work, statuses=OPEN_DEVIATIONS)
    view = {
        "facts": facts,
        "batch": facts.batch,
        "gates": judge(facts),
        "seen": service.seen(facts),
        "steps": STEPS,
        "acts": [act for act in _acts(facts) if around.has(*_roles(act))],
        "meanings": MEANINGS,
        "proof_meanings": PROOF_MEANINGS,
        "may_judge": around.has(*signers(Duty.JUDGE)),
        "may_verify_result": around.has(*signers(Duty.VERIFY_RESULT)),
        "undecided": facts.batch.status in OPEN,
        "open_deviations": open_,
        "values": _by_step(facts.values),
        "captures": {each.step_id: each for each in facts.captures if each.in_force},
        "asked": facts.steps_in_record(),
        "names": facts.names_of_steps(),
        "proofs": {kind: facts.latest(kind) for kind in Proof},
        "query": _curves(facts),
        "prints": await batches.prints(work, batch_id),
        "may_print": around.has(*batch_record.KIND.roles),
        "trail": await trail.rows(
            work, trail.Range(scope="batch", subject=str(batch_id)), limit=_TRAIL_SHOWN, newest=True
        ),
    }
    return page(request, "batch.html", around, **view)


def _by_step(values: Sequence[BatchValue]) -> dict[int, list[BatchValue]]:
    found: dict[int, list[BatchValue]] = {}
    for each in values:
        found.setdefault(each.step_id, []).append(each)
    return found


def _acts(facts: Facts) -> list[Act]:
    """What may be done with the record in its state."""
    reviewing = [Act.REVIEW_QUALITY, Act.RETURN, Act.REJECT]
    return {
        BatchStatus.EXECUTED: [Act.REVIEW_PRODUCTION, Act.REJECT],
        BatchStatus.PROD_REVIEWED: reviewing,
        BatchStatus.QA_REVIEW: [Act.CERTIFY, *reviewing],
    }.get(facts.batch.status, [])


def _roles(act: Act) -> Sequence[Role]:
    return {
        Act.REVIEW_PRODUCTION: signers(Duty.REVIEW_PRODUCTION),
        Act.REVIEW_QUALITY: signers(Duty.JUDGE),
        Act.RETURN: (*signers(Duty.JUDGE), *signers(Duty.REVIEW_PRODUCTION)),
        Act.CERTIFY: signers(Duty.CERTIFY),
        Act.REJECT: (Role.QA, Role.QP),
    }[act]


def _curves(facts: Facts) -> str:
    """Address of the captured points' curves over the batch; empty where nothing was captured."""
    taken = [each for each in facts.captures if each.in_force and each.point_id is not None]
    if not taken:
        return ""
    points = list(dict.fromkeys(each.point_id for each in taken))[:_CURVES]
    start, end = min(each.window_start for each in taken), max(each.window_end for each in taken)
    return "".join(f"point={id_}&" for id_ in points) + between(start, end)


@router.post("/{batch_id}/exceptions/{exception_id}/comment")
async def comment(
    batch_id: int,
    exception_id: int,
    work: Transaction,
    _: AnyoneButAdmin,
    version: Annotated[int, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Who was there says what happened."""
    await judging.comment(work, exception_id, version=version, text=text)
    return done(f"/batches/{batch_id}#exceptions", "batch.comment")


@router.post("/{batch_id}/exceptions/{exception_id}/escalate")
async def escalate(
    batch_id: int,
    exception_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA))],
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    deviation: Annotated[str, Form()] = "",
) -> Response:
    """Into an open deviation, or a new one."""
    chosen = int(deviation) if deviation.isdigit() else None
    await judging.escalate(work, exception_id, version=version, reason=reason, deviation_id=chosen)
    return done(f"/batches/{batch_id}#exceptions", "batch.escalate")


@router.post("/{batch_id}/exceptions/{exception_id}/{step}")
async def judge_exception(
    batch_id: int, exception_id: int, step: str, work: Transaction, sign: SignedForm, version: Annotated[int, Form()]
) -> Response:
    """QA's signed word."""
    if step not in {"accept", "close"}:
        raise ActUnknown(act=step)
    judged = judging.accept if step == "accept" else judging.close
    await judged(work, exception_id, sign.credentials, version=version, meaning=sign.meaning, rationale=sign.reason)
    return done(f"/batches/{batch_id}#exceptions", "batch.judge")


@router.post("/{batch_id}/laboratory")
async def laboratory(
    batch_id: int,
    work: Transaction,
    sign: SignedForm,
    certificate: Annotated[str, Form()] = "",
    passed: Annotated[bool, Form()] = False,
) -> Response:
    """The laboratory's verdict."""
    told: dict[str, Any] = {"certificate": certificate, "passed": passed, "note": sign.reason, "meaning": sign.meaning}
    await proofs.record_laboratory(work, batch_id, sign.credentials, **told)
    return done(f"/batches/{batch_id}#laboratory", "batch.prove")


@router.post("/{batch_id}/label")
async def label(batch_id: int, work: Transaction, sign: SignedForm, text: Annotated[str, Form()] = "") -> Response:
    """A scanned label."""
    told = {"text": text, "note": sign.reason, "meaning": sign.meaning}
    await proofs.record_label(work, batch_id, sign.credentials, **told)
    return done(f"/batches/{batch_id}#label", "batch.prove")


@router.post("/{batch_id}/prints")
async def print_record(
    request: Request,
    batch_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*batch_record.KIND.roles))],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Count a copy on paper, and have it made: it carries its number."""
    copy = await batches.print_record(work, batch_id, reason=reason)
    number = (await batches.batch(work, batch_id)).number
    subject = batch_record.subject_of(number, copy.copy)
    told = {"period_start": None, "period_end": None, "language": language_of(request)}
    await reports.ask(work, Wish(kind=batch_record.KIND.code, subject=subject, **told))  # type: ignore[arg-type]
    return done(f"/reports?kind={batch_record.KIND.code}", "batch.print")


@router.post("/{batch_id}/return")
async def return_record(
    batch_id: int,
    work: Transaction,
    caller: Signed,
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Back to production."""
    demand_duty(caller.roles, Duty.JUDGE if Role.QA in caller.roles else Duty.REVIEW_PRODUCTION)
    await service.return_record(work, batch_id, version=version, reason=reason)
    return done(f"/batches/{batch_id}", "batch.return")


@router.post("/{batch_id}/{act}")
async def take_act(
    batch_id: int,
    act: str,
    work: Transaction,
    sign: SignedForm,
    version: Annotated[int, Form()],
    seen: Annotated[str, Form()] = "",
) -> Response:
    """A signed act on the whole record."""
    if act not in _ACTS:
        raise ActUnknown(act=act)
    typed = Signing(
        credentials=sign.credentials, meaning=sign.meaning, reason=sign.reason, version=version, seen=seen or None
    )
    await _ACTS[Act(act)](work, batch_id, typed)
    return done(f"/batches/{batch_id}", "batch.act")
