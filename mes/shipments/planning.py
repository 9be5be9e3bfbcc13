"""A shipment is planned: for whom, what, when, how; and called off again as long as nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.plant import service as plant
from mes.shipments import customers
from mes.shipments.customers import CustomerRetired
from mes.shipments.deliveries import SQL
from mes.shipments.model import MACHINE, Facts, Shipment, Transport
from mes.shipments.picking import release
from mes.shipments.rows import locked, picks, there, write_step
from mes.trips import service as trips
from telemetry.errors import Invalid
from telemetry.work import Work


class NothingAskedFor(Invalid):
    """A shipment needs at least one item with a quantity, each item once."""


class LinesUnreadable(Invalid):
    """Write an item a line: its code, a space, and the quantity."""


@dataclass(frozen=True, slots=True)
class Asked:
    """So much of an item, in its unit."""

    item: str  # code
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a person says who plans a shipment."""

    customer: str  # code
    lines: Sequence[Asked]
    transport: Transport
    planned_on: date
    carrier: str = ""
    trip_id: int | None = None


def asked_of(text: str) -> tuple[Asked, ...]:
    """Items as people write them, one a line. Raises LinesUnreadable."""
    found = []
    for row in text.splitlines():
        code, _, quantity = row.strip().rpartition(" ")
        if not row.strip():
            continue
        try:
            found.append(Asked(code.strip(), Decimal(quantity)))
        except InvalidOperation as wrong:
            raise LinesUnreadable(line=row) from wrong
        if not code.strip() or not found[-1].quantity.is_finite():
            raise LinesUnreadable(line=row)
    return tuple(found)


async def plan(work: Work, asked: Plan) -> Shipment:
    """Plan a shipment. Raises CustomerNotFound, CustomerRetired, NothingAskedFor, ItemNotFound, TripNotFound."""
    customer = await customers.customer_named(work, asked.customer)
    if customer.retired_at is not None:
        raise CustomerRetired(customer=customer.code)
    if not asked.lines or len({line.item for line in asked.lines}) < len(asked.lines):
        raise NothingAskedFor
    if asked.trip_id is not None:
        await trips.trip(work, asked.trip_id)
    facts = {
        "number": await plant.next_number(work, "SHP"),
        "customer_id": customer.id,
        "consignee": customer.name,
        "address": customer.address,
        "contact": customer.contact,
        "min_remaining_days": customer.min_remaining_days,
        "transport": asked.transport,
        "carrier": asked.carrier.strip(),
        "planned_on": asked.planned_on,
        "trip_id": asked.trip_id,
    }
    made = there(await work.one(SQL["plan"], Shipment, **facts, actor=work.actor, now=work.now), 0)
    for number, line in enumerate(asked.lines, start=1):
        await _add(work, made, number, line)
    work.audit("shipment.plan", "shipment", made.id, after=facts | {"lines": [asdict(line) for line in asked.lines]})
    await work.emit("shipment.planned", shipment_id=made.id, number=made.number, customer=customer.code)
    return made


async def _add(work: Work, made: Shipment, number: int, line: Asked) -> None:
    item = await inventory.item_named(work, line.item)
    quantity = stock.positive(line.quantity)
    what = {"item_id": item.id, "quantity": quantity, "unit": item.unit}
    await work.run(SQL["add_line"], shipment_id=made.id, line=number, **what)


async def cancel(work: Work, shipment_id: int, *, version: int, note: str) -> Shipment:
    """Call it off; what was picked is free again. Raises ShipmentNotFound, StaleVersion, Refused."""
    before = await locked(work, shipment_id, version)
    row = MACHINE.step("cancel", shipment_id, before.status, Facts(note=note))
    for each in await picks(work, [shipment_id]):
        await release(work, before, each, "cancelled")
    return await write_step(work, before, "cancel", row.target, reason=note.strip(), ended_reason=note.strip())
