"""Customers: who goods may be shipped to. Kept as records with their trail, since the office changes them any day.

A shipment keeps the name, address and contact that its customer had when it was planned.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from mes.shipments.deliveries import SQL
from mes.shipments.model import Customer
from mes.transitions import StaleVersion
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work


class CustomerNotFound(NotFound):
    """There is no such customer."""


class CustomerCodeTaken(Conflict):
    """Another customer has this code already."""


class CustomerIncomplete(Invalid):
    """A customer has a code, a name, an address and a contact: the record of distribution asks for all of them."""


class CustomerRetired(Conflict):
    """Nothing is shipped to this customer any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person says of a customer."""

    name: str
    address: str
    contact: str
    min_remaining_days: int = 0


async def customers(work: Work, *, current: bool = False) -> list[Customer]:
    """All customers by code, or only those who may be shipped to."""
    return await work.all(SQL["customers"], Customer, id=None, code=None, current=current)


async def customer(work: Work, customer_id: int) -> Customer:
    """One customer. Raises CustomerNotFound."""
    return _there(await work.one(SQL["customers"], Customer, id=customer_id, code=None, current=False), customer_id)


async def customer_named(work: Work, code: str) -> Customer:
    """One customer by code. Raises CustomerNotFound."""
    return _there(await work.one(SQL["customers"], Customer, id=None, code=code, current=False), code)


async def add(work: Work, code: str, told: Told) -> Customer:
    """A new customer. Raises CustomerIncomplete, CustomerCodeTaken."""
    if not code.strip():
        raise CustomerIncomplete(missing=["code"])
    facts = {"code": code.strip()} | _complete(told)
    made = await work.one(SQL["add_customer"], Customer, **facts)
    if made is None:
        raise CustomerCodeTaken(customer=code)
    work.audit("customer.add", "customer", made.id, after=facts)
    return made


async def change(
    work: Work, customer_id: int, told: Told, *, version: int, retired: bool = False, reason: str
) -> Customer:
    """Bring a customer to this; shipments that are planned already keep what they say.

    Raises CustomerNotFound, CustomerIncomplete, StaleVersion.
    """
    before = _there(await work.one(SQL["lock_customer"], Customer, id=customer_id), customer_id)
    if before.version != version:
        raise StaleVersion("customer", customer_id, yours=version, current=before.version)
    if not reason.strip():
        raise CustomerIncomplete(missing=["reason"])
    since = (before.retired_at or work.now) if retired else None
    facts = _complete(told) | {"retired_at": since}
    after = _there(await work.one(SQL["change_customer"], Customer, id=customer_id, **facts), customer_id)
    was = {name: value for name, value in asdict(before).items() if name in facts}
    work.audit("customer.change", "customer", customer_id, before=was, after=facts, reason=reason.strip())
    return after


def _complete(told: Told) -> dict[str, object]:
    said = {"name": told.name.strip(), "address": told.address.strip(), "contact": told.contact.strip()}
    if missing := [name for name, value in said.items() if not value]:
        raise CustomerIncomplete(missing=missing)
    if not 0 <= told.min_remaining_days <= 3660:
        raise CustomerIncomplete(missing=["min_remaining_days"])
    return {**said, "min_remaining_days": told.min_remaining_days}


def _there(found: Customer | None, which: object) -> Customer:
    if found is None:
        raise CustomerNotFound(customer=which)
    return found
