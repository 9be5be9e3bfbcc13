"""What is measured: every point with its newest reading, and its readings as a trend or raw with what brought them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, State
from mes.border import Signed, Transaction
from mes.moments import Moment
from mes.plant import service as plant
from mes.plant.model import Equipment, MeasuringPoint, Zone
from telemetry.errors import Invalid, NotFound
from telemetry.quality import is_good
from telemetry.store import LastValue, last_values, readings, trend
from telemetry.work import Work

router = APIRouter(prefix="/points", tags=["points"])
_MOST_RAW = 10_000
_LONGEST = timedelta(days=3660)
PointId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class PointNotFound(NotFound):
    """There is no such point."""


class WindowInverted(Invalid):
    """A window ends after it begins."""


class WindowTooLong(Invalid):
    """A window is ten years long at most."""


@router.get("")
async def list_points(work: Transaction, _: Signed) -> dict[str, Any]:
    """All points, those that the plant model does not know too (`configured` is false)."""
    return {"items": await _items(work), "next": None}


@router.get("/{point_id}")
async def show_point(point_id: PointId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One point."""
    found = [item for item in await _items(work) if item["id"] == point_id]
    if not found:
        raise PointNotFound(point_id=point_id)
    return found[0]


@router.get("/{point_id}/series")
async def show_series(
    point_id: PointId,
    work: Transaction,
    _: Signed,
    from_: Annotated[Moment | None, Query(alias="from", description="a day before `to` unless given")] = None,
    to: Annotated[Moment | None, Query(description="now unless given")] = None,
    buckets: Annotated[int, Query(ge=1, le=4000)] = 500,
    raw: bool = False,
    limit: Annotated[int, Query(ge=1, le=_MOST_RAW, description="of raw readings")] = _MOST_RAW,
) -> dict[str, Any]:
    """Columns of buckets: `t` in ms since 1970 UTC, min, mean, max (null: a gap), n, good, bad.

    With `raw=true` the readings themselves, newest first, each with the message that brought it.
    """
    end = to or work.now
    start = from_ or end - timedelta(days=1)
    _check(start, end)
    names = await _name_and_unit(work, point_id)
    about = {"point_id": point_id, "from": start, "to": end} | names
    if raw:
        found = await readings(work, point_id, start, end, limit=limit)
        return about | {"raw": True, "items": found, "truncated": len(found) == limit}
    (columns,) = await trend(work, [point_id], start, end, buckets)
    shown = ("width_s", "t", "min", "mean", "max", "n", "good", "bad")
    return about | {"raw": False} | {name: getattr(columns, name) for name in shown}


async def _items(work: Work) -> list[dict[str, Any]]:
    last = {value.point_id: value for value in await last_values(work)}
    known_of = await alarms.alarms(work, state=State.ACTIVE_ACKED)
    standing = _by_point(known_of + await alarms.alarms(work, state=State.ACTIVE_UNACKED))
    zones = {zone.id: zone for zone in await plant.zones(work)}
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    known = await plant.points(work)
    items = [
        _known(point, zones.get(point.zone_id or 0), machines.get(point.equipment_id))
        | _last(last.pop(point.point_id, None), work.now, point.stale_s)
        | {"alarm": standing.get(point.point_id)}
        for point in known
    ]
    unknown = [_unknown(value) | _last(value, work.now, None) | {"alarm": None} for value in last.values()]
    return items + unknown


def _known(point: MeasuringPoint, zone: Zone | None, machine: Equipment | None) -> dict[str, Any]:
    return {
        "id": point.point_id,
        "name": point.name,
        "name_en": point.name_en,
        "name_zh": point.name_zh,
        "configured": True,
        "measure": point.measure,
        "role": point.role,
        "unit": point.unit,
        "policy": point.policy,
        "resolution": str(point.resolution),
        "interval_s": point.interval_s,
        "stale_s": point.stale_s,
        "zone": _named(zone, code=zone.code) if zone else None,
        "equipment": _named(machine, path=machine.path) if machine else None,
    }


def _named(thing: Zone | Equipment, **key: str) -> dict[str, Any]:
    return {"id": thing.id, "name_en": thing.name_en, "name_zh": thing.name_zh} | key


def _unknown(value: LastValue) -> dict[str, Any]:
    nothing = (
        "name_en",
        "name_zh",
        "role",
        "unit",
        "policy",
        "resolution",
        "interval_s",
        "stale_s",
        "zone",
        "equipment",
    )
    measure = value.name.rpartition("/")[2]
    about = {"id": value.point_id, "name": value.name, "configured": False, "measure": measure}
    return about | dict.fromkeys(nothing)


def _last(value: LastValue | None, now: datetime, stale_s: float | None) -> dict[str, Any]:
    """The newest reading, and whether it is too old to be believed."""
    if value is None:
        return {"value": None, "quality": None, "good": False, "time": None, "received": None, "stale": True}
    stale = stale_s is not None and (now - value.time).total_seconds() > stale_s
    told = {"value": value.value, "quality": value.quality, "good": is_good(value.quality), "stale": stale}
    return told | {"time": value.time, "received": value.received}


def _by_point(found: list[Alarm]) -> Mapping[int, dict[str, Any]]:
    """The gravest alarm of each point."""
    ranked = sorted(found, key=lambda alarm: alarm.priority.rank)
    return {
        alarm.point_id: {"id": alarm.id, "kind": alarm.kind, "priority": alarm.priority, "state": alarm.state}
        for alarm in ranked
        if alarm.point_id is not None
    }


async def _name_and_unit(work: Work, point_id: int) -> dict[str, Any]:
    for point in await plant.points(work):
        if point.point_id == point_id:
            return {"name": point.name, "unit": point.unit}
    for value in await last_values(work, [point_id]):
        return {"name": value.name, "unit": None}
    raise PointNotFound(point_id=point_id)


def _check(start: datetime, end: datetime) -> None:
    if start >= end:
        raise WindowInverted(start=start.isoformat(), end=end.isoformat())
    if end - start > _LONGEST:
        raise WindowTooLong(start=start.isoformat(), end=end.isoformat())
