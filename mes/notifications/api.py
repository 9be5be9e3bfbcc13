"""Notifications over HTTP: ladders with their latencies, receipts, tests, one's own addresses."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mes.alarms.api import as_json
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.notifications.addresses import Address, add_address, addresses, remove_address
from mes.notifications.deliveries import DeliveryState, deliveries
from mes.notifications.model import Channel
from mes.notifications.overview import LadderView, RungView, overview
from mes.notifications.rehearsal import rehearsals, rehearse
from mes.notifications.roster import plan_now
from mes.people.model import Role

router = APIRouter(prefix="/notifications", tags=["notifications"])
TESTERS = (Role.QA, Role.LEAD, Role.ENGINEER)
Anybody = Annotated[Caller, Depends(allow(*Role))]
"""Who has any role at all."""
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Filter = Annotated[int | None, Query(ge=1, le=LARGEST)]


class NewAddress(BaseModel):
    """One's own; an administrator enters those of others too."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    address: str = Field(max_length=1000, repr=False)
    person_id: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


class Removal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=1000)


class NewTest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ladder: str


def whose(caller: Caller, person_id: int | None) -> int:
    """Whose addresses are meant: one's own, or anybody's for an administrator. Raises RoleMissing."""
    asked = person_id or caller.person_id
    if asked is None or (asked != caller.person_id and Role.ADMIN not in caller.roles):
        raise RoleMissing(needs=Role.ADMIN, caller=caller.name)
    return asked


@router.get("/ladders")
async def list_ladders(work: Transaction, _: Signed) -> dict[str, Any]:
    """Ladders with who stands on each rung and the worst time from limit to message."""
    return {"items": [_ladder(view) for view in await overview(work, await plan_now(work))], "next": None}


@router.get("/deliveries")
async def list_deliveries(
    work: Transaction,
    _: Signed,
    alarm_id: Filter = None,
    state: DeliveryState | None = None,
    cursor: Filter = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Messages and what became of them, newest first."""
    found = await deliveries(work, alarm_id=alarm_id, state=state, below=cursor, limit=limit)
    return {"items": found, "next": found[-1].id if len(found) == limit else None}


@router.get("/tests")
async def list_tests(work: Transaction, _: Signed, ladder: str | None = None) -> dict[str, Any]:
    """Tests of the ladders: when, who was reached, who acknowledged."""
    return {"items": await rehearsals(work, ladder, limit=200), "next": None}


@router.post("/tests", status_code=201)
async def start_test(
    body: NewTest, work: Transaction, _: Annotated[Caller, Depends(allow(*TESTERS))]
) -> dict[str, Any]:
    """Call everybody on a ladder with an alarm that says it is a test."""
    return as_json(await rehearse(work, body.ladder))


@router.get("/addresses")
async def list_addresses(work: Transaction, caller: Signed, person_id: Filter = None) -> dict[str, Any]:
    """Where a person is reached, without what opens it. A program has no address of its own."""
    is_own = person_id is None and caller.person_id is None
    return {"items": [] if is_own else await addresses(work, whose(caller, person_id)), "next": None}


@router.post("/addresses", status_code=201)
async def enter_address(body: NewAddress, work: Transaction, response: Response, caller: Anybody) -> Address:
    """Say where one is reached. It is shown to nobody again."""
    response.headers["Cache-Control"] = "no-store"
    return await add_address(work, whose(caller, body.person_id), body.channel, body.address)


@router.post("/addresses/{address_id}/remove")
async def forget_address(address_id: Id, body: Removal, work: Transaction, caller: Anybody) -> Address:
    """Forget where one is reached."""
    of_person = None if Role.ADMIN in caller.roles else whose(caller, None)
    return await remove_address(work, address_id, of_person=of_person, reason=body.reason)


def _ladder(view: LadderView) -> dict[str, Any]:
    ladder = view.ladder
    facts = {
        name: getattr(ladder, name) for name in ("code", "name_en", "name_zh", "least", "realarm_s", "fold_s", "since")
    }
    chosen = {"zones": sorted(ladder.zones), "kinds": sorted(ladder.kinds)}
    return facts | chosen | {"rungs": [_rung(rung) for rung in view.rungs], "tests": view.tests}


def _rung(view: RungView) -> dict[str, Any]:
    people = [
        {"username": each.colleague.username, "on_shift": each.is_on_shift, "channels": each.channels}
        for each in view.people
    ]
    latency = {"zone": view.zone.code if view.zone else None, "parts": [asdict(part) for part in view.latency.parts]}
    return {
        "after_s": view.rung.after_s,
        "channels": view.rung.channels,
        "on_shift": view.rung.on_shift,
        "people": people,
        "worst_latency_s": view.latency.total_s,
        "latency": latency,
    }
