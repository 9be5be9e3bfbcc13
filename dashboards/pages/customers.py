"""Customers: who goods may be shipped to, and what went to one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.model import HANDLERS

router = APIRouter(prefix="/customers")
Handler = Annotated[Caller, Depends(allow(*HANDLERS))]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Text = Annotated[str, Form(max_length=400)]
Days = Annotated[int, Form(ge=0, le=3660)]
_A_PAGE = 50


@router.get("")
async def list_of_customers(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """All of them, and the form to add one."""
    around = await frame(request, work, caller)
    view = {"rows": await customers.customers(work), "may_change": around.has(*HANDLERS)}
    return page(request, "shipments/customers.html", around, **view)


@router.post("")
async def add(
    work: Transaction,
    _: Handler,
    code: Text = "",
    name: Text = "",
    address: Text = "",
    contact: Text = "",
    min_remaining_days: Days = 0,
) -> Response:
    """A new customer."""
    told = customers.Told(name=name, address=address, contact=contact, min_remaining_days=min_remaining_days)
    return done(f"/customers/{(await customers.add(work, code, told)).id}", "customer.kept")


@router.get("/{customer_id}")
async def one_customer(
    request: Request, work: Transaction, caller: Signed, customer_id: Id, below: int | None = None
) -> HTMLResponse:
    """One customer with the shipments to it, newest first."""
    around = await frame(request, work, caller)
    found = await customers.customer(work, customer_id)
    rows = await shipments.shipments(work, customer_id=customer_id, below=below, limit=_A_PAGE)
    asked = await shipments.lines(work, [each.id for each in rows])
    view = {
        "customer": found,
        "rows": rows,
        "lines": {each.id: [line for line in asked if line.shipment_id == each.id] for each in rows},
        "named": await inventory.items_by_id(work, [line.item_id for line in asked]),
        "may_change": around.has(*HANDLERS),
        "more": rows[-1].id if len(rows) == _A_PAGE else None,
        "trail": await audit.entries(work, entity="customer", entity_id=customer_id, limit=50),
    }
    return page(request, "shipments/customer.html", around, **view)


@router.post("/{customer_id}")
async def change(
    customer_id: Id,
    work: Transaction,
    _: Handler,
    version: Annotated[int, Form()],
    name: Text = "",
    address: Text = "",
    contact: Text = "",
    reason: Text = "",
    min_remaining_days: Days = 0,
    retired: Annotated[bool, Form()] = False,
) -> Response:
    """Bring a customer to this."""
    told = customers.Told(name=name, address=address, contact=contact, min_remaining_days=min_remaining_days)
    await customers.change(work, customer_id, told, version=version, retired=retired, reason=reason)
    return done(f"/customers/{customer_id}", "customer.kept")
