"""Where a point stood, by interval. A point that never moved has no rows: it stands where the plant model says.

A move may be recorded late. What was judged of the time between is judged again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.plant import service as plant
from mes.sensors.order import NotTheLast, check_moment, check_order
from telemetry import queries
from telemetry.clock import EPOCH
from telemetry.errors import Conflict, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("places.sql"))
BEGINNING = EPOCH
"""Where a point stood before its first recorded move is told from here on."""


class PlaceNotFound(NotFound):
    """There is no such record of where a point stood."""


class StandsThereAlready(Conflict):
    """The point stands in this zone already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point stood in a zone in [from_time, to_time); None: it still does."""

    point_id: int
    zone_id: int
    from_time: datetime
    to_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPlace:
    """A place with who recorded it, when and why."""

    id: int
    point_id: int
    zone_id: int
    from_time: datetime
    to_time: datetime | None
    recorded_at: datetime
    recorded_by: str
    reason: str
    withdrawn_at: datetime | None


async def places(work: Work) -> Mapping[int, tuple[Place, ...]]:
    """By point, in order of time; points that never moved are left out."""
    found: dict[int, tuple[Place, ...]] = {}
    for row in await work.all(SQL["standing"], Place):
        found[row.point_id] = (*found.get(row.point_id, ()), row)
    return found


async def places_of(work: Work, point_id: int) -> list[RecordedPlace]:
    """All records about one point in order of time, withdrawn ones too."""
    return await work.all(SQL["of_point"], RecordedPlace, point_id=point_id)


async def zone_of(work: Work, point_id: int, at: datetime) -> int | None:
    """Zone in which a point stood at a moment; None: in no zone. Raises PointNotFound."""
    stays = (await places(work)).get(point_id)
    if stays is None:
        return (await plant.point(work, point_id)).zone_id
    there = (s for s in stays if s.from_time <= at and (s.to_time is None or at < s.to_time))
    return next((s.zone_id for s in there), None)


async def move_point(
    work: Work, point_id: int, *, zone_id: int, reason: str, at: datetime | None = None
) -> RecordedPlace:
    """Say that a point stands in another zone since a moment, now unless said.

    Raises PointNotFound, ZoneNotFound, StandsThereAlready, RecordedOutOfOrder, NotYetSo, ReasonNeeded.
    """
    when = check_moment(at, work.now, reason)
    point, target = await plant.point(work, point_id), await plant.zone(work, zone_id)
    await work.run(SQL["lock"])
    stays = [row for row in await places_of(work, point_id) if row.withdrawn_at is None]
    check_order(when, ((row.from_time, row.to_time) for row in stays))
    before = stays[-1].zone_id if stays else point.zone_id
    if before == target.id:
        raise StandsThereAlready(point=point.name, zone=target.code)
    if not stays and before is not None:
        await _add(work, point_id, before, BEGINNING, "as the plant model says")
    await work.run(SQL["end"], point_id=point_id, at=when)
    moved = await _add(work, point_id, target.id, when, reason.strip())
    was = {"zone": (await plant.zone(work, before)).code if before is not None else None}
    told = {"zone": target.code, "from_time": when, "record": moved.id}
    work.audit("point.move", "measuring_point", point_id, before=was, after=told, reason=reason)
    await work.emit("point.moved", point_id=point_id, from_zone_id=before, to_zone_id=target.id, at=when)
    return moved


async def withdraw_move(work: Work, place_id: int, *, reason: str) -> RecordedPlace:
    """Say that a point's last move was recorded in error: the place before holds on. Answers what was withdrawn.

    Raises PlaceNotFound, NotTheLast, ReasonNeeded.
    """
    check_moment(None, work.now, reason)
    await work.run(SQL["lock"])
    found = await work.one(SQL["place"], RecordedPlace, id=place_id)
    if found is None or found.withdrawn_at is not None:
        raise PlaceNotFound(place_id=place_id)
    if found.to_time is not None or found.from_time == BEGINNING:
        raise NotTheLast(place_id=place_id)
    await work.run(SQL["withdraw"], id=place_id, now=work.now)
    await work.run(SQL["reopen"], point_id=found.point_id, at=found.from_time)
    await work.run(SQL["drop_lone_beginning"], point_id=found.point_id, beginning=BEGINNING, now=work.now)
    was = {"record": place_id, "zone_id": found.zone_id, "from_time": found.from_time}
    work.audit("point.move.withdraw", "measuring_point", found.point_id, before=was, reason=reason)
    await work.emit("point.move_withdrawn", point_id=found.point_id, at=found.from_time)
    return found


async def _add(work: Work, point_id: int, zone_id: int, at: datetime, reason: str) -> RecordedPlace:
    facts = {"point_id": point_id, "zone_id": zone_id, "from_time": at, "now": work.now, "actor": work.actor}
    made = await work.one(SQL["add"], RecordedPlace, **facts, reason=reason)
    if made is None:
        raise PlaceNotFound(point_id=point_id)
    return made
