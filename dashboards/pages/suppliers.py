"""Suppliers: who may deliver what and until when; QA approves by signature and takes back at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Role, Verified
from mes.suppliers import service as suppliers
from mes.suppliers.api import BUYERS
from telemetry.work import Work

router = APIRouter(prefix="/suppliers")
Buyer = Annotated[Caller, Depends(allow(*BUYERS))]
Field = Annotated[str, Form()]
_MADE = ("raw", "packaging", "reagent")


@router.get("")
async def supplier_list(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """All, with the items that each may deliver today."""
    around = await frame(request, work, caller)
    day, approvals = await today(work), await suppliers.approvals(work)
    standing = [each for each in approvals if each.holds(day)]
    found = await suppliers.suppliers(work)
    lines = [(each, [one for one in standing if one.supplier == each.code]) for each in found]
    return page(request, "suppliers.html", around, lines=lines, may_add=around.has(*BUYERS), today=day)


@router.post("")
async def add(work: Transaction, _: Buyer, code: Field, name: Field, country: Field = "") -> Response:
    """Add one."""
    made = await suppliers.add(work, code, name, country=country)
    return done(f"/suppliers/{made.code}", "supplier.added")


@router.get("/{code}")
async def supplier(request: Request, work: Transaction, caller: Signed, code: str) -> HTMLResponse:
    """One supplier: its approvals, those that ended too, with their signatures."""
    around = await frame(request, work, caller)
    view = {
        "supplier": await suppliers.supplier(work, code),
        "approvals": await suppliers.approvals(work, supplier_code=code),
        "items": [each for each in await inventory.items(work) if each.kind in _MADE],
        "signatures": await _signatures(work, code),
        "meanings": suppliers.MEANINGS,
        "may_end": around.has(Role.QA),
        "may_rename": around.has(*BUYERS),
        "today": await today(work),
        "trail": await audit.entries(work, entity="supplier", entity_id=code, limit=50),
    }
    return page(request, "supplier.html", around, **view)


async def _signatures(work: Work, code: str) -> list[Verified]:
    """Each approval's signature, held against that approval."""
    found: list[Verified] = []
    for each in await suppliers.approvals(work, supplier_code=code):
        of_item = await people.verified_signatures_of(
            work, "supplier_approval", f"{code}:{each.item}", each.signed_content()
        )
        found += [one for one in of_item if one.signature.id == each.signature_id]
    return found


@router.post("/{code}/rename")
async def rename(
    work: Transaction,
    _: Buyer,
    code: str,
    version: Annotated[int, Form()],
    name: Field,
    reason: Field,
    country: Field = "",
) -> Response:
    """Another name or country."""
    await suppliers.rename(work, code, name, country=country, version=version, reason=reason)
    return done(f"/suppliers/{code}", "supplier.renamed")


@router.post("/{code}/approvals")
async def approve(
    work: Transaction,
    _: Signed,
    code: str,
    signed: SignedForm,
    item: Field,
    valid_from: Annotated[date, Form()],
    valid_until: Annotated[date, Form()],
    basis: Field,
) -> Response:
    """QA approves it for an item."""
    said = suppliers.Approving(supplier=code, item=item, valid_from=valid_from, valid_until=valid_until, basis=basis)
    await suppliers.approve(work, said, credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason)
    return done(f"/suppliers/{code}", "supplier.approved")


@router.post("/approvals/{approval_id}/end")
async def end_approval(
    work: Transaction, _: Annotated[Caller, Depends(allow(Role.QA))], approval_id: int, reason: Field
) -> Response:
    """QA takes an approval back."""
    found = await suppliers.end_approval(work, approval_id, reason=reason)
    return done(f"/suppliers/{found.supplier}", "supplier.approval_ended")
