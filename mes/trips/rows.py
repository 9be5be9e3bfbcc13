"""Trips, scans and records as they are stored: found, locked, and written with their audit rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg.types.json import Json

from mes.transitions import StaleVersion
from mes.trips.model import Direction, Scan, Status, Trip, TripRecord
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
_COLUMNS = ("precooled", "loading_at", "departed_at", "arrived_at")


class TripNotFound(NotFound):
    """There is no such trip."""


class RecordNotFound(NotFound):
    """This trip has no such record yet: it is made when the vehicle arrives."""


async def trip(work: Work, trip_id: int) -> Trip:
    """One trip. Raises TripNotFound."""
    return there(await work.one(SQL["trip"], Trip, id=trip_id), trip_id)


async def trips(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    zone_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Trip]:
    """Trips, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    return await work.all(SQL["trips"], Trip, statuses=chosen, zone_id=zone_id, below=below, limit=limit)


async def locked(work: Work, trip_id: int, version: int | None = None) -> Trip:
    """One trip, held to the end of the work. Raises TripNotFound, StaleVersion."""
    found = there(await work.one(SQL["lock"], Trip, id=trip_id), trip_id)
    if version is not None and found.version != version:
        raise StaleVersion("trip", trip_id, yours=version, current=found.version)
    return found


async def scans(work: Work, trip_ids: Iterable[int]) -> list[Scan]:
    """What went in and out, in order of time."""
    return await work.all(SQL["scans"], Scan, trip_ids=list(trip_ids))


def aboard(found: Iterable[Scan]) -> dict[int, Decimal]:
    """By lot: how much of it is in the vehicle by the trip's scans."""
    held: dict[int, Decimal] = {}
    for scan in found:
        sign = 1 if scan.direction is Direction.LOAD else -1
        held[scan.lot_id] = held.get(scan.lot_id, Decimal()) + sign * scan.quantity
    return {lot_id: quantity for lot_id, quantity in held.items() if quantity}


async def records(work: Work, trip_id: int) -> list[TripRecord]:
    """All versions of a trip's record, oldest first."""
    return await work.all(SQL["records"], TripRecord, trip_id=trip_id)


async def write_step(work: Work, before: Trip, step: str, target: str, *, reason: str = "", **changes: object) -> Trip:
    """Write a step that the state machine has allowed: columns that `changes` names, audit row, event."""
    asked: dict[str, object] = {name: changes.get(name) for name in _COLUMNS}
    columns = asked | {"precooled": Json(asked["precooled"]) if asked["precooled"] is not None else None}
    after = there(await work.one(SQL["step"], Trip, id=before.id, status=target, **columns), before.id)
    told = {"status": target} | {name: value for name, value in asked.items() if value is not None}
    work.audit(f"trip.{step}", "trip", before.id, before={"status": before.status}, after=told, reason=reason)
    await work.emit("trip.step", trip_id=before.id, number=before.number, step=step, status=target)
    return after


def told(found: Trip) -> Mapping[str, Any]:
    """A trip's plan for the audit trail."""
    names = ("number", "zone_id", "origin", "destination", "carrier", "escort", "planned_departure", "planned_arrival")
    return {name: value for name, value in asdict(found).items() if name in names}


def there(found: Trip | None, trip_id: int) -> Trip:
    """The trip that a statement answered with. Raises TripNotFound."""
    if found is None:
        raise TripNotFound(trip_id=trip_id)
    return found
