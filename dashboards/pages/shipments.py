"""Shipments: the list by where they are, and one from picking by scan to the customer's receipt and what comes back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import demand_role, steps_for, today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.plantmoment import decimal_of, moment_of
from dashboards.render import page
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.materials import scanning
from mes.people.duties import DUTIES, Act
from mes.plant import service as plant
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.ahead import ahead
from mes.shipments.model import HANDLERS, MACHINE, Shipment, Status, Transport
from mes.shipments.sheets import sheet
from mes.shipments.steps import Said, take_step
from mes.trips import service as trips
from mes.trips.model import ON_THE_ROAD
from telemetry.work import Work

router = APIRouter(prefix="/shipments")
Handler = Annotated[Caller, Depends(allow(*HANDLERS))]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Text = Annotated[str, Form(max_length=400)]
Needed = Annotated[str, Form(min_length=1, max_length=400)]
SHOWN = {
    "open": (Status.PLANNED, Status.PICKED, Status.LOADED),
    "way": (Status.SHIPPED,),
    "over": (Status.DELIVERED, Status.REFUSED, Status.RETURNED, Status.CANCELLED),
}
WAY = (Status.PLANNED, Status.PICKED, Status.LOADED, Status.SHIPPED, Status.DELIVERED)
_BACK = frozenset({Status.DELIVERED, Status.REFUSED})
_A_PAGE = 50


@router.get("")
async def list_of_shipments(
    request: Request, work: Transaction, caller: Signed, show: str = "open", below: int | None = None
) -> HTMLResponse:
    """To be picked and loaded, on their way, or over; and the form to plan one."""
    around = await frame(request, work, caller)
    shown = show if show in SHOWN else "open"
    found = await shipments.shipments(work, statuses=SHOWN[shown], below=below, limit=_A_PAGE)
    asked = await shipments.lines(work, [each.id for each in found])
    items = await inventory.items_by_id(work, [line.item_id for line in asked])
    view = {
        "rows": found,
        "lines": {each.id: [line for line in asked if line.shipment_id == each.id] for each in found},
        "named": items,
        "shown": shown,
        "on_the_way": len(await shipments.shipments(work, statuses=SHOWN["way"])),
        "may_plan": around.has(*HANDLERS),
        "customers": await customers.customers(work, current=True),
        "items": await inventory.items(work),
        "transports": Transport,
        "trips": await trips.trips(work, statuses=ON_THE_ROAD),
        "today": await today(work),
        "more": found[-1].id if len(found) == _A_PAGE else None,
    }
    return page(request, "shipments/list.html", around, **view)


@router.post("")
async def plan(
    work: Transaction,
    _: Handler,
    customer: Needed,
    item: Needed,
    quantity: Needed,
    transport: Annotated[Transport, Form()],
    planned_on: Annotated[date, Form()],
    more: Annotated[str, Form(max_length=8000)] = "",
    carrier: Text = "",
    trip_id: Text = "",
) -> Response:
    """Plan a shipment. `more`: other items, one a line, code and quantity."""
    asked = shipments.Plan(
        customer=customer,
        lines=shipments.asked_of(f"{item} {quantity}\n{more}"),
        transport=transport,
        planned_on=planned_on,
        carrier=carrier,
        trip_id=_id(trip_id),
    )
    return done(f"/shipments/{(await shipments.plan(work, asked)).id}", "shipment.planned")


@router.get("/{shipment_id}")
async def one_shipment(
    request: Request, work: Transaction, caller: Signed, shipment_id: Id, code: str = ""
) -> HTMLResponse:
    """One shipment. `code`: what was scanned last."""
    around = await frame(request, work, caller)
    found = await shipments.shipment(work, shipment_id)
    seen = await sheet(work, found)
    scanned = code in {each.pick.code for each in seen.picks}
    steps = steps_for(caller, MACHINE, found.status)
    view = {
        "shipment": found,
        "sheet": seen,
        "told": await scanning.material(work, code) if scanned else None,
        "steps": WAY,
        "ahead": await ahead(work, found),
        "open_steps": [step for step in steps if step != "return"],
        "customer": await customers.customer(work, found.customer_id),
        "may_handle": around.has(*HANDLERS),
        "may_override": around.has(*DUTIES[Act.OVERRIDE]),
        "takes_back": found.status in _BACK and around.has(*HANDLERS),
        "zones": {zone.id: zone for zone in await plant.zones(work)},
        "trail": await audit.entries(work, entity="shipment", entity_id=shipment_id, limit=50),
    }
    return page(request, "shipments/one.html", around, **view, **await _vehicle(work, found))


async def _vehicle(work: Work, found: Shipment) -> dict[str, Any]:
    """The trip that carries it, or those that could."""
    trip = None if found.trip_id is None else await trips.trip(work, found.trip_id)
    records = [] if trip is None else await trips.records(work, trip.id)
    open_ones = await trips.trips(work, statuses=ON_THE_ROAD) if found.status is Status.PICKED else []
    return {"trip": trip, "record": records[-1] if records else None, "trips": open_ones}


@router.post("/{shipment_id}/pick")
async def pick(
    shipment_id: Id,
    work: Transaction,
    caller: Handler,
    code: Needed,
    quantity: Text = "",
    place: Text = "",
    override: Text = "",
) -> Response:
    """What was scanned goes into the shipment."""
    zone = await scanning.place(work, place) if place.strip() else None
    picked = await shipments.pick(
        work,
        shipment_id,
        code,
        quantity=decimal_of(quantity),
        zone_id=zone.id if zone else None,
        override=override,
        roles=caller.roles,
    )
    return done(f"/shipments/{shipment_id}?{urlencode({'code': picked.code})}", "shipment.picked")


@router.post("/{shipment_id}/put-back/{pick_id}")
async def put_back(
    shipment_id: Id, pick_id: Id, work: Transaction, _: Handler, version: Annotated[int, Form()]
) -> Response:
    """It comes out of the shipment."""
    await shipments.put_back(work, shipment_id, pick_id, version=version)
    return done(f"/shipments/{shipment_id}", "shipment.put_back")


@router.post("/{shipment_id}/return")
async def take_back(
    shipment_id: Id,
    work: Transaction,
    _: Handler,
    version: Annotated[int, Form()],
    lot_id: Annotated[int, Form(ge=1, le=2**31 - 1)],
    quantity: Annotated[Decimal, Form(gt=0, max_digits=20, decimal_places=6)],
    place: Needed,
    reason: Needed,
) -> Response:
    """What came back goes into quarantine."""
    where = await scanning.place(work, place)
    await shipments.take_back(
        work, shipment_id, lot_id, quantity=quantity, zone_id=where.id, reason=reason, version=version
    )
    return done(f"/shipments/{shipment_id}", "shipment.returned")


@router.post("/{shipment_id}/{step}")
async def step(
    shipment_id: Id,
    step: str,
    work: Transaction,
    caller: Signed,
    version: Annotated[int, Form()],
    note: Text = "",
    trip_id: Text = "",
    place: Text = "",
    receiver: Text = "",
    proof: Text = "",
    at: Text = "",
) -> Response:
    """One step further, or back."""
    demand_role(caller, MACHINE, step)
    zone = await scanning.place(work, place) if place.strip() else None
    said = Said(
        note=note,
        trip_id=_id(trip_id),
        to_zone_id=zone.id if zone else None,
        receiver=receiver,
        proof=proof,
        at=moment_of(at, await plant.time_zone(work)),
    )
    await take_step(work, shipment_id, step, version=version, said=said)
    return done(f"/shipments/{shipment_id}", f"shipment.{step}")


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
