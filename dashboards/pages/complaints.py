"""Complaints: the list with a form to take one in, and one from its receipt to its answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import demand_role, steps_for, today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.complaints import service as complaints
from mes.complaints.model import COMPLAINT, STAFF, Status
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Role
from mes.quality import deviations
from mes.quality.model import Severity

router = APIRouter(prefix="/complaints")
Staff = Annotated[Caller, Depends(allow(*STAFF))]
_A_PAGE = 50


@router.get("")
async def complaint_list(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None, lot: str = ""
) -> HTMLResponse:
    """Open ones, or all; a form to take one in, filled with a lot where its page led here."""
    around = await frame(request, work, caller)
    statuses = [each for each in Status if each is not Status.CLOSED] if status == "open" else None
    found = await complaints.complaints(work, statuses=statuses, below=below, limit=_A_PAGE)
    more = found[-1].id if len(found) == _A_PAGE else None
    about = {each.id: each for each in await inventory.lots(work, lot_ids=[r.lot_id for r in found if r.lot_id])}
    view = {"rows": found, "lots": about, "shown": status, "more": more, "lot": lot, "today": await today(work)}
    return page(request, "complaints.html", around, may_record=around.has(*STAFF), **view)


@router.post("")
async def record_complaint(
    work: Transaction,
    _: Staff,
    source: Annotated[str, Form()],
    description: Annotated[str, Form()],
    received_on: Annotated[date, Form()],
    lot_number: Annotated[str, Form()] = "",
    serial: Annotated[str, Form()] = "",
    adverse: Annotated[bool, Form()] = False,
) -> Response:
    """Take one in."""
    receipt = complaints.Receipt(
        source=source,
        description=description,
        received_on=received_on,
        lot_number=lot_number.strip(),
        serial=serial,
        adverse=adverse,
    )
    made = await complaints.record_complaint(work, receipt)
    return done(f"/complaints/{made.id}", "complaint.record")


@router.get("/{complaint_id}")
async def complaint(request: Request, work: Transaction, caller: Signed, complaint_id: int) -> HTMLResponse:
    """One complaint."""
    around = await frame(request, work, caller)
    found = await complaints.complaint(work, complaint_id)
    view = {
        "complaint": found,
        "lot": await inventory.lot(work, found.lot_id) if found.lot_id else None,
        "deviation": await deviations.deviation(work, found.deviation_id) if found.deviation_id else None,
        "open_steps": steps_for(caller, COMPLAINT, found.status),
        "may_deviate": around.has(Role.QA) and found.deviation_id is None and found.status is not Status.CLOSED,
        "severities": Severity,
        "steps": tuple(Status),
        "meanings": complaints.MEANINGS,
        "signatures": await people.verified_signatures_of(work, "complaint", complaint_id, complaints.content(found)),
        "trail": await audit.entries(work, entity="complaint", entity_id=complaint_id, limit=50),
    }
    return page(request, "complaint.html", around, **view)


@router.post("/{complaint_id}/deviation")
async def open_deviation(
    complaint_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA))],
    version: Annotated[int, Form()],
) -> Response:
    """The deviation that follows from it."""
    made = await complaints.open_deviation(work, complaint_id, version=version)
    return done(f"/deviations/{made.id}", "complaint.deviation")


@router.post("/{complaint_id}/{step}")
async def take_step(
    complaint_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    version: Annotated[int, Form()],
    severity: Annotated[Severity | None, Form()] = None,
    finding: Annotated[str, Form()] = "",
    answer: Annotated[str, Form()] = "",
    justified: Annotated[bool | None, Form()] = None,
) -> Response:
    """One step further; closing is signed."""
    demand_role(caller, COMPLAINT, step)
    if step == "close":
        await complaints.close_complaint(
            work,
            complaint_id,
            version=version,
            credentials=signed.credentials,
            meaning=signed.meaning,
            reason=signed.reason,
        )
    else:
        said = complaints.Said(severity=severity, finding=finding, answer=answer, justified=justified)
        await complaints.take_step(work, complaint_id, step, version=version, said=said)
    return done(f"/complaints/{complaint_id}", f"complaint.{step}")
