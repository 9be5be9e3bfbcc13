"""Work orders, batches and material issue over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.batches.hands import Hand
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.inventory.api import lot_json
from mes.orders import service
from mes.orders.model import ORDERS, Batch, Order, Status
from mes.orders.progress import Progress, progress
from mes.orders.sheets import BatchSheet, Direction, OrderSheet, batch_sheet, genealogy, order_sheet
from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role
from telemetry.work import Work

router = APIRouter(tags=["orders"])

PLANNERS = (Role.LEAD, Role.ENGINEER)
CREW = (Role.OPERATOR, Role.LEAD)
Planner = Annotated[Caller, Depends(allow(*PLANNERS))]
Crew = Annotated[Caller, Depends(allow(*CREW))]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
PathId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanBody(Body):
    item: str = Field(max_length=100)
    equipment_id: Id
    quantity: Quantity
    priority: Annotated[int, Field(ge=1, le=5)] = 3
    due_on: date | None = None


class LineBody(Body):
    version: int
    priority: Annotated[int, Field(ge=1, le=5)]
    due_on: date | None = None


class StepBody(Body):
    version: int
    reason: str = ""


class CompleteBody(Body):
    version: int
    quantity: Quantity
    zone_id: Id
    expires_on: date | None = None


class AbortBody(Body):
    version: int
    username: str | None = None
    password: str
    meaning: Meaning
    reason: str


@router.get("/orders")
async def list_orders(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    equipment_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Orders, newest first."""
    found = await service.orders(work, statuses=status, equipment_id=equipment_id, below=cursor, limit=limit)
    items = [order_json(await order_sheet(work, row)) for row in found]
    return {"items": items, "next": found[-1].id if len(found) == limit else None}


@router.post("/orders", status_code=201)
async def plan_order(body: PlanBody, work: Transaction, _: Planner) -> dict[str, Any]:
    """Plan to make something."""
    return await _shown(work, await service.plan_order(work, **body.model_dump()))


