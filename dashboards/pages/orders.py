"""Work orders: what is planned and how far it is, one order with its batch, and what each line may work on now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.audit import service as audit
from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.batches.model import ENDED, BatchOperation
from mes.batches.steps import number_in
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.exceptions import service as exceptions
from mes.exceptions.model import UNJUDGED
from mes.inventory import service as inventory
from mes.inventory.model import Item
from mes.orders import service as orders
from mes.orders.model import ORDERS, Order, Status
from mes.orders.progress import progress
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from telemetry.errors import NotFound
from telemetry.work import Work

router = APIRouter()

PLANNERS = (Role.LEAD, Role.ENGINEER)
OPEN = (Status.PLANNED, Status.RELEASED, Status.RUNNING, Status.ON_HOLD, Status.COMPLETED)
USUAL_WAY = (Status.PLANNED, Status.RELEASED, Status.RUNNING, Status.COMPLETED, Status.CLOSED)
_A_PAGE = 50
_NOT_HERE = frozenset({"resume_unbegun", "start"})  # an order starts with its first operation


class OrderStepUnknown(NotFound):
    """There is no such step of an order."""


@dataclass(frozen=True, slots=True)
class Row:
    """An order in the planner's list."""

    order: Order
    item: Item
    batch: str  # number; empty before the release
    done: int
    total: int


@router.get("/orders")
async def plan(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None
) -> HTMLResponse:
    """Orders with their progress, and a form to plan one."""
    around = await frame(request, work, caller)
    found = await orders.orders(work, statuses=OPEN if status == "open" else None, below=below, limit=_A_PAGE)
    items = await inventory.items(work)
    view = {
        "rows": await _rows(work, found),
        "lines": [machine for machine in await plant.equipment(work) if machine.kind == "line"],
        "products": [item for item in items if item.kind == "product"],
        "machines": {machine.id: machine for machine in await plant.equipment(work)},
        "shown": status,
        "more": found[-1].id if len(found) == _A_PAGE else None,
        "today": work.now.astimezone(around.zone).date(),
    }
    return page(request, "orders.html", around, **view)


@router.post("/orders")
async def plan_order(
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*PLANNERS))],
    item: Annotated[str, Form()],
    equipment_id: Annotated[int, Form()],
    quantity: Annotated[str, Form()],
    priority: Annotated[int, Form()] = 3,
    due_on: Annotated[str, Form()] = "",
) -> Response:
    """Plan to make something."""
    due = date.fromisoformat(due_on) if due_on else None
    made = await orders.plan_order(
        work, item=item, equipment_id=equipment_id, quantity=number_in(quantity), priority=priority, due_on=due
    )
    return done(f"/orders/{made.id}", "order.planned")


@router.get("/orders/{order_id}")
async def show_order(request: Request, work: Transaction, caller: Signed, order_id: int) -> HTMLResponse:
    """One order: its batch, its operations, its materials, what comes next."""
    around = await frame(request, work, caller)
    found = await orders.order(work, order_id)
    item = (await inventory.items_by_id(work, [found.item_id]))[found.item_id]
    batch = await orders.batch_of(work, order_id)
    raised = await exceptions.exceptions(work, batch.id) if batch else []
    operations = await batches.operations(work, batch.id) if batch else []
    view = {
        "order": found,
        "product": item,
        "line": await plant.machine(work, found.equipment_id),
        "batch": batch,
        "operations": operations,
        "progress": await progress(work, found, batch),
        "unjudged": sum(each.status in UNJUDGED for each in raised),
        "exceptions": len(raised),
        "copy": await orders.effective_copy(work, item.code, found.quantity, found.unit) if batch is None else None,
        "open_steps": _steps(found, caller),
        "steps": USUAL_WAY,
        "zones": await plant.zones(work),
        "unended": [each for each in operations if each.status not in ENDED],
        "trail": await audit.entries(work, entity="order", entity_id=order_id, limit=50),
    }
    return page(request, "work-order.html", around, **view)


@router.post("/orders/{order_id}/{step}")
async def take_step(
    order_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    quantity: Annotated[str, Form()] = "",
    zone_id: Annotated[int | None, Form()] = None,
    expires_on: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Take the order a step further."""
    _check(step, caller)
    match step:
        case "release":
            await orders.release_order(work, order_id, version=version)
        case "hold":
            await orders.hold_order(work, order_id, reason=reason, version=version)
        case "resume":
            await orders.resume_order(work, order_id, version=version)
        case "cancel":
            await orders.cancel_order(work, order_id, reason=reason, version=version)
        case "close":
            await orders.close_order(work, order_id, version=version)
        case "complete":
            last = date.fromisoformat(expires_on) if expires_on else None
            made = orders.Made(quantity=number_in(quantity), zone_id=zone_id or 0, expires_on=last)
            await orders.complete_order(work, order_id, made, version=version)
        case "abort":
            await _abort(
                work, order_id, Credentials(username or caller.name, password, caller.terminal), reason, version
            )
    return done(f"/orders/{order_id}", "order.stepped")


@router.get("/dispatch")
async def dispatch(request: Request, work: Transaction, caller: Signed, line: int | None = None) -> HTMLResponse:
    """What a line may work on now, most urgent first."""
    around = await frame(request, work, caller)
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    view = {
        "rows": await orders.dispatch(work, equipment_id=line),
        "machines": machines,
        "lines": [machine for machine in machines.values() if machine.kind == "line"],
        "line": line,
        "today": work.now.astimezone(around.zone).date(),
        "hints": await _hints(work, caller, line),
    }
    return page(request, "dispatch.html", around, **view)


async def _hints(work: Work, caller: Caller, line: int | None) -> dict[int, list[str]]:
    """By operation that is ready: what speaks against starting it."""
    found: dict[int, list[str]] = {}
    for row in await orders.dispatch(work, equipment_id=line):
        for operation in row.operations:
            if operation.status == "ready":
                found[operation.id] = await batches.against(work, operation.id, Hand(caller.person_id))
    return found


async def _rows(work: Work, found: list[Order]) -> list[Row]:
    items = await inventory.items_by_id(work, [each.item_id for each in found])
    rows = []
    for each in found:
        batch = await orders.batch_of(work, each.id)
        operations: list[BatchOperation] = await batches.operations(work, batch.id) if batch else []
        ended = sum(o.status in ENDED for o in operations)
        rows.append(Row(each, items[each.item_id], batch.number if batch else "", ended, len(operations)))
    return rows


def _steps(found: Order, caller: Caller) -> list[str]:
    rows = [row for row in ORDERS.table if found.status in row.sources and row.roles & caller.roles]
    return [row.step for row in rows if row.step not in _NOT_HERE]


def _check(step: str, caller: Caller) -> None:
    rows = [row for row in ORDERS.table if row.step == step and step not in _NOT_HERE]
    if not rows:
        raise OrderStepUnknown(step=step)
    allowed = {role for row in rows for role in row.roles}
    if not caller.roles & allowed:
        raise RoleMissing(needs=" | ".join(sorted(allowed)), caller=caller.name)


async def _abort(work: Work, order_id: int, signer: Credentials, reason: str, version: int) -> None:
    order = await orders.order(work, order_id)
    signature = await people.sign(
        work,
        signer,
        Meaning.APPROVED,
        reason,
        record_type="order",
        record_id=order_id,
        record_version=version,
        content={"decision": "abort", "order": order.number, "was": order.status},
        roles=signers(Act.JUDGE),
    )
    await orders.abort_order(work, order_id, signature_id=signature.id, reason=reason, version=version)
