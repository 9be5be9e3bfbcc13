"""Suppliers and their approvals over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role
from mes.people.signed_body import Body, SignedBody
from mes.plant import service as plant
from mes.suppliers import service
from mes.suppliers.model import Approval, Supplier

router = APIRouter(prefix="/suppliers", tags=["suppliers"])
BUYERS = (Role.QA, Role.WAREHOUSE)
Buyer = Annotated[Caller, Depends(allow(*BUYERS))]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class SupplierBody(Body):
    code: Code
    name: Text
    country: Annotated[str, Field(max_length=100)] = ""
    reason: Annotated[str, Field(max_length=1000)] = ""


class RenameBody(Body):
    version: int
    name: Text
    country: Annotated[str, Field(max_length=100)] = ""
    reason: Text


class ApproveBody(SignedBody):
    item: Code
    valid_from: date
    valid_until: date
    basis: Text


class EndBody(Body):
    reason: Text


@router.get("")
async def list_suppliers(work: Transaction, _: Signed) -> dict[str, Any]:
    """All suppliers with their approvals."""
    approvals = await service.approvals(work)
    found = await service.suppliers(work)
    items = [{"supplier": each, "approvals": [a for a in approvals if a.supplier == each.code]} for each in found]
    return {"items": items, "next": None}


@router.post("", status_code=201)
async def add(body: SupplierBody, work: Transaction, _: Buyer) -> Supplier:
    """Add one; it is approved for nothing yet."""
    return await service.add(work, body.code, body.name, country=body.country, reason=body.reason)


@router.get("/{code}/approved/{item}")
async def show_approved(code: str, item: str, work: Transaction, _: Signed, on: date | None = None) -> dict[str, Any]:
    """Whether it may deliver an item, today or on another day."""
    day = on or work.now.astimezone(await plant.time_zone(work)).date()
    return {"supplier": code, "item": item, "on": day, "approved": await service.approved(work, code, item, day)}


@router.post("/{code}/rename")
async def rename(code: str, body: RenameBody, work: Transaction, _: Buyer) -> Supplier:
    """Another name or country."""
    return await service.rename(work, code, body.name, country=body.country, version=body.version, reason=body.reason)


@router.post("/{code}/approvals", status_code=201)
async def approve(code: str, body: ApproveBody, work: Transaction, who: Signed) -> Approval:
    """Approve it for an item, signed by QA."""
    said = service.Approving(
        supplier=code, item=body.item, valid_from=body.valid_from, valid_until=body.valid_until, basis=body.basis
    )
    return await service.approve(
        work, said, credentials=body.credentials(who), meaning=body.meaning, reason=body.reason
    )


@router.post("/approvals/{approval_id}/end")
async def end_approval(
    approval_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    body: EndBody,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA))],
) -> Approval:
    """Take it back, at once."""
    return await service.end_approval(work, approval_id, reason=body.reason)
