"""When machines could not be used: their `state` says so, nothing is heard of them, or the crew works on them.

What the plant shows is found by the watch; why it was so is said by people beside it, as often as they know better.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mes.equipment import service as equipment
from mes.maintenance import checks
from mes.maintenance.checks import Care
from mes.maintenance.model import AT_WORK
from mes.maintenance.service import orders
from mes.maintenance.verdicts import SQL
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus, MeasuringPoint
from telemetry import store
from telemetry.errors import NotFound
from telemetry.store import LastValue
from telemetry.work import Work


class StopNotFound(NotFound):
    """There is no such stop of a machine."""


class Source(StrEnum):
    STATE = "state"  # its state point has a value that means: down
    SILENCE = "silence"  # none of its points says anything
    MAINTENANCE = "maintenance"  # the crew works on it


class StopReason(StrEnum):
    FAILURE = "failure"
    PREVENTIVE = "preventive"
    CHANGEOVER = "changeover"
    NO_MATERIAL = "no_material"
    NO_ORDER = "no_order"
    COMMUNICATION = "communication"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    id: int
    equipment_id: int
    source: Source
    starts_at: datetime
    ends_at: datetime | None
    order_id: int | None
    reason: str | None  # the last that somebody said
    told: str | None
    actor: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Source(self.source))

    def lasted(self, now: datetime) -> timedelta:
        """Until its end, or until now."""
        return (self.ends_at or now) - self.starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    id: int
    equipment_id: int
    source: str
    starts_at: datetime


async def stops(work: Work, equipment_id: int | None = None, *, limit: int = 50) -> list[Stop]:
    """Stops of a machine, or of all, newest first."""
    return await work.all(SQL["stops"], Stop, equipment_id=equipment_id, stop_id=None, limit=limit)


async def say_reason(work: Work, stop_id: int, reason: StopReason, told: str = "") -> Stop:
    """Say why a machine stood. Raises StopNotFound."""
    found = await work.all(SQL["stops"], Stop, equipment_id=None, stop_id=stop_id, limit=1)
    if not found:
        raise StopNotFound(stop_id=stop_id)
    said = {"reason": reason, "told": told.strip()}
    await work.run(SQL["say_reason"], stop_id=stop_id, actor=work.actor, now=work.now, **said)
    before = {"reason": found[0].reason}
    work.audit("machine_stop.reason", "machine_stop", stop_id, before=before, after=said)
    return (await work.all(SQL["stops"], Stop, equipment_id=None, stop_id=stop_id, limit=1))[0]


async def look_for_stops(work: Work) -> None:
    """Begin and end stops as the plant shows them now. The watch does this now and then."""
    points: dict[int, list[MeasuringPoint]] = {}
    for point in await plant.points(work):
        points.setdefault(point.equipment_id, []).append(point)
    last = {each.point_id: each for each in await store.last_values(work)}
    care = await checks.care(work)
    standing = {(s.equipment_id, s.source): s for s in await work.all(SQL["standing_stops"], Standing)}
    for machine in await plant.equipment(work):
        own = points.get(machine.id, [])
        now: dict[Source, datetime | None] = {
            Source.STATE: _down_since(care.get(machine.id, Care()), own, last),
            Source.SILENCE: _silent_since(own, last, work.now),
            Source.MAINTENANCE: await _worked_on_since(work, machine.id)
            if machine.status is EquipmentStatus.UNDER_MAINTENANCE
            else None,
        }
        for source, since in now.items():
            await _write(work, machine.id, source, since, standing.get((machine.id, source)), _heard(own, last))


async def _write(
    work: Work,
    equipment_id: int,
    source: Source,
    since: datetime | None,
    known: Standing | None,
    heard: datetime | None,
) -> None:
    if since is not None and known is None:
        order_id = await _order_at_work(work, equipment_id)
        said = {"source": source, "starts_at": since, "order_id": order_id}
        await work.run(SQL["begin_stop"], equipment_id=equipment_id, **said)
    elif since is None and known is not None:
        ends_at = work.now if source is Source.MAINTENANCE or heard is None else heard
        await work.run(SQL["end_stop"], id=known.id, ends_at=ends_at)


def _down_since(care: Care, points: Collection[MeasuringPoint], last: Mapping[int, LastValue]) -> datetime | None:
    """Since when its state says that it can't be used, as far as the newest reading tells."""
    for point in points:
        heard = last.get(point.point_id)
        if point.role == "state" and heard is not None and heard.value in care.down:
            return heard.time
    return None


def _silent_since(points: Collection[MeasuringPoint], last: Mapping[int, LastValue], now: datetime) -> datetime | None:
    """Since when none of its points has said anything; None where one speaks, or none ever spoke."""
    heard = [(point, last[point.point_id].time) for point in points if point.point_id in last]
    if not heard or any(now - time <= timedelta(seconds=point.stale_s) for point, time in heard):
        return None
    return max(time for _, time in heard)


def _heard(points: Collection[MeasuringPoint], last: Mapping[int, LastValue]) -> datetime | None:
    return max((last[p.point_id].time for p in points if p.point_id in last), default=None)


async def _worked_on_since(work: Work, equipment_id: int) -> datetime | None:
    log = await equipment.log_of(work, equipment_id)
    return log[-1].changed_at if log else None


async def _order_at_work(work: Work, equipment_id: int) -> int | None:
    found = await orders(work, statuses=AT_WORK, equipment_id=equipment_id, limit=1)
    return found[0].id if found else None
