"""The delivery note: what goes to whom, of which lots, how it must be kept on the way, and who took it over.

What GMP 2010, article 295 asks of a record of distribution stands on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dashboards.language import N_
from dashboards.reports.registry import Asked, Kind, Span, Subject
from mes.inventory.model import Item
from mes.plant import service as plant
from mes.plant.model import rule_at
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.model import Shipment, Status
from mes.shipments.rows import ShipmentNotFound
from mes.shipments.sheets import Sheet, sheet
from mes.trips import service as trips
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """So much of one lot."""

    item: str  # code
    item_en: str
    item_zh: str
    lot: str
    container: str  # empty: loose
    quantity: Decimal
    unit: str
    last_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How an item must be kept on the way: limits of the policy of its storage."""

    item: str
    policy: str
    version: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of an item less goes than was asked for."""

    item: str
    asked: Decimal
    sent: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What came back of it."""

    lot: str
    quantity: Decimal
    unit: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryNoteContent:
    """What the note says."""

    number: str
    status: str
    customer: str  # code
    consignee: str
    address: str
    contact: str
    transport: str
    carrier: str
    planned_on: date
    shipped_at: datetime | None
    shipped_by: str
    trip: str  # number; empty: no vehicle of ours
    vehicle_en: str
    vehicle_zh: str
    goods: tuple[Goods, ...]
    keeping: tuple[Keeping, ...]
    differences: tuple[Difference, ...]
    short_reason: str
    receiver: str
    proof: str
    arrived_at: datetime | None
    ended_reason: str
    returned: tuple[Back, ...]


async def gather(work: Work, asked: Asked) -> DeliveryNoteContent:
    """Raises ShipmentNotFound."""
    found = await _named(work, asked.subject)
    seen = await sheet(work, found)
    trip, vehicle_en, vehicle_zh = await _vehicle(work, found)
    return DeliveryNoteContent(
        number=found.number,
        status=found.status,
        customer=(await customers.customer(work, found.customer_id)).code,
        consignee=found.consignee,
        address=found.address,
        contact=found.contact,
        transport=found.transport,
        carrier=found.carrier,
        planned_on=found.planned_on,
        shipped_at=found.shipped_at,
        shipped_by=found.shipped_by or "",
        trip=trip,
        vehicle_en=vehicle_en,
        vehicle_zh=vehicle_zh,
        goods=_goods(seen),
        keeping=await _keeping(work, [each.item for each in seen.lines]),
        differences=_differences(seen),
        short_reason=found.short_reason,
        receiver=found.receiver,
        proof=found.proof,
        arrived_at=found.arrived_at,
        ended_reason=found.ended_reason,
        returned=tuple(
            Back(lot=each.number, quantity=each.quantity, unit=each.unit, reason=each.reason, at=each.returned_at)
            for each in seen.returns
        ),
    )


async def _named(work: Work, number: str) -> Shipment:
    found = await shipments.shipment_named(work, number)
    if found is None:
        raise ShipmentNotFound(number=number)
    return found


async def _vehicle(work: Work, found: Shipment) -> tuple[str, str, str]:
    if found.trip_id is None:
        return "", "", ""
    trip = await trips.trip(work, found.trip_id)
    zone = await plant.zone(work, trip.zone_id)
    return trip.number, zone.name_en, zone.name_zh


def _goods(seen: Sheet) -> tuple[Goods, ...]:
    return tuple(
        Goods(
            item=each.lot.item,
            item_en=each.lot.item_en,
            item_zh=each.lot.item_zh,
            lot=each.lot.number,
            container="" if each.pick.code == each.lot.number else each.pick.code,
            quantity=each.pick.quantity,
            unit=each.pick.unit,
            last_day=each.lot.last_day,
        )
        for each in seen.picks
    )


def _differences(seen: Sheet) -> tuple[Difference, ...]:
    return tuple(
        Difference(item=each.item.code, asked=each.line.quantity, sent=each.picked, unit=each.line.unit)
        for each in seen.lines
        if each.open > 0
    )


async def _keeping(work: Work, items: Sequence[Item]) -> tuple[Keeping, ...]:
    """Limits that hold now, of items that must be kept in some."""
    found = []
    for item in items:
        rule = rule_at(await plant.rules_for(work, item.policy), work.now) if item.policy else None
        if rule is not None:
            limit = rule.alarm()
            found.append(
                Keeping(item=item.code, policy=rule.code, version=rule.version, low=limit.low, high=limit.high)
            )
    return tuple(found)


async def subjects(work: Work) -> list[Subject]:
    """The newest shipments that are picked, or further."""
    return [
        Subject(key=each.number, name_en=f"{each.number}, {each.consignee}", name_zh=f"{each.number}，{each.consignee}")
        for each in await shipments.shipments(work)
        if each.status not in {Status.PLANNED, Status.CANCELLED}
    ]


KIND = Kind(
    code="delivery_note",
    title=N_("Delivery note"),
    template="reports/delivery_note.html",
    template_version=1,
    span=Span.NONE,
    gather=gather,
    subjects=subjects,
)
