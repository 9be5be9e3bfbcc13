"""Add suppliers, approve them for items by signature, take an approval back at once, and tell what stands on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.suppliers.model import Approval, Supplier, holding
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.APPROVED,)


class SupplierNotFound(NotFound):
    """There is no such supplier."""


class ApprovalNotFound(NotFound):
    """There is no such approval of a supplier."""


class SupplierExists(Conflict):
    """A supplier with this code is there already."""


class SupplierWithoutName(Invalid):
    """A supplier needs a code and a name."""


class ApprovalUnsound(Invalid):
    """An approval needs a basis, and a last day that is not before its first."""


class SupplierNotApproved(Conflict):
    """This supplier is not approved for this item on this day: nothing may be received (GMP 2010 Art. 104)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """What QA approves."""

    supplier: str  # code
    item: str  # code
    valid_from: date
    valid_until: date  # last day
    basis: str


async def suppliers(work: Work) -> list[Supplier]:
    """All, by code."""
    return await work.all(SQL["suppliers"], Supplier, code=None)


async def supplier(work: Work, code: str) -> Supplier:
    """One. Raises SupplierNotFound."""
    found = await work.one(SQL["suppliers"], Supplier, code=code)
    if found is None:
        raise SupplierNotFound(supplier=code)
    return found


async def add(work: Work, code: str, name: str, *, country: str = "", reason: str = "") -> Supplier:
    """A supplier that is approved for nothing yet. Raises SupplierWithoutName, SupplierExists."""
    facts = {"code": code.strip(), "name": name.strip(), "country": country.strip()}
    if not facts["code"] or not facts["name"]:
        raise SupplierWithoutName
    if await work.scalar(SQL["add"], **facts) is None:
        raise SupplierExists(supplier=facts["code"])
    work.audit("supplier.add", "supplier", facts["code"], after=facts, reason=reason)
    return await supplier(work, facts["code"])


async def rename(work: Work, code: str, name: str, *, country: str, version: int, reason: str) -> Supplier:
    """Another name or country. Raises SupplierNotFound, SupplierWithoutName, StaleVersion."""
    before = await supplier(work, code)
    if not name.strip():
        raise SupplierWithoutName
    facts = {"name": name.strip(), "country": country.strip()}
    if await work.scalar(SQL["rename"], code=code, version=version, **facts) is None:
        raise StaleVersion("supplier", code, yours=version, current=before.version)
    was = {"name": before.name, "country": before.country}
    work.audit("supplier.rename", "supplier", code, before=was, after=facts, reason=reason)
    return await supplier(work, code)


async def approvals(work: Work, *, supplier_code: str | None = None, item_code: str | None = None) -> list[Approval]:
    """Approvals, those that ended as well."""
    return await work.all(SQL["approvals"], Approval, id=None, supplier=supplier_code, item=item_code)


async def approved(work: Work, supplier_code: str, item_code: str, on: date) -> bool:
    """Whether the supplier may deliver the item on a day of the plant's calendar; its last day counts."""
    found = await approvals(work, supplier_code=supplier_code, item_code=item_code)
    return holding(found, on) is not None


async def demand_approved(work: Work, supplier_code: str, item_code: str, on: date) -> Approval:
    """The approval that stands. Raises SupplierNotFound, SupplierNotApproved."""
    await supplier(work, supplier_code)
    standing = holding(await approvals(work, supplier_code=supplier_code, item_code=item_code), on)
    if standing is None:
        raise SupplierNotApproved(supplier=supplier_code, item=item_code, on=on)
    return standing


async def approve(
    work: Work, said: Approving, *, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Approval:
    """QA signs that a supplier may deliver an item (GMP 2010 Art. 106: by an audit or another basis that is named).

    Raises SupplierNotFound, ItemNotFound, ApprovalUnsound, and what `people.sign` raises.
    """
    found, item = await supplier(work, said.supplier), await inventory.item_named(work, said.item)
    if not said.basis.strip() or said.valid_until < said.valid_from:
        raise ApprovalUnsound(valid_from=said.valid_from, valid_until=said.valid_until)
    terms = {"valid_from": said.valid_from, "valid_until": said.valid_until, "basis": said.basis.strip()}
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="supplier_approval",
        record_id=f"{said.supplier}:{said.item}",
        record_version=found.version,
        content={"supplier": said.supplier, "item": said.item} | terms,
        roles=signers(Act.APPROVE_SUPPLIER),
        meanings=MEANINGS,
    )
    ids = {"supplier_id": found.id, "item_id": item.id, "signature_id": signed.id}
    made: int = await work.scalar(SQL["approve"], now=work.now, **terms, **ids)
    after = {"item": said.item, "approval": made, "signature": signed.id} | terms
    work.audit("supplier.approve", "supplier", said.supplier, after=after, reason=reason)
    await work.emit("supplier.approved", supplier=said.supplier, item=said.item, valid_until=said.valid_until)
    return await approval(work, made)


async def approval(work: Work, approval_id: int) -> Approval:
    """One. Raises ApprovalNotFound."""
    found = await work.one(SQL["approvals"], Approval, id=approval_id, supplier=None, item=None)
    if found is None:
        raise ApprovalNotFound(approval_id=approval_id)
    return found


async def end_approval(work: Work, approval_id: int, *, reason: str) -> Approval:
    """Take an approval back: at once and without a signature, since it is the safe direction.

    Raises ApprovalNotFound, Refused.
    """
    before = await approval(work, approval_id)
    if not reason.strip():
        raise Refused("supplier", before.supplier, "end_approval", ["reason_given"])
    facts = {"actor": work.actor, "reason": reason.strip(), "now": work.now}
    if await work.scalar(SQL["end_approval"], id=approval_id, **facts) is None:
        raise Refused("supplier", before.supplier, "end_approval", ["approval_stands"])
    was = {"item": before.item, "approval": approval_id, "valid_until": before.valid_until}
    work.audit("supplier.end_approval", "supplier", before.supplier, before=was, reason=reason)
    await work.emit("supplier.approval_ended", supplier=before.supplier, item=before.item)
    return await approval(work, approval_id)
