"""The end of the road: the customer takes the goods, or doesn't; and what comes back goes into quarantine.

Goods that come back are a lot of their own, made from the one that was shipped: quality assurance decides about them
alone, by the release of lots (GMP 2010, article 137).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from mes.inventory import lineage, stock
from mes.inventory import service as inventory
from mes.inventory.ledger import Cause, Kind
from mes.inventory.model import Lot
from mes.plant import service as plant
from mes.shipments.deliveries import SQL
from mes.shipments.leaving import take_out
from mes.shipments.model import MACHINE, Facts, Pick, Returned, Shipment
from mes.shipments.rows import locked, picks, returns, write_step
from mes.stability import parting
from mes.transitions import Refused
from mes.trips import service as trips
from mes.trips.loading import bind
from mes.trips.model import Direction, Trip
from mes.trips.model import Status as TripStatus
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work

_ARRIVED = frozenset({TripStatus.ARRIVED, TripStatus.ACCEPTED, TripStatus.REFUSED})


class DeliveredOutOfOrder(Invalid):
    """Goods arrive after they were shipped, and not in the future."""


class ReturnedMoreThanShipped(Conflict):
    """More comes back than was shipped of this lot and has not come back yet."""


class ReturnWithoutCause(Invalid):
    """Say why the goods come back."""


async def deliver(
    work: Work, shipment_id: int, *, version: int, receiver: str, proof: str = "", at: datetime | None = None
) -> Shipment:
    """The customer has the goods, now or when it is said. `proof`: number of the signed delivery note.

    Raises ShipmentNotFound, StaleVersion, Refused, DeliveredOutOfOrder.
    """
    before, trip = await _on_its_way(work, shipment_id, version)
    facts = replace(await arriving_facts(work, trip), receiver=receiver)
    row = MACHINE.step("deliver", shipment_id, before.status, facts)
    when = _moment(work, before, at)
    await _leave(work, before, trip)
    said = {"receiver": receiver.strip(), "proof": proof.strip()}
    return await write_step(work, before, "deliver", row.target, arrived_at=when, **said)


async def refuse(work: Work, shipment_id: int, *, version: int, note: str, at: datetime | None = None) -> Shipment:
    """The customer did not take the goods; they are on their way back. Raises as `deliver` does."""
    before, trip = await _on_its_way(work, shipment_id, version)
    facts = replace(await arriving_facts(work, trip), note=note)
    row = MACHINE.step("refuse", shipment_id, before.status, facts)
    when = _moment(work, before, at)
    await _leave(work, before, trip)
    why = note.strip()
    return await write_step(work, before, "refuse", row.target, reason=why, arrived_at=when, ended_reason=why)


async def take_back(
    work: Work, shipment_id: int, lot_id: int, *, quantity: Decimal, zone_id: int, reason: str, version: int
) -> Returned:
    """So much of a lot came back to a place: a lot of its own, in quarantine until quality assurance decides.

    Raises ShipmentNotFound, StaleVersion, Refused, ReturnedMoreThanShipped, ReturnWithoutCause, ZoneNotFound,
    QuantityNotPositive.
    """
    before = await locked(work, shipment_id, version)
    MACHINE.step("return", shipment_id, before.status, Facts())
    if not reason.strip():
        raise ReturnWithoutCause
    sent = [each for each in await picks(work, [shipment_id]) if each.lot_id == lot_id]
    came = await returns(work, [shipment_id])
    out = sum((each.quantity for each in sent), Decimal(0))
    back = sum((each.quantity for each in came if each.origin_id == lot_id), Decimal(0))
    if stock.positive(quantity) > out - back:
        raise ReturnedMoreThanShipped(shipped=out, returned=back, quantity=quantity)
    made = await _make(work, before, sent, quantity, zone_id, reason.strip())
    [row] = [each for each in await returns(work, [shipment_id]) if each.lot_id == made.id]
    await _close(work, before)
    return row


async def _make(work: Work, found: Shipment, sent: list[Pick], quantity: Decimal, zone_id: int, reason: str) -> Lot:
    """The lot that came back, with its line to the one that was shipped: it has drawn what that had when it left."""
    origin = await inventory.lot(work, sent[0].lot_id)
    made = await stock.receive_lot(
        work,
        number=await _number(work, origin),
        item=origin.item,
        quantity=quantity,
        zone_id=zone_id,
        expires_on=origin.expires_on,
        reason=f"{found.number}: {reason}",
        origin=stock.Origin.of(origin),
        cause=Cause(Kind.GOODS_RETURN, found.number),
    )
    left = max(each.left_at or work.now for each in sent)
    facts = {"child_id": made.id, "parent_id": origin.id, "kind": "returned", "quantity": quantity, "reason": reason}
    await work.run(lineage.SQL["add_parent"], **facts, now=left, actor=work.actor)
    came = {"lot_id": made.id, "shipment_id": found.id, "origin_id": origin.id, "quantity": quantity}
    await work.run(SQL["add_return"], **came, unit=origin.unit, reason=reason, now=work.now, actor=work.actor)
    after = came | {"lot": origin.number, "came_back_as": made.number, "unit": origin.unit}
    work.audit("shipment.return", "shipment", found.id, after=after, reason=reason)
    await work.emit("lot.returned", lot_id=origin.id, child_id=made.id, shipment=found.number, quantity=str(quantity))
    return await parting.counted(work, [origin.id], made)


async def _number(work: Work, origin: Lot) -> str:
    """The first of LOT-R1, LOT-R2 ... that no lot has."""
    n = 1
    while await inventory.lot_named(work, f"{origin.number}-R{n}"):
        n += 1
    return f"{origin.number}-R{n}"


async def _close(work: Work, before: Shipment) -> None:
    """Nothing of it is left outside: the shipment is over. Otherwise it only has a new version."""
    sent = sum((each.quantity for each in await picks(work, [before.id])), Decimal(0))
    back = sum((each.quantity for each in await returns(work, [before.id])), Decimal(0))
    if sent == back:
        row = MACHINE.step("return", before.id, before.status, Facts())
        await write_step(work, before, "return", row.target)
    else:
        await work.run(SQL["touch"], id=before.id)


async def _on_its_way(work: Work, shipment_id: int, version: int) -> tuple[Shipment, Trip | None]:
    before = await locked(work, shipment_id, version)
    return before, None if before.trip_id is None else await trips.hold_still(work, before.trip_id)


async def arriving_facts(work: Work, trip: Trip | None) -> Facts:
    """Whether the vehicle is there, and what its record says; of somebody else's nothing is asked."""
    if trip is None:
        return Facts()
    records = await trips.records(work, trip.id)
    conforms = trip.status is TripStatus.ARRIVED and bool(records) and records[-1].conforms
    is_accepted = conforms or trip.status is TripStatus.ACCEPTED
    return Facts(vehicle_has_arrived=trip.status in _ARRIVED, road_is_accepted=is_accepted)


def _moment(work: Work, before: Shipment, at: datetime | None) -> datetime:
    when = at or work.now
    if not (before.shipped_at or when) <= when <= work.now:
        raise DeliveredOutOfOrder(at=when, shipped_at=before.shipped_at)
    return when


async def _leave(work: Work, before: Shipment, trip: Trip | None) -> None:
    """What a vehicle of ours carried leaves the plant's books now; the rest has left them when it was shipped."""
    kept = [each for each in await picks(work, [before.id]) if each.left_at is None]
    if not kept:
        return
    if trip is None:
        raise Refused("shipment", before.id, "arrive", ["goods_have_left_the_stock"])
    await stock.lock(work, [each.lot_id for each in kept])
    within = {zone.id for zone in await plant.zone_with_descendants(work, trip.zone_id)}
    for each in kept:
        if await take_out(work, before, each, work.now) not in within:
            continue  # its trip has unloaded it before
        lot = await inventory.lot(work, each.lot_id)
        await bind(work, trip, lot, Direction.UNLOAD, each.quantity, trip.zone_id, work.now)
