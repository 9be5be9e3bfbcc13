"""Shipments, their lines and picks as they are stored: found, locked, and written with their audit rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mes.shipments.deliveries import SQL
from mes.shipments.model import Line, Pick, Returned, Shipment, Status
from mes.transitions import StaleVersion
from telemetry.errors import NotFound
from telemetry.work import Work

_COLUMNS = (
    "trip_id", "short_reason", "shipped_at", "shipped_by", "arrived_at", "receiver", "proof", "ended_reason",
)  # fmt: skip


class ShipmentNotFound(NotFound):
    """There is no such shipment."""


class PickNotFound(NotFound):
    """This is not in the shipment, or not any more."""


async def shipment(work: Work, shipment_id: int) -> Shipment:
    """One shipment. Raises ShipmentNotFound."""
    return there(await work.one(SQL["shipment"], Shipment, id=shipment_id), shipment_id)


async def shipment_named(work: Work, number: str) -> Shipment | None:
    """The shipment of this number; None: there is none."""
    return await work.one(SQL["shipment_named"], Shipment, number=number)


async def shipments(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    customer_id: int | None = None,
    trip_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Shipment]:
    """Shipments, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    filters = {"statuses": chosen, "customer_id": customer_id, "trip_id": trip_id, "below": below}
    return await work.all(SQL["shipments"], Shipment, **filters, limit=limit)


async def locked(work: Work, shipment_id: int, version: int | None = None) -> Shipment:
    """One shipment, held to the end of the work. Raises ShipmentNotFound, StaleVersion."""
    found = there(await work.one(SQL["lock"], Shipment, id=shipment_id), shipment_id)
    if version is not None and found.version != version:
        raise StaleVersion("shipment", shipment_id, yours=version, current=found.version)
    return found


async def lines(work: Work, shipment_ids: Iterable[int]) -> list[Line]:
    """What was asked for, by shipment and line."""
    return await work.all(SQL["lines"], Line, shipment_ids=list(shipment_ids))


async def picks(work: Work, shipment_ids: Iterable[int]) -> list[Pick]:
    """What is in shipments, in the order in which it was picked."""
    return await work.all(SQL["picks"], Pick, shipment_ids=list(shipment_ids), container_id=None, lot_id=None)


async def picks_of_container(work: Work, container_id: int) -> list[Pick]:
    """What of a container is in shipments and has not left the stock."""
    return await work.all(SQL["picks"], Pick, shipment_ids=None, container_id=container_id, lot_id=None)


async def picks_of_lot(work: Work, lot_id: int) -> list[Pick]:
    """What of a lot is in shipments and has not left the stock."""
    return await work.all(SQL["picks"], Pick, shipment_ids=None, container_id=None, lot_id=lot_id)


async def pick_in(work: Work, shipment_id: int, pick_id: int) -> Pick:
    """One of a shipment's picks. Raises PickNotFound."""
    found = next((each for each in await picks(work, [shipment_id]) if each.id == pick_id), None)
    if found is None:
        raise PickNotFound(pick_id=pick_id)
    return found


async def returns(work: Work, shipment_ids: Iterable[int]) -> list[Returned]:
    """What came back from shipments, oldest first."""
    return await work.all(SQL["returns"], Returned, shipment_ids=list(shipment_ids))


async def write_step(
    work: Work, before: Shipment, step: str, target: str, *, reason: str = "", **changes: str | int | datetime | None
) -> Shipment:
    """Write a step that the state machine has allowed: columns that `changes` names, audit row, event."""
    columns = dict.fromkeys(_COLUMNS) | changes
    after = there(await work.one(SQL["step"], Shipment, id=before.id, status=target, **columns), before.id)
    told = {"status": target} | {name: value for name, value in changes.items() if value is not None}
    was = {"status": before.status}
    work.audit(f"shipment.{step}", "shipment", before.id, before=was, after=told, reason=reason)
    await work.emit("shipment.step", shipment_id=before.id, number=before.number, step=step, status=target)
    return after


def there(found: Shipment | None, shipment_id: int) -> Shipment:
    """The shipment that a statement answered with. Raises ShipmentNotFound."""
    if found is None:
        raise ShipmentNotFound(shipment_id=shipment_id)
    return found
