"""One message that was set aside: who sent it, why it could not be stored, what is in it; taking it in after all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from gateway import aside
from gateway.replay import replay_rejected
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role
from mes.transitions import Refused
from telemetry.clock import from_us

router = APIRouter(prefix="/edges/set-aside")
REPLAYERS = (Role.ENGINEER, Role.QA)
"""Who may say that readings are to be stored although they were refused: the audit trail keeps their reason."""
_SHOWN = 20
_DUMPED = 256  # bytes
_WRITABLE_US = 2**57  # further away than that no calendar reaches


@router.get("/{number}")
async def set_aside(request: Request, work: Transaction, caller: Signed, number: int) -> HTMLResponse:
    """The message."""
    around = await frame(request, work, caller)
    found = await aside.aside(work, number)
    inside = aside.contents(found.payload)
    shown = [
        (each, from_us(each.device_us) if abs(each.device_us) < _WRITABLE_US else None) for each in inside.readings
    ]
    view = {
        "row": found,
        "inside": inside,
        "shown": shown[:_SHOWN],
        "dump": list(aside.dump(found.payload, _DUMPED)) if inside.fault else [],
        "may": around.has(*REPLAYERS),
        "trail": await audit.entries(work, entity="ingest_rejected", entity_id=number, limit=20),
    }
    return page(request, "set-aside.html", around, **view)


@router.post("/{number}/replay")
async def replay(
    number: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*REPLAYERS))],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Store it now. Raises Refused without a reason, and what `replay_rejected` raises."""
    if not reason.strip():
        raise Refused("ingest_rejected", number, "replay", ["reason_given"])
    await replay_rejected(work, number, reason=reason.strip())
    return done(f"/edges/set-aside/{number}", "ingest.replayed")
