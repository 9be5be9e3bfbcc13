"""Lots into the vehicle and out of it, by scan: each moves the lot and binds it to the trip.

A scan may be told late, with the time when it happened. Then the air of that time counts for the lot: the watch is
asked to judge it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.model import Lot, Standing
from mes.inventory.standing import Container
from mes.plant import service as plant
from mes.plant.model import rule_at
from mes.quality import rejudging
from mes.transitions import Refused
from mes.trips.model import Direction, Scan, Status, Trip, lot_number_in
from mes.trips.readiness import judged_points
from mes.trips.receiving import renew
from mes.trips.rows import SQL, TripNotFound, aboard, locked, scans
from models.limits import Limit
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

LATE = timedelta(minutes=1)
"""A scan told later than this makes the watch look back."""
_LOADED_IN = frozenset({Status.LOADING, Status.UNDER_WAY, Status.ARRIVED})
_UNLOADED_IN = frozenset({Status.LOADING, Status.ARRIVED, Status.ACCEPTED, Status.REFUSED})


class LotUnknown(NotFound):
    """No lot has this number: scan again, or look it up under Lots."""


class LotOnHold(Conflict):
    """This lot is on hold: it doesn't travel until QA has judged it."""


class VehicleTooWideForLot(Conflict):
    """The vehicle's limits allow temperatures that this lot must not have: choose another vehicle."""


class LotNotAboard(Conflict):
    """So much of this lot is not aboard this trip."""


class PlaceInTheVehicle(Invalid):
    """A lot is unloaded to a place outside the vehicle."""


async def load(
    work: Work,
    trip_id: int,
    scanned: str,
    *,
    quantity: Decimal | None = None,
    from_zone_id: int | None = None,
    at: datetime | None = None,
    container: Container | None = None,
) -> Scan:
    """Load a lot, or a part of it, or of one container: all that stands at its place, now, unless said.

    Raises TripNotFound, LotUnknown, LotOnHold, VehicleTooWideForLot, Refused, and what `stock.move_lot` raises.
    """
    found = await locked(work, trip_id)
    when = at or work.now
    _check_load(found, when, work.now)
    lot = await _lot(work, scanned)
    if lot.active_holds:
        raise LotOnHold(lot=lot.number)
    await _check_policy(work, found, lot)
    source = await _place(work, lot, from_zone_id)
    moved = source.quantity if quantity is None else stock.positive(quantity)
    where = {"to_zone_id": found.zone_id, "from_zone_id": source.zone_id}
    await stock.move_lot(work, lot.id, **where, quantity=moved, at=at, reason=found.number, container=container)
    return await bind(work, found, lot, Direction.LOAD, moved, source.zone_id, when)


async def unload(
    work: Work,
    trip_id: int,
    scanned: str,
    *,
    to_zone_id: int,
    quantity: Decimal | None = None,
    at: datetime | None = None,
    container: Container | None = None,
) -> Scan:
    """Unload a lot, or a part of it, or of one container, to a place: all that is aboard, now, unless said.

    Raises TripNotFound, LotUnknown, LotNotAboard, PlaceInTheVehicle, Refused, and what `stock.move_lot` raises.
    """
    found = await locked(work, trip_id)
    if found.status not in _UNLOADED_IN:
        raise Refused("trip", trip_id, "unload", [f"state_is_{'_or_'.join(sorted(_UNLOADED_IN))}"], state=found.status)
    if to_zone_id in {zone.id for zone in await plant.zone_with_descendants(work, found.zone_id)}:
        raise PlaceInTheVehicle(zone_id=to_zone_id)
    lot = await _lot(work, scanned)
    there = aboard(await scans(work, [trip_id])).get(lot.id, Decimal())
    moved = there if quantity is None else stock.positive(quantity)
    if not moved or moved > there:
        raise LotNotAboard(lot=lot.number, aboard=there, quantity=moved)
    source = await _inside(work, found, lot)
    where = {"to_zone_id": to_zone_id, "from_zone_id": source.zone_id}
    await stock.move_lot(work, lot.id, **where, quantity=moved, at=at, reason=found.number, container=container)
    return await bind(work, found, lot, Direction.UNLOAD, moved, to_zone_id, at or work.now)


