"""Which lots to take for a line of a shipment, first expired first out, and why not the others.

What is in a vehicle is not proposed: it is on its way already.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from mes.inventory import fefo
from mes.inventory import service as inventory
from mes.inventory.model import Lot
from mes.plant import service as plant
from mes.shipments.model import Line, Pick, Shipment
from mes.trips.arming import VEHICLE
from telemetry.work import Work

ON_THE_ROAD = "on_the_road"


def open_of(line: Line, picks: Iterable[Pick]) -> Decimal:
    """What of a line is still to be picked."""
    taken = [p.quantity for p in picks if (p.shipment_id, p.line) == (line.shipment_id, line.line)]
    return line.quantity - sum(taken, Decimal(0))


async def propose(work: Work, found: Shipment, line: Line, picks: Iterable[Pick]) -> fefo.Pick:
    """What to take for what is still open of a line, and every other lot that is there with why not."""
    items = await inventory.items_by_id(work, [line.item_id])
    lots = [lot for lot in await inventory.lots(work, item=items[line.item_id].code) if lot.quantity]
    here, away = await _parted(work, lots)
    need = max(open_of(line, picks), Decimal(0))
    calendar = await plant.time_zone(work)
    said = fefo.pick(here, need, work.now, calendar, min_remaining_days=found.min_remaining_days)
    gone = tuple(fefo.Rejection(lot=lot, reasons=(ON_THE_ROAD,)) for lot in away)
    return fefo.Pick(allocations=said.allocations, rejections=said.rejections + gone, missing=said.missing)


async def earlier(work: Work, found: Shipment, lot: Lot) -> list[Lot]:
    """Lots that stand in the plant, may be shipped, and expire before this one."""
    here, _ = await _parted(work, await inventory.lots(work, item=lot.item))
    days = found.min_remaining_days
    return fefo.before(here, lot, work.now, await plant.time_zone(work), min_remaining_days=days)


async def vehicles(work: Work) -> set[int]:
    """Zones that are vehicles, or places in one."""
    moving = [zone.id for zone in await plant.zones(work) if zone.kind == VEHICLE]
    return {zone.id for each in moving for zone in await plant.zone_with_descendants(work, each)}


async def _parted(work: Work, lots: list[Lot]) -> tuple[list[Lot], list[Lot]]:
    """Lots of which something stands in the plant, and those that stand in vehicles alone."""
    moving = await vehicles(work)
    places = await inventory.standings(work, [lot.id for lot in lots], now_only=True)
    standing = {place.lot_id for place in places if place.zone_id not in moving}
    away = {place.lot_id for place in places} - standing
    return [lot for lot in lots if lot.id not in away], [lot for lot in lots if lot.id in away]
