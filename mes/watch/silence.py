"""What is silent or strange: stale points, lost edges, points that the plant model doesn't know, rejected batches.

Each is an alarm of its own kind, raised and cleared by what the database says now; none of them touches a
temperature alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant.model import MeasuringPoint
from mes.watch.claims import SQL
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.point import is_edges_own
from telemetry.quality import is_bad
from telemetry.store import LastValue
from telemetry.work import Work

LOOKED_BACK = timedelta(seconds=60)
"""How much longer than a reading holds a broken point's last usable reading is looked for."""
STRANGE_FOR = timedelta(days=1)
"""An unknown point that has been silent for so long is no matter any more: it was retired, or a test."""


@dataclass(frozen=True, slots=True)
class _Edge:
    edge: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class _Rejected:
    edge: str
    batches: int
    last_at: datetime
    code: str


async def listen(work: Work, plant: Plant, settings: WatchSettings, began: datetime) -> None:
    """Raise and clear what silence and strangers ask for. `began`: since when this watch listens."""
    last = {row.point_id: row for row in await store.last_values(work)}
    await stale_points(work, plant, last)
    await lost_edges(work, settings, began)
    await unconfigured_points(work, plant, last)
    await rejected_batches(work, settings)


async def _keep(work: Work, kind: Kind, so: dict[str, Occurrence], *, cleared: dict[str, datetime]) -> None:
    """Let the standing alarms of a kind be exactly those that are so. `cleared`: since when others are not."""
    standing = await alarms.standing(work, kind)
    for source in sorted(so.keys() - standing.keys()):
        await alarms.raise_alarm(work, so[source])
    for source in sorted(standing.keys() - so.keys()):
        await alarms.clear(work, kind, source, at=cleared.get(source, work.now))


async def stale_points(work: Work, plant: Plant, last: Mapping[int, LastValue]) -> None:
    """A point is stale when its last usable reading is older than a reading of it holds; one usable reading clears."""
    spoken = await _last_usable(work, plant, last)
    so, cleared = {}, {}
    for point_id, point in plant.points.items():
        at = spoken.get(point_id)
        if at is None:
            continue  # never said anything: not installed yet
        silent_since = at + timedelta(seconds=point.stale_s)
        if silent_since < work.now:
            so[point.name] = _stale(point, silent_since, bad=is_bad(last[point_id].quality))
        else:
            cleared[point.name] = at
    await _keep(work, Kind.STALE, so, cleared=cleared)


async def _last_usable(work: Work, plant: Plant, last: Mapping[int, LastValue]) -> dict[int, datetime]:
    """By point: when it last said something usable. Where the last word is bad it is looked for as far as one holds."""
    spoken = {id_: row.time for id_, row in last.items() if not is_bad(row.quality)}
    broken = [id_ for id_, row in last.items() if is_bad(row.quality) and id_ in plant.points]
    if not broken:
        return spoken
    longest_s = max(plant.points[id_].stale_s for id_ in broken)
    since = to_us(work.now - timedelta(seconds=longest_s) - LOOKED_BACK)
    raw = await store.series(work, broken, since, to_us(work.now) + 1)
    points, times, values = np.asarray(raw.point), np.asarray(raw.time_us), np.asarray(raw.value)
    for id_ in broken:
        usable = times[(points == id_) & ~np.isnan(values)] if len(points) else times
        spoken[id_] = from_us(int(usable.max())) if len(usable) else from_us(since)
    return spoken


def _stale(point: MeasuringPoint, since: datetime, *, bad: bool) -> Occurrence:
    why = ("says nothing usable", "无有效数据") if bad else ("is silent", "无数据")
    return Occurrence(
        kind=Kind.STALE,
        source=point.name,
        priority=Priority.HIGH if point.policy else Priority.MEDIUM,
        message_en=f"{point.name} {why[0]}",
        message_zh=f"{point.name} {why[1]}",
        raised_at=since,
        point_id=point.point_id,
        zone_id=point.zone_id,
        equipment_id=point.equipment_id,
    )


async def lost_edges(work: Work, settings: WatchSettings, began: datetime) -> None:
    """An edge is lost when nothing of it has been stored for so long, and we were there to hear it all that time.

    After a stop of the whole plant the silence says nothing about the edges; an alarm that stands goes on standing.
    """
    limit = timedelta(seconds=settings.edge_lost_s)
    standing = await alarms.standing(work, Kind.EDGE_LOST)
    so, cleared = {}, {}
    for row in await work.all(SQL["edges"], _Edge):
        is_silent = row.last_at + limit < work.now and row.edge not in settings.quiet_edges
        if is_silent and (row.edge in standing or began + limit < work.now):
            so[row.edge] = Occurrence(
                kind=Kind.EDGE_LOST,
                source=row.edge,
                priority=Priority.HIGH,
                message_en=f"Edge {row.edge} sends nothing",
                message_zh=f"边缘网关 {row.edge} 无数据",
                raised_at=row.last_at + limit,
            )
        else:
            cleared[row.edge] = row.last_at
    await _keep(work, Kind.EDGE_LOST, so, cleared=cleared)


async def unconfigured_points(work: Work, plant: Plant, last: Mapping[int, LastValue]) -> None:
    """Readings of points that the plant model doesn't know are stored all the same, and nobody judges them."""
    since = work.now - STRANGE_FOR
    so = {
        row.name: Occurrence(
            kind=Kind.UNCONFIGURED_POINT,
            source=row.name,
            priority=Priority.MEDIUM,
            message_en=f"{row.name} sends readings and is not in the plant model",
            message_zh=f"{row.name} 有数据，但不在工厂模型中",
            raised_at=row.received,
            point_id=row.point_id,
        )
        for row in last.values()
        if row.point_id not in plant.points and row.received > since and not is_edges_own(row.name)
    }
    await _keep(work, Kind.UNCONFIGURED_POINT, so, cleared={})


async def rejected_batches(work: Work, settings: WatchSettings) -> None:
    """Raised by a batch set aside after the last such alarm was over; over when none came for a while."""
    last_cleared = await alarms.last_cleared(work, Kind.REJECTED_BATCH)
    standing = await alarms.standing(work, Kind.REJECTED_BATCH)
    quiet_since = work.now - timedelta(seconds=settings.rejected_s)
    horizon = min([quiet_since, *last_cleared.values()]) - timedelta(days=1)
    so, cleared = {}, {}
    for row in await work.all(SQL["rejected"], _Rejected, since=horizon):
        is_new = row.edge not in last_cleared or row.last_at > last_cleared[row.edge]
        if row.last_at >= quiet_since or (is_new and row.edge not in standing):
            so[row.edge] = Occurrence(
                kind=Kind.REJECTED_BATCH,
                source=row.edge,
                priority=Priority.LOW,
                message_en=f"{row.batches} batches of {row.edge} were set aside ({row.code})",
                message_zh=f"{row.edge} 有 {row.batches} 个批次被搁置（{row.code}）",
                raised_at=row.last_at,
            )
        else:
            cleared[row.edge] = work.now
    await _keep(work, Kind.REJECTED_BATCH, so, cleared=cleared)
