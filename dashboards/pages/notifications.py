"""Notifications: the ladders with their people and worst latencies, tests, receipts, and one's own addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.border import Caller, Signed, Transaction, allow
from mes.notifications.addresses import add_address, addresses, remove_address
from mes.notifications.api import TESTERS, whose
from mes.notifications.deliveries import deliveries
from mes.notifications.model import Channel
from mes.notifications.overview import overview
from mes.notifications.rehearsal import rehearse
from mes.notifications.roster import plan_now
from mes.people.model import Role
from mes.plant import service as plant

router = APIRouter(prefix="/notifications")
_A_PAGE = 20


@router.get("")
async def notifications(
    request: Request,
    work: Transaction,
    caller: Signed,
    below: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> HTMLResponse:
    """Who is told of alarms, and what became of the last messages."""
    around = await frame(request, work, caller)
    plan = await plan_now(work)
    receipts = await deliveries(work, below=below, limit=_A_PAGE)
    view = {
        "ladders": await overview(work, plan),
        "shifts": plan.roster.shifts,
        "here": work.now.astimezone(plan.roster.zone),
        "zone_names": {zone.code: zone for zone in await plant.zones(work)},
        "deliveries": receipts,
        "more": receipts[-1].id if len(receipts) == _A_PAGE else None,
        "may_test": around.has(*TESTERS),
        "own": await addresses(work, caller.person_id) if caller.person_id else [],
        "channels": Channel,
        "colleagues": plan.roster.colleagues if around.has(Role.ADMIN) else (),
    }
    return page(request, "notifications.html", around, **view)


@router.post("/tests")
async def rehearse_ladder(
    work: Transaction, _tester: Annotated[Caller, Depends(allow(*TESTERS))], ladder: Annotated[str, Form()]
) -> Response:
    """Call everybody on a ladder with an alarm that says it is a test."""
    await rehearse(work, ladder)
    return done("/notifications", "ladder.tested")


@router.post("/addresses")
async def enter_address(
    work: Transaction,
    caller: Signed,
    channel: Annotated[Channel, Form()],
    address: Annotated[str, Form()] = "",
    person: Annotated[str, Form()] = "",
) -> Response:
    """Say where one is reached; an administrator says it for others too."""
    asked = int(person) if person.isdecimal() else None
    await add_address(work, whose(caller, asked), channel, address)
    answer = done("/notifications", "address.added")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/addresses/{address_id}/remove")
async def forget_address(address_id: int, work: Transaction, caller: Signed) -> Response:
    """Forget where one is reached."""
    of_person = None if Role.ADMIN in caller.roles else whose(caller, None)
    await remove_address(work, address_id, of_person=of_person)
    return done("/notifications", "address.removed")