def _check_load(found: Trip, when: datetime, now: datetime) -> None:
    """Loaded between the moment that loading was allowed and the departure, told then or later."""
    if found.status not in _LOADED_IN or found.loading_at is None:
        raise Refused("trip", found.id, "load", ["state_is_loading"], state=found.status)
    if not found.loading_at <= when <= (found.departed_at or now):
        raise Refused("trip", found.id, "load", ["loaded_between_loading_and_departure"], at=when)


async def _lot(work: Work, scanned: str) -> Lot:
    number = lot_number_in(scanned)
    lot = await inventory.lot_named(work, number)
    if lot is None:
        raise LotUnknown(looked_for=number)
    return lot


async def _check_policy(work: Work, found: Trip, lot: Lot) -> None:
    """What the vehicle's limits allow must lie within what the lot's item may have."""
    item = (await inventory.items_by_id(work, [lot.item_id]))[lot.item_id]
    if item.policy is None:
        return
    asked = rule_at(await plant.rules_for(work, item.policy), work.now)
    if asked is None:
        return
    needed = asked.alarm()
    for judged in await judged_points(work, found.zone_id, work.now):
        if judged.rule.code != item.policy and not _within(judged.limit, needed):
            raise VehicleTooWideForLot(lot=lot.number, needs=item.policy, vehicle=judged.rule.code)


def _within(vehicle: Limit, needed: Limit) -> bool:
    low = needed.low is None or (vehicle.low is not None and vehicle.low >= needed.low)
    high = needed.high is None or (vehicle.high is not None and vehicle.high <= needed.high)
    return low and high


async def _place(work: Work, lot: Lot, zone_id: int | None) -> Standing:
    places = await inventory.standings(work, [lot.id], now_only=True)
    there = [place for place in places if zone_id in {None, place.zone_id}]
    if len(there) > 1:
        raise stock.PlaceNotSaid(lot_id=lot.id, zone_ids=[place.zone_id for place in there])
    if not there:
        raise stock.NotStandingThere(lot_id=lot.id, zone_id=zone_id)
    return there[0]


async def _inside(work: Work, found: Trip, lot: Lot) -> Standing:
    """Where in the vehicle it stands: it may have been put into a compartment since."""
    within = {zone.id for zone in await plant.zone_with_descendants(work, found.zone_id)}
    places = await inventory.standings(work, [lot.id], now_only=True)
    inside = [place for place in places if place.zone_id in within]
    if not inside:
        raise LotNotAboard(lot=lot.number)
    return max(inside, key=lambda place: place.quantity)


async def bind(
    work: Work, found: Trip, lot: Lot, direction: Direction, quantity: Decimal, zone_id: int, when: datetime
) -> Scan:
    """Say that a lot which was moved belongs to a trip. A scan does both; opening stock was moved before."""
    facts = {"lot_id": lot.id, "direction": direction, "quantity": quantity, "unit": lot.unit, "zone_id": zone_id}
    bound = {**facts, "happened_at": when, "now": work.now, "actor": work.actor}
    scan = await work.one(SQL["scan"], Scan, trip_id=found.id, **bound)
    if scan is None:
        raise TripNotFound(trip_id=found.id)
    await work.run(SQL["touch"], id=found.id)
    work.audit(f"trip.{direction}", "trip", found.id, after=facts | {"lot": lot.number, "at": when})
    await work.emit(f"trip.{direction}ed", trip_id=found.id, number=found.number, lot_id=lot.id, at=when)
    if work.now - when > LATE:
        points = [judged.point.point_id for judged in await judged_points(work, found.zone_id, when)]
        await rejudging.ask(work, points, when, None, f"{found.number}: {direction} told late")
    await renew(work, found.id, f"{direction} {lot.number}")
    return scan