@router.get("/dispatch")
async def dispatch_list(
    work: Transaction, _: Signed, equipment_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> dict[str, Any]:
    """What may be worked on now, by due date and priority."""
    return {"items": [dispatch_json(row) for row in await service.dispatch(work, equipment_id=equipment_id)]}


@router.get("/orders/{order_id}")
async def show_order(order_id: PathId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One order."""
    return await _shown(work, await service.order(work, order_id))


@router.post("/orders/{order_id}/line")
async def put_in_line(order_id: PathId, body: LineBody, work: Transaction, _: Planner) -> dict[str, Any]:
    """Say when an order goes, and by when it is needed."""
    return await _shown(work, await service.put_in_line(work, order_id, **body.model_dump()))


@router.post("/orders/{order_id}/complete")
async def complete_order(order_id: PathId, body: CompleteBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """The batch is made: its lot stands in quarantine until QA decides."""
    made = service.Made(quantity=body.quantity, zone_id=body.zone_id, expires_on=body.expires_on)
    return await _shown(work, await service.complete_order(work, order_id, made, version=body.version))


@router.post("/orders/{order_id}/abort")
async def abort_order(order_id: PathId, body: AbortBody, work: Transaction, who: Signed) -> dict[str, Any]:
    """Give up an order that has begun: signed by QA."""
    order = await service.order(work, order_id)
    signature = await people.sign(
        work,
        Credentials(body.username or who.name, body.password, who.terminal),
        body.meaning,
        body.reason,
        record_type="order",
        record_id=order_id,
        record_version=body.version,
        content={"decision": "abort", "order": order.number, "was": order.status},
        roles=(Role.QA,),
        meanings=(Meaning.APPROVED, Meaning.REJECTED),
    )
    after = await service.abort_order(
        work, order_id, signature_id=signature.id, reason=body.reason, version=body.version
    )
    return await _shown(work, after)


@router.post("/orders/{order_id}/{step}")
async def take_step(
    order_id: PathId,
    step: Literal["release", "start", "hold", "resume", "cancel", "close"],
    body: StepBody,
    work: Transaction,
    who: Signed,
) -> dict[str, Any]:
    """Take the order a step further."""
    _check_role(step, who)
    match step:
        case "release":
            after = await service.release_order(work, order_id, version=body.version)
        case "start":
            after = await service.start_order(work, order_id, hand=Hand(who.person_id), version=body.version)
        case "resume":
            after = await service.resume_order(work, order_id, version=body.version)
        case "close":
            after = await service.close_order(work, order_id, version=body.version)
        case "hold":
            after = await service.hold_order(work, order_id, reason=body.reason, version=body.version)
        case "cancel":
            after = await service.cancel_order(work, order_id, reason=body.reason, version=body.version)
    return await _shown(work, after)


@router.get("/batches/{batch_id}")
async def show_batch(batch_id: PathId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One batch: what it consumed, and which points' readings belong to it from when to when."""
    return batch_json(await batch_sheet(work, batch_id))


@router.get("/lots/{lot_id}/genealogy")
async def show_genealogy(
    lot_id: PathId, work: Transaction, _: Signed, direction: Direction = Direction.FORWARD
) -> dict[str, Any]:
    """What came of a lot, or what it came of."""
    links = await genealogy(work, lot_id, direction)
    met = {lot for link in links for lot in (link.from_lot, link.to_lot) if lot is not None}
    lots = [lot_json(lot) for lot in await inventory.lots(work, lot_ids=sorted({lot_id, *met}))]
    return {"lot_id": lot_id, "direction": direction, "links": [asdict(link) for link in links], "lots": lots}


def order_json(sheet: OrderSheet) -> dict[str, Any]:
    """An order as programs see it."""
    needs = [
        {"line": row.material.line, "item": asdict(row.item), "unit": row.material.unit}
        | {"over_pct": str(row.material.over_pct), "under_pct": str(row.material.under_pct)}
        | {"quantity": str(row.material.quantity), "issued": str(row.issued)}
        for row in sheet.requirements
    ]
    about = {"item": asdict(sheet.item), "equipment": asdict(sheet.line), "materials": needs, "steps": sheet.steps}
    batch = batch_facts(sheet.batch) if sheet.batch else None
    return asdict(sheet.order) | {"quantity": str(sheet.order.quantity), "batch": batch} | about


def progress_json(told: Progress) -> dict[str, Any]:
    """What was made of what, as programs see it."""
    made = {name: str(getattr(told, name)) for name in ("ordered", "made", "rejected", "sampled")}
    lines = [
        {"line": each.number, "item": each.item.code, "unit": each.unit}
        | {"required": str(each.required), "issued": str(each.issued)}
        | {"returned": str(each.returned), "consumed": str(each.net)}
        for each in told.lines
    ]
    return made | {"unit": told.unit, "materials": lines}


def dispatch_json(row: service.Dispatch) -> dict[str, Any]:
    """A row of the dispatch list as programs see it."""
    names = ("id", "number", "status", "priority", "due_on", "equipment_id", "unit", "version")
    order = {name: getattr(row.order, name) for name in names} | {"quantity": str(row.order.quantity)}
    operations = [{name: getattr(o, name) for name in ("id", "code", "status", "version")} for o in row.operations]
    about = {"order": order, "item": row.item.code, "batch_id": row.batch_id, "batch": row.batch}
    return about | {"operations": operations, "done": row.done, "total": row.total}


def batch_facts(batch: Batch) -> dict[str, Any]:
    """The batch's own facts; its copy of the master record has a route of its own."""
    return {name: fact for name, fact in asdict(batch).items() if name != "document"}


def batch_json(sheet: BatchSheet) -> dict[str, Any]:
    """A batch as programs see it."""
    points = [{"id": point.point_id, "name": point.name, "unit": point.unit} for point in sheet.points]
    window = {"from": sheet.window[0], "to": sheet.window[1], "points": points} if sheet.window else None
    consumed = [
        asdict(row.issue) | {"quantity": str(row.issue.quantity), "lot": lot_json(row.lot)} for row in sheet.consumed
    ]
    order = {name: getattr(sheet.order, name) for name in ("id", "number", "status", "version")}
    about = {"item": asdict(sheet.item), "equipment": asdict(sheet.line), "order": order}
    made = lot_json(sheet.made) if sheet.made else None
    return batch_facts(sheet.batch) | about | {"made": made, "consumed": consumed, "readings": window}


def _check_role(step: str, who: Caller) -> None:
    allowed = {role for row in ORDERS.table if row.step == step for role in row.roles}
    if not who.roles & allowed:
        raise RoleMissing(needs=" | ".join(sorted(allowed)), caller=who.name)


async def _shown(work: Work, order: Order) -> dict[str, Any]:
    sheet = await order_sheet(work, order)
    return order_json(sheet) | {"progress": progress_json(await progress(work, order, sheet.batch))}
