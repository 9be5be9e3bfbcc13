"""Change control: the list, and one change from its draft to the batches after it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import AskForm, demand_role, owners, steps_for, today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.actions import service as actions
from mes.actions.model import Kind as ActionKind
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.changes import service as changes
from mes.changes import stepping
from mes.changes.model import BATCHES_AFTER_MAJOR, CHANGE, OVER, STAFF, Class, Department, Kind, Status
from mes.people import service as people
from mes.people.model import Role

router = APIRouter(prefix="/changes")
Staff = Annotated[Caller, Depends(allow(*STAFF))]
STEPS = tuple(status for status in Status if status not in {Status.REJECTED, Status.CANCELLED})
_SIGNED = frozenset(row.step for row in CHANGE.table if row.signed)
_A_PAGE = 50


@router.get("")
async def change_list(
    request: Request,
    work: Transaction,
    caller: Signed,
    status: str = "open",
    below: int | None = None,
    subject: str = "",
    kind: Kind = Kind.PROCESS,
) -> HTMLResponse:
    """Open ones, or all; a form to draft one, filled where a page of its subject led here."""
    around = await frame(request, work, caller)
    statuses = [each for each in Status if each not in OVER] if status == "open" else None
    found = await changes.changes(work, statuses=statuses, below=below, limit=_A_PAGE)
    more = found[-1].id if len(found) == _A_PAGE else None
    form = {"subject": subject, "kind": kind, "kinds": Kind, "may_draft": around.has(*STAFF)}
    return page(request, "changes.html", around, rows=found, shown=status, more=more, **form)


@router.post("")
async def draft_change(
    work: Transaction,
    _: Staff,
    kind: Annotated[Kind, Form()],
    subject: Annotated[str, Form()],
    title: Annotated[str, Form()],
    description: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    products: Annotated[str, Form()] = "",
    regulatory: Annotated[bool, Form()] = False,
    blocks_orders: Annotated[bool, Form()] = False,
) -> Response:
    """Draft one. Products: codes, with commas or blanks between them."""
    draft = changes.Draft(
        kind=kind,
        subject=subject.strip(),
        title=title,
        description=description,
        reason=reason,
        products=tuple(products.replace(",", " ").replace("，", " ").split()),
        regulatory=regulatory,
        blocks_orders=blocks_orders,
    )
    made = await changes.draft_change(work, draft)
    return done(f"/changes/{made.id}", "change.draft")


@router.get("/{change_id}")
async def change(request: Request, work: Transaction, caller: Signed, change_id: int) -> HTMLResponse:
    """One change."""
    around = await frame(request, work, caller)
    found = await changes.change(work, change_id)
    said = await changes.impacts(work, change_id)
    view = {
        "change": found,
        "impacts": said,
        "unanswered": changes.unanswered(said),
        "departments": Department,
        "classes": Class,
        "actions": await actions.actions(work, stepping.record(found)),
        "kinds": (ActionKind.IMPLEMENTATION,),
        "may_plan": around.has(*STAFF) and found.status in {Status.DRAFT, Status.SUBMITTED, Status.IMPACT_ASSESSED},
        "may_say": around.has(*STAFF) and found.status is Status.SUBMITTED,
        "may_look": around.has(Role.QA) and found.status is Status.EFFECTIVE,
        "owners": await owners(work),
        "uses": await changes.uses(work, change_id),
        "batches": await changes.batches_after(work, change_id),
        "needed": BATCHES_AFTER_MAJOR,
        "open_steps": steps_for(caller, CHANGE, found.status),
        "signed_steps": _SIGNED,
        "steps": STEPS,
        "meanings": stepping.MEANINGS,
        "today": await today(work),
        "signatures": await people.verified_signatures_of(
            work, "change", change_id, await stepping.content(work, found), of_the_act=("step",)
        ),
        "trail": await audit.entries(work, entity="change", entity_id=change_id, limit=50),
    }
    return page(request, "change.html", around, **view)


@router.post("/{change_id}/impacts")
async def say_impact(
    change_id: int,
    work: Transaction,
    _: Staff,
    version: Annotated[int, Form()],
    department: Annotated[Department, Form()],
    affected: Annotated[bool, Form()],
    said: Annotated[str, Form()] = "",
) -> Response:
    """A department answers."""
    await changes.say_impact(work, change_id, version=version, department=department, affected=affected, said=said)
    return done(f"/changes/{change_id}#impacts", "change.say_impact")


@router.post("/{change_id}/actions")
async def plan_action(
    change_id: int, work: Transaction, _: Staff, asked: AskForm, version: Annotated[int, Form()]
) -> Response:
    """An action of its implementation."""
    await stepping.plan_action(work, change_id, asked, version=version)
    return done(f"/changes/{change_id}#actions", "action.ask")


@router.post("/{change_id}/batches")
async def look_at_batch(
    change_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA))],
    signed: SignedForm,
    batch: Annotated[str, Form()],
) -> Response:
    """A batch after the change, looked at and signed."""
    await changes.look_at_batch(
        work, change_id, batch=batch.strip(), credentials=signed.credentials, reason=signed.reason
    )
    return done(f"/changes/{change_id}#batches", "change.look_at_batch")


@router.post("/{change_id}/{step}")
async def take_step(
    change_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    version: Annotated[int, Form()],
    class_: Annotated[Class | None, Form(alias="class")] = None,
    regulatory_ref: Annotated[str, Form()] = "",
) -> Response:
    """One step further, signed where the step asks for it."""
    demand_role(caller, CHANGE, step)
    if step in _SIGNED:
        await stepping.sign_step(
            work,
            change_id,
            step,
            version=version,
            credentials=signed.credentials,
            meaning=signed.meaning,
            reason=signed.reason,
            regulatory_ref=regulatory_ref,
        )
    else:
        said = stepping.Said(reason=signed.reason, class_=class_, regulatory_ref=regulatory_ref)
        await stepping.take_step(work, change_id, step, version=version, said=said)
    return done(f"/changes/{change_id}", f"change.{step}")
