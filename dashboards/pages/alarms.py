"""The alarm list by the states of ISA-18.2, and the acknowledgement with its comment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.alarms import service as alarms
from mes.alarms.model import Alarm, State
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role
from mes.plant import service as plant
from telemetry.work import Work

router = APIRouter(prefix="/alarms")
SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)
IN_SIGHT = (State.ACTIVE_UNACKED, State.RTN_UNACKED, State.ACTIVE_ACKED)
_A_PAGE = 100


@router.get("")
async def alarm_list(
    request: Request, work: Transaction, caller: Signed, state: State | None = None, below: int | None = None
) -> HTMLResponse:
    """What is in sight, worst and newest first; with a state, those alone, older ones by page."""
    around = await frame(request, work, caller)
    rows = await _rows(work, state, below)
    zones = {zone.id: zone for zone in await plant.zones(work)}
    view = {"state": state, "states": State, "rows": rows, "zones": zones, "counts": await alarms.counts(work)}
    more = rows[-1].id if state and len(rows) == _A_PAGE else None
    return page(request, "alarms.html", around, more=more, may=around.has(*SHOP_FLOOR), **view)


async def _rows(work: Work, state: State | None, below: int | None) -> list[Alarm]:
    if state is not None:
        return await alarms.alarms(work, state=state, below=below, limit=_A_PAGE)
    found = [alarm for each in IN_SIGHT for alarm in await alarms.alarms(work, state=each, limit=500)]
    order = {each: place for place, each in enumerate(IN_SIGHT)}
    return sorted(found, key=lambda a: (order[a.state] > 1, -a.priority.rank, -a.raised_at.timestamp()))


@router.post("/{alarm_id}/acknowledge")
async def acknowledge(
    alarm_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))],
    version: Annotated[int, Form()],
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Say that one knows."""
    await alarms.acknowledge(work, alarm_id, version=version, comment=comment)
    return done("/alarms", "alarm.acknowledged")
