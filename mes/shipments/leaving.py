"""From picked to on its way: checked, loaded, checked again, shipped.

With a vehicle of ours goods are loaded into it by its trip: they stay in the plant's books and stand in the vehicle, so
that what its air does reaches their lots, until the customer has them. With any other carrier they leave the books
when they are shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mes.inventory import containers, reservations, stock
from mes.inventory import service as inventory
from mes.inventory.ledger import Cause, Kind
from mes.inventory.model import Standing
from mes.inventory.standing import Container
from mes.inventory.usable import why_unusable
from mes.plant import service as plant
from mes.shipments.deliveries import SQL
from mes.shipments.model import MACHINE, Facts, Pick, Shipment
from mes.shipments.proposing import open_of, vehicles
from mes.shipments.rows import lines, locked, picks, write_step
from mes.trips import service as trips
from mes.trips.model import Direction, Trip
from mes.trips.model import Status as TripStatus
from telemetry.errors import Invalid
from telemetry.work import Work

_CARRIES = frozenset({TripStatus.LOADING, TripStatus.UNDER_WAY, TripStatus.ARRIVED, TripStatus.ACCEPTED})


class PlaceToUnloadNotSaid(Invalid):
    """Say where the goods go that come out of the vehicle."""


async def finish_picking(work: Work, shipment_id: int, *, version: int, note: str = "") -> Shipment:
    """All is picked, or it is said in `note` why less goes. Raises ShipmentNotFound, StaleVersion, Refused."""
    before, kept = await _held(work, shipment_id, version)
    facts = await leaving_facts(work, shipment_id, kept)
    why = "" if facts.is_covered else note.strip()
    row = MACHINE.step(
        "finish_picking", shipment_id, before.status, replace(facts, is_covered=facts.is_covered or bool(why))
    )
    return await write_step(work, before, "finish_picking", row.target, reason=why, short_reason=why)


async def pick_again(work: Work, shipment_id: int, *, version: int) -> Shipment:
    """Something must be picked differently. Raises ShipmentNotFound, StaleVersion, Refused."""
    before = await locked(work, shipment_id, version)
    row = MACHINE.step("pick_again", shipment_id, before.status, Facts())
    return await write_step(work, before, "pick_again", row.target)


async def load(work: Work, shipment_id: int, *, version: int, trip_id: int | None = None) -> Shipment:
    """Onto the vehicle: that of its trip, which may be named now, or somebody else's.

    Raises ShipmentNotFound, TripNotFound, StaleVersion, Refused, and what `trips.load` raises.
    """
    before, kept = await _held(work, shipment_id, version, trip_id)
    by = trip_id or before.trip_id
    carrying = await trips.trip(work, by) if by is not None else None
    facts = await leaving_facts(work, shipment_id, kept, carrying)
    row = MACHINE.step("load", shipment_id, before.status, facts)
    if carrying is not None:
        for each in kept:
            await _load(work, carrying.id, carrying.zone_id, each)
    return await write_step(work, before, "load", row.target, trip_id=by)


async def unload(work: Work, shipment_id: int, *, version: int, to_zone_id: int | None = None) -> Shipment:
    """Off the vehicle again, to a place of ours.

    Raises ShipmentNotFound, StaleVersion, Refused, PlaceToUnloadNotSaid, and what `trips.unload` raises.
    """
    before, kept = await _held(work, shipment_id, version)
    row = MACHINE.step("unload", shipment_id, before.status, Facts())
    if before.trip_id is not None:
        if to_zone_id is None:
            raise PlaceToUnloadNotSaid
        for each in kept:
            await _unload(work, before.trip_id, to_zone_id, each)
    return await write_step(work, before, "unload", row.target)


async def ship(work: Work, shipment_id: int, *, version: int) -> Shipment:
    """It leaves. Every lot is looked at once more. Raises ShipmentNotFound, StaleVersion, Refused, NotStandingThere."""
    before, kept = await _held(work, shipment_id, version)
    carrying = await trips.trip(work, before.trip_id) if before.trip_id is not None else None
    facts = await leaving_facts(work, shipment_id, kept, carrying)
    row = MACHINE.step("ship", shipment_id, before.status, facts)
    for each in kept:
        if carrying is None:
            await take_out(work, before, each, work.now)
        elif each.reservation_id is not None:
            await reservations.send(work, each.reservation_id)
    left = carrying.departed_at if carrying and carrying.departed_at else work.now
    return await write_step(work, before, "ship", row.target, shipped_at=left, shipped_by=work.actor)


async def take_out(work: Work, found: Shipment, picked: Pick, at: datetime) -> int:
    """Out of the plant's books, from where it stands; answers the place. Raises NotStandingThere."""
    box, zone_id = await _source(work, picked, found.trip_id)
    cause = Cause(Kind.SHIPMENT, found.number)
    await stock.consume(work, picked.lot_id, picked.quantity, zone_id=zone_id, container=box, cause=cause)
    if picked.reservation_id is not None:
        await reservations.end(work, picked.reservation_id, "shipped")
    await work.run(SQL["left"], id=picked.id, at=at)
    after = {"shipment": found.number, "quantity": picked.quantity, "unit": picked.unit, "consignee": found.consignee}
    work.audit("lot.ship", "lot", picked.lot_id, after=after)
    await work.emit("lot.shipped", lot_id=picked.lot_id, shipment=found.number, quantity=str(picked.quantity))
    return zone_id


