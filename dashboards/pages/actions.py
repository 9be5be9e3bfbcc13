"""Actions that quality records ask for: what is open and when it is due, what is done, what is put off."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.actions import service as actions
from mes.actions.api import STAFF
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role

router = APIRouter(prefix="/actions")
PLACES = {"capa": "/capa", "change": "/changes", "deviation": "/deviations"}


@router.get("")
async def action_list(request: Request, work: Transaction, caller: Signed, of: str = "all") -> HTMLResponse:
    """Open actions by their dates: everyone's, or mine."""
    around = await frame(request, work, caller)
    owner = caller.name if of == "mine" else None
    found = await actions.actions(work, owner=owner, open_only=True)
    view = {"rows": found, "shown": of, "places": PLACES, "today": await today(work)}
    return page(request, "actions.html", around, **view)


@router.post("/{action_id}/finish")
async def finish(
    action_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*STAFF))],
    version: Annotated[int, Form()],
    evidence: Annotated[str, Form()] = "",
) -> Response:
    """An action is done, and this shows it."""
    after = await actions.finish(work, action_id, version=version, evidence=evidence)
    return done(f"{PLACES[after.record_type]}/{after.record_id}#actions", "action.finish")


@router.post("/{action_id}/extend")
async def extend(
    action_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA))],
    signed: SignedForm,
    version: Annotated[int, Form()],
    due_on: Annotated[date, Form()],
) -> Response:
    """An action's date is put off, signed."""
    after = await actions.extend(
        work, action_id, version=version, due_on=due_on, credentials=signed.credentials, reason=signed.reason
    )
    return done(f"{PLACES[after.record_type]}/{after.record_id}#actions", "action.extend")
