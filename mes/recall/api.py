"""Recalls over HTTP."""

from __future__ import annotations

from dataclasses import asdict, fields
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.people.signed_body import Body, SignedBody
from mes.recall import notices, recovering, scoping, service, stepping
from mes.recall.accounts import Account, Fate, totals
from mes.recall.model import JUDGES, RECALL, STAFF, Kind, Recall, RecallClass, Status
from mes.recall.reach import Line
from mes.recall.stepping import Signing
from telemetry.work import Work

router = APIRouter(prefix="/recalls", tags=["quality"])
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Staff = Annotated[Caller, Depends(allow(*STAFF))]
Judge = Annotated[Caller, Depends(allow(*JUDGES))]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]
Text = Annotated[str, Field(max_length=2000)]
StaffStep = Literal["apply_holds", "notify", "recover", "reconcile", "extend", "reopen", "evaluate"]


class OpenBody(Body):
    kind: Kind
    recall_class: RecallClass
    reason: Text
    lots: Annotated[list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(min_length=1, max_length=200)]


class StepBody(Body):
    """`note`: the reason of reopening; of evaluating, how well it worked."""

    version: int
    note: Text = ""


class SigningBody(SignedBody):
    version: int

    def signing(self, caller: Caller) -> Signing:
        """The signature, and which state of the record was looked at."""
        credentials = self.credentials(caller)
        return Signing(credentials=credentials, meaning=self.meaning, reason=self.reason, version=self.version)


class NoticeBody(Body):
    consignee: Annotated[str, Field(max_length=400)]
    event: notices.Event
    channel: notices.Channel | Literal[""] = ""
    person: Annotated[str, Field(max_length=200)] = ""
    note: Text = ""


class RecoveryBody(Body):
    lot_id: Annotated[int, Field(ge=1, le=LARGEST)]
    shipment: Annotated[str, Field(max_length=64)] = ""
    fate: Fate
    quantity: Quantity
    note: Text = ""


class ReasonBody(Body):
    reason: Text


class ProgressBody(Body):
    reference: Annotated[str, Field(max_length=200)]
    note: Text = ""


@router.get("")
async def list_recalls(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    lot_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Recalls, newest first."""
    found = await service.recalls(work, statuses=status, lot_id=lot_id, below=cursor, limit=limit)
    return {"items": [asdict(each) for each in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/reach")
async def show_reach(
    work: Transaction, _: Signed, lot_id: Annotated[list[Annotated[int, Field(ge=1, le=LARGEST)]], Query()]
) -> dict[str, Any]:
    """How far a recall of these lots would reach now; nothing is kept."""
    found = await scoping.reaches(work, lot_id)
    return {"lines": [_line(each) for each in found.lines], "cut": found.cut}


@router.post("", status_code=201)
async def open_recall(body: OpenBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """Begin one."""
    opening = service.Opening(
        kind=body.kind, recall_class=body.recall_class, reason=body.reason, lot_ids=tuple(body.lots)
    )
    return await recall_json(work, await service.open_recall(work, opening))


@router.get("/{recall_id}")
async def show_recall(recall_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One, with its scope, its clocks, who was told and what became of every quantity."""
    return await recall_json(work, await service.recall(work, recall_id))


@router.post("/{recall_id}/steps/{step}")
async def take_step(recall_id: Id, step: StaffStep, body: StepBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """A step without a signature."""
    allowed = {role for row in RECALL.table if row.step == step for role in row.roles} or STAFF
    if not caller.roles & allowed:
        raise RoleMissing(needs=" | ".join(sorted(allowed)), caller=caller.name)
    if step == "extend":
        return await recall_json(work, await stepping.extend(work, recall_id, version=body.version))
    after = await stepping.take_step(work, recall_id, step, version=body.version, note=body.note)
    return await recall_json(work, after)


@router.post("/{recall_id}/scope")
async def sign_scope(recall_id: Id, body: SigningBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """Quality assurance signs how far it reaches."""
    return await recall_json(work, await stepping.sign_scope(work, recall_id, body.signing(caller)))


@router.post("/{recall_id}/call-off")
async def call_off(recall_id: Id, body: SigningBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """It is not needed; nothing was held yet."""
    return await recall_json(work, await stepping.call_off(work, recall_id, body.signing(caller)))


@router.post("/{recall_id}/close")
async def close(recall_id: Id, body: SigningBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """The qualified person closes it."""
    return await recall_json(work, await stepping.close(work, recall_id, body.signing(caller)))


@router.post("/{recall_id}/holds/{hold_id}/lift")
async def lift(recall_id: Id, hold_id: Id, body: SigningBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """Lift a hold of a closed recall."""
    await stepping.lift(work, recall_id, hold_id, body.signing(caller))
    return await recall_json(work, await service.recall(work, recall_id))


@router.post("/{recall_id}/notices", status_code=201)
async def record_notice(recall_id: Id, body: NoticeBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """A notice was sent, or answered."""
    return asdict(await notices.record(work, recall_id, notices.Told(**body.model_dump())))


@router.post("/{recall_id}/recoveries", status_code=201)
async def record_recovery(recall_id: Id, body: RecoveryBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """So much of a line is accounted for."""
    return asdict(await recovering.recover(work, recall_id, recovering.Found(**body.model_dump())))


@router.post("/{recall_id}/recoveries/{entry_id}/take-back", status_code=201)
async def take_back(recall_id: Id, entry_id: Id, body: ReasonBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """An entry was wrong."""
    return asdict(await recovering.take_back(work, recall_id, entry_id, reason=body.reason))


@router.post("/{recall_id}/progress", status_code=201)
async def report_progress(recall_id: Id, body: ProgressBody, work: Transaction, _: Judge) -> dict[str, Any]:
    """The authority was told."""
    return asdict(await recovering.report_progress(work, recall_id, reference=body.reference, note=body.note))


async def recall_json(work: Work, found: Recall) -> dict[str, Any]:
    """A recall as programs see it."""
    standing = await stepping.look(work, found)
    return asdict(found) | {
        "open_steps": RECALL.open_steps(found.status),
        "scope": standing.kept[-1].number if standing.kept else None,
        "scope_signed": standing.scope_signed,
        "lines": [_account(each) for each in standing.accounts],
        "totals": [_properties(each, "expected", "recovered", "left", "recovered_pct", "shipped_pct")
                   for each in totals(standing.accounts)],
        "consignees": [_properties(each, "address", "contact", "told", "answered") for each in standing.consignees],
        "clocks": [asdict(each) for each in standing.clocks],
        "steps": [asdict(each) for each in standing.steps],
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    return asdict(line)


def _account(each: Account) -> dict[str, Any]:
    sums = {fate.value: quantity for fate, quantity in each.by_fate.items() if quantity}
    return _line(each.line) | {"expected": each.expected, "fates": sums, "left": each.left}


def _properties(each: Any, *names: str) -> dict[str, Any]:
    """Columns of a row, and what is computed of them."""
    told = {field.name: getattr(each, field.name) for field in fields(each) if field.name != "lines"}
    return told | {name: getattr(each, name) for name in names}
