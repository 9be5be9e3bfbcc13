"""Goods come in: from an approved supplier, into quarantine, with their papers and container by container.

GMP 2010, articles 104 and 106 (approved suppliers), 107 (quarantine on receipt), 110 to 112 (what a label says).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from mes.inventory import containers, service, stock
from mes.inventory.model import Lot
from mes.plant import service as plant
from mes.purchasing import service as purchasing
from mes.purchasing.model import Expected
from mes.suppliers import service as suppliers
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work


class LastDayOver(Conflict):
    """The last day on the label is over: it can't be received for use."""


class DatesDisagree(Invalid):
    """It can't expire, or be tested again, before the day on which it was made."""


class CoaMissing(Invalid):
    """Give the reference of the supplier's certificate of analysis."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A container as it comes: its label's number and what is in it."""

    number: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What stands on the delivery note and the labels."""

    number: str  # our lot number
    item: str  # code
    supplier: str  # code
    supplier_lot: str
    coa: str
    zone_id: int
    quantity: Decimal  # in the item's unit; 0 where the containers say it
    filled: Sequence[Filled] = ()
    expires_on: date | None = None
    manufactured_on: date | None = None
    retest_on: date | None = None
    assay_pct: Decimal | None = None
    gtin: str | None = None
    received_at: datetime | None = None  # None: now
    reason: str = ""  # a note; needed where more came than was ordered
    expected_line_id: int | None = None  # of a purchase order


class ProductNotBought(Invalid):
    """The plant makes this item itself: it comes without a supplier, and is packed once it stands here."""


class SupplierNotSaid(Invalid):
    """This item is bought: say who delivered it, the supplier's own lot, and its certificate of analysis."""


class ContainersUnreadable(Invalid):
    """Write a container a line: its number, a space, and the quantity in it."""


def filled_of(text: str) -> tuple[Filled, ...]:
    """Containers as people write them, one a line. Raises ContainersUnreadable."""
    found = []
    for row in text.splitlines():
        number, _, quantity = row.strip().rpartition(" ")
        if not row.strip():
            continue
        try:
            found.append(Filled(number.strip(), Decimal(quantity)))
        except InvalidOperation as wrong:
            raise ContainersUnreadable(line=row) from wrong
        if not number.strip() or not found[-1].quantity.is_finite():
            raise ContainersUnreadable(line=row)
    return tuple(found)


async def receive(work: Work, receipt: Receipt) -> Lot:
    """A lot in quarantine, in its containers. What stands beside them is loose.

    Raises SupplierNotSaid, SupplierNotFound, SupplierNotApproved, CoaMissing, DatesDisagree, LastDayOver,
    ContainerNumberTaken, and what `purchasing.expect` and `stock.receive_lot` raise.
    """
    today = (receipt.received_at or work.now).astimezone(await plant.time_zone(work)).date()
    if not receipt.supplier.strip() or not receipt.supplier_lot.strip():
        raise SupplierNotSaid(item=receipt.item)
    await suppliers.demand_approved(work, receipt.supplier, receipt.item, today)
    _check(receipt, today)
    packed = sum((each.quantity for each in receipt.filled), Decimal(0))
    line = await _expected(work, receipt, receipt.quantity or packed)
    origin = {name: getattr(receipt, name) for name in stock.Origin.__slots__}
    lot = await stock.receive_lot(
        work,
        number=receipt.number,
        item=receipt.item,
        quantity=receipt.quantity or packed,
        zone_id=receipt.zone_id,
        expires_on=receipt.expires_on,
        received_at=receipt.received_at,
        reason=receipt.reason,
        origin=stock.Origin(**origin),
    )
    if line is not None:
        await purchasing.arrived(work, line, lot.id, lot.quantity, note=receipt.reason)
    for each in receipt.filled:
        await containers.pack(work, lot.id, receipt.zone_id, number=each.number, quantity=each.quantity)
    await work.emit("lot.received", lot_id=lot.id, supplier=receipt.supplier, item=receipt.item)
    return await service.lot(work, lot.id)


async def take_in(work: Work, receipt: Receipt) -> Lot:
    """What is bought as `receive` does it. A product comes without a supplier: from another site, or from a customer.

    Raises what `receive` raises, and ProductNotBought.
    """
    if (await service.item_named(work, receipt.item)).is_bought:
        return await receive(work, receipt)
    if receipt.supplier or receipt.filled or receipt.expected_line_id is not None:
        raise ProductNotBought(item=receipt.item)
    return await stock.receive_lot(
        work,
        number=receipt.number,
        item=receipt.item,
        quantity=receipt.quantity,
        zone_id=receipt.zone_id,
        expires_on=receipt.expires_on,
        received_at=receipt.received_at,
        reason=receipt.reason,
        origin=stock.Origin(manufactured_on=receipt.manufactured_on, retest_on=receipt.retest_on, gtin=receipt.gtin),
    )


async def _expected(work: Work, receipt: Receipt, quantity: Decimal) -> Expected | None:
    """The line of a purchase order that the receipt names, if it may come of it."""
    if receipt.expected_line_id is None:
        return None
    return await purchasing.expect(
        work,
        receipt.expected_line_id,
        item=receipt.item,
        supplier=receipt.supplier,
        quantity=quantity,
        note=receipt.reason,
    )


def _check(receipt: Receipt, today: date) -> None:
    if not receipt.coa.strip():
        raise CoaMissing
    days = [day for day in (receipt.expires_on, receipt.retest_on) if day is not None]
    if receipt.manufactured_on is not None and any(day < receipt.manufactured_on for day in days):
        raise DatesDisagree(made=receipt.manufactured_on, last=min(days))
    if days and min(days) < today:
        raise LastDayOver(last=min(days), today=today)
