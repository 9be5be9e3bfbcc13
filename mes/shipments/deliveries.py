"""Where lots went: what genealogy and recall ask of shipments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.shipments.model import Delivery, Returned, Status
from mes.trips.rows import trip
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """So much of one lot in one shipment that is loaded or gone."""

    lot_id: int
    lot: str
    shipment_id: int
    shipment_no: str
    customer_id: int
    consignee: str
    address: str
    contact: str
    quantity: Decimal
    unit: str
    shipped_at: datetime | None  # None: loaded
    arrived_at: datetime | None
    status: str
    trip_id: int | None


async def delivered_lots(work: Work, lots: Sequence[str]) -> list[Delivery]:
    """All that has left of the lots with these numbers, or is on its way; a row a shipment and lot, newest last.

    What stands in a vehicle that has departed counts, whether or not somebody has said that it was shipped.
    """
    return await _told(work, await work.all(SQL["deliveries"], _Sent, numbers=list(lots), lot_ids=None))


async def deliveries_of(work: Work, lot_ids: Iterable[int]) -> list[Delivery]:
    """The same by the lots' ids."""
    return await _told(work, await work.all(SQL["deliveries"], _Sent, numbers=None, lot_ids=list(lot_ids)))


async def _told(work: Work, found: Sequence[_Sent]) -> list[Delivery]:
    departed = await _departed(work, {each.trip_id for each in found if each.shipped_at is None})
    back = await _returns(work, {each.shipment_id for each in found})
    gone = [(each, each.shipped_at or departed.get(each.trip_id)) for each in found]
    made = [_delivery(each, at, back.get((each.shipment_id, each.lot_id), [])) for each, at in gone if at is not None]
    return sorted(made, key=lambda each: (each.shipped_at, each.shipment_id, each.lot_id))


async def _departed(work: Work, trip_ids: Iterable[int | None]) -> dict[int | None, datetime]:
    """When the vehicles left that have left."""
    asked = [await trip(work, trip_id) for trip_id in trip_ids if trip_id is not None]
    return {each.id: each.departed_at for each in asked if each.departed_at is not None}


async def _returns(work: Work, shipment_ids: Collection[int]) -> dict[tuple[int, int], list[Returned]]:
    found: dict[tuple[int, int], list[Returned]] = {}
    if shipment_ids:
        for each in await work.all(SQL["returns"], Returned, shipment_ids=sorted(shipment_ids)):
            found.setdefault((each.shipment_id, each.origin_id), []).append(each)
    return found


def _delivery(sent: _Sent, at: datetime, returned: Sequence[Returned]) -> Delivery:
    told = {name: value for name, value in asdict(sent).items() if name not in {"trip_id", "shipped_at", "status"}}
    return Delivery(**told, shipped_at=at, status=Status(sent.status), returned=tuple(returned))
