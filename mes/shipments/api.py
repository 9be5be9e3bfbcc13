"""Customers and shipments over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.inventory.api import Id, Quantity
from mes.moments import Moment
from mes.shipments import customers, service
from mes.shipments.model import HANDLERS, MACHINE, Status, Transport
from mes.shipments.sheets import Sheet, sheet
from mes.shipments.steps import Said, take_step
from mes.shipments.told import customer_json, delivery_json, line_json, pick_json, returned_json, shipment_json
from telemetry.work import Work

router = APIRouter(tags=["shipments"])
LARGEST = 2**31 - 1
Handler = Annotated[Caller, Depends(allow(*HANDLERS))]
CustomerId = Annotated[int, Path(ge=1, le=LARGEST)]
ShipmentId = Annotated[int, Path(ge=1, le=LARGEST)]
PickId = Annotated[int, Path(ge=1, le=LARGEST)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Step = Literal["finish_picking", "pick_again", "load", "unload", "ship", "deliver", "refuse", "cancel"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CustomerBody(Body):
    name: Text
    address: Text
    contact: Text
    min_remaining_days: Annotated[int, Field(ge=0, le=3660)] = 0


class NewCustomerBody(CustomerBody):
    code: Annotated[str, Field(min_length=1, max_length=40)]


class ChangedCustomerBody(CustomerBody):
    version: int
    reason: Text
    retired: bool = False


class LineBody(Body):
    item: Text
    quantity: Quantity


class PlanBody(Body):
    customer: Text
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=200)]
    transport: Transport
    planned_on: date
    carrier: str = ""
    trip_id: Id | None = None


class PickBody(Body):
    code: Text  # as the scanner sent it
    quantity: Quantity | None = None  # default: what is open and at hand
    zone_id: Id | None = None  # where it is taken from, if it stands in several places
    override: str = ""  # why not the lot that expires first


class PutBackBody(Body):
    version: int


class StepBody(Body):
    """`version` always; the rest where the step asks for it."""

    version: int
    note: str = ""
    trip_id: Id | None = None
    to_zone_id: Id | None = None
    receiver: str = ""
    proof: str = ""
    at: Moment | None = None


class ReturnBody(Body):
    version: int
    lot_id: Id
    quantity: Quantity
    zone_id: Id
    reason: Text


@router.get("/customers")
async def list_customers(work: Transaction, _: Signed, current: bool = False) -> dict[str, Any]:
    """Customers by code; `current`: only those who may be shipped to."""
    return {"items": [customer_json(each) for each in await customers.customers(work, current=current)], "next": None}


@router.post("/customers", status_code=201)
async def add_customer(body: NewCustomerBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """A new customer."""
    told = customers.Told(**body.model_dump(exclude={"code"}))
    return customer_json(await customers.add(work, body.code, told))


@router.get("/customers/{customer_id}")
async def show_customer(customer_id: CustomerId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One customer."""
    return customer_json(await customers.customer(work, customer_id))


@router.post("/customers/{customer_id}")
async def change_customer(
    customer_id: CustomerId, body: ChangedCustomerBody, work: Transaction, _: Handler
) -> dict[str, Any]:
    """Bring a customer to this."""
    told = customers.Told(**body.model_dump(exclude={"version", "reason", "retired"}))
    after = await customers.change(
        work, customer_id, told, version=body.version, retired=body.retired, reason=body.reason
    )
    return customer_json(after)


@router.get("/shipments")
async def list_shipments(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    customer_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Shipments, newest first."""
    found = await service.shipments(work, statuses=status, customer_id=customer_id, below=cursor, limit=limit)
    return {"items": [shipment_json(each) for each in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/shipments/deliveries")
async def list_deliveries(
    work: Transaction, _: Signed, lot: Annotated[list[str], Query(min_length=1, max_length=500)]
) -> dict[str, Any]:
    """To whom lots went, by their numbers, and what came back."""
    return {"items": [delivery_json(each) for each in await service.delivered_lots(work, lot)], "next": None}


@router.post("/shipments", status_code=201)
async def plan_shipment(body: PlanBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Plan a shipment to a customer."""
    asked = service.Plan(
        customer=body.customer,
        lines=[service.Asked(line.item, line.quantity) for line in body.lines],
        transport=body.transport,
        planned_on=body.planned_on,
        carrier=body.carrier,
        trip_id=body.trip_id,
    )
    return await _whole(work, (await service.plan(work, asked)).id)


@router.get("/shipments/{shipment_id}")
async def show_shipment(shipment_id: ShipmentId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One shipment: what is asked for, what to take and why not the others, what is in it, what came back."""
    return await _whole(work, shipment_id)


@router.post("/shipments/{shipment_id}/picks", status_code=201)
async def pick(shipment_id: ShipmentId, body: PickBody, work: Transaction, caller: Handler) -> dict[str, Any]:
    """Pick what was scanned."""
    made = await service.pick(
        work,
        shipment_id,
        body.code,
        quantity=body.quantity,
        zone_id=body.zone_id,
        override=body.override,
        roles=caller.roles,
    )
    return pick_json(made)


@router.post("/shipments/{shipment_id}/picks/{pick_id}/put-back")
async def put_back(
    shipment_id: ShipmentId, pick_id: PickId, body: PutBackBody, work: Transaction, _: Handler
) -> dict[str, Any]:
    """Take it out of the shipment."""
    await service.put_back(work, shipment_id, pick_id, version=body.version)
    return await _whole(work, shipment_id)


@router.post("/shipments/{shipment_id}/returns", status_code=201)
async def take_back(shipment_id: ShipmentId, body: ReturnBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """What came back, as a lot of its own in quarantine."""
    told = body.model_dump(exclude={"lot_id"})
    return returned_json(await service.take_back(work, shipment_id, body.lot_id, **told))


@router.post("/shipments/{shipment_id}/{step}")
async def step(shipment_id: ShipmentId, step: Step, body: StepBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """One step further, or back."""
    said = Said(**body.model_dump(exclude={"version"}))
    await take_step(work, shipment_id, step, version=body.version, said=said)
    return await _whole(work, shipment_id)


async def _whole(work: Work, shipment_id: int) -> dict[str, Any]:
    found = await service.shipment(work, shipment_id)
    seen = await sheet(work, found)
    return shipment_json(found) | {
        "steps": MACHINE.open_steps(found.status),
        "lines": [
            line_json(each.line) | {"open": str(each.open)} | _proposed(seen, each.line.line) for each in seen.lines
        ],
        "picks": [pick_json(each.pick) | {"lot": each.lot.number, "against": each.against} for each in seen.picks],
        "returns": [returned_json(each) for each in seen.returns],
    }


def _proposed(seen: Sheet, number: int) -> dict[str, Any]:
    proposal = seen.lines[number - 1].proposal
    if proposal is None:
        return {"take": [], "refused": [], "missing": str(Decimal(0))}
    return {
        "take": [{"lot": row.lot.number, "quantity": str(row.quantity)} for row in proposal.allocations],
        "refused": [{"lot": row.lot.number, "reasons": row.reasons} for row in proposal.rejections],
        "missing": str(proposal.missing),
    }