async def _held(work: Work, shipment_id: int, version: int, trip_id: int | None = None) -> tuple[Shipment, list[Pick]]:
    """The shipment, its trip and the lots in it, all held, in this order, to the end of the work."""
    before = await locked(work, shipment_id, version)
    if (by := trip_id or before.trip_id) is not None:
        await trips.hold_still(work, by)
    kept = await picks(work, [shipment_id])
    await stock.lock(work, [each.lot_id for each in kept])
    return before, await picks(work, [shipment_id])


async def leaving_facts(work: Work, shipment_id: int, kept: Sequence[Pick], carrying: Trip | None = None) -> Facts:
    """What the guards of its way out look at. `kept`: what is in it; `carrying`: the trip that carries it."""
    calendar = await plant.time_zone(work)
    lots = await inventory.lots(work, lot_ids=[each.lot_id for each in kept])
    return Facts(
        is_picked=bool(kept),
        is_covered=not any(open_of(line, kept) > 0 for line in await lines(work, [shipment_id])),
        is_kept=all(each.kept for each in kept),
        is_usable=not any(why_unusable(lot, work.now, calendar) for lot in lots),
        vehicle_is_loading=carrying is None or carrying.status is TripStatus.LOADING,
        vehicle_is_ours=carrying is None or carrying.status in _CARRIES,
    )


async def _load(work: Work, trip_id: int, vehicle_id: int, picked: Pick) -> None:
    box, zone_id = await _source(work, picked)
    lot = await inventory.lot(work, picked.lot_id)
    await trips.load(work, trip_id, lot.number, quantity=picked.quantity, from_zone_id=zone_id, container=box)
    whole = box if box and box.quantity == picked.quantity else None
    await work.run(SQL["stand"], id=picked.id, zone_id=vehicle_id, container_id=whole.id if whole else None)


async def _unload(work: Work, trip_id: int, to_zone_id: int, picked: Pick) -> None:
    box, _ = await _source(work, picked)
    lot = await inventory.lot(work, picked.lot_id)
    await trips.unload(work, trip_id, lot.number, to_zone_id=to_zone_id, quantity=picked.quantity, container=box)
    await work.run(SQL["stand"], id=picked.id, zone_id=to_zone_id, container_id=box.id if box else None)


async def _source(work: Work, picked: Pick, trip_id: int | None = None) -> tuple[Container | None, int]:
    """The container that it is in, and where it stands: it may have been moved since it was picked.

    What was loaded is in the vehicle, or where its trip unloaded it; nothing else of the lot is taken for it.
    """
    if picked.container_id is not None:
        box = await containers.container(work, picked.container_id)
        return box, box.zone_id
    moving = await vehicles(work)
    unloaded = await _unloaded_to(work, picked, trip_id) if picked.zone_id in moving else None

    def may_be_it(place: Standing) -> bool:
        if place.quantity < picked.quantity:
            return False
        elsewhere = place.zone_id not in moving and (unloaded is None or place.zone_id in unloaded)
        return elsewhere or place.zone_id == picked.zone_id

    places = await inventory.standings(work, [picked.lot_id], now_only=True)
    there = [place for place in places if may_be_it(place)]
    if not there:
        raise stock.NotStandingThere(lot_id=picked.lot_id, zone_id=picked.zone_id, quantity=picked.quantity)
    return None, max(there, key=lambda place: (place.zone_id == picked.zone_id, place.quantity)).zone_id


async def _unloaded_to(work: Work, picked: Pick, trip_id: int | None) -> set[int]:
    """Places to which the trip unloaded the lot."""
    scans = [] if trip_id is None else await trips.scans(work, [trip_id])
    return {s.zone_id for s in scans if s.lot_id == picked.lot_id and s.direction is Direction.UNLOAD}
