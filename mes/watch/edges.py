"""What edges leave to be desired: lost ones, clocks that are off, points that nobody knows, batches set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.watch.claims import SQL
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from mes.watch.silence import keep
from telemetry import store
from telemetry.point import EDGES_AREA, is_edges_own
from telemetry.work import Work

STRANGE_FOR = timedelta(days=1)
"""An unknown point that has been silent for so long is no matter any more: it was retired, or a test."""
CLOCK_OFFSET = "clock-offset"
"""What an edge calls the seconds by which its clock differs from the plant's."""


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
    await keep(work, Kind.EDGE_LOST, so, cleared=cleared)


async def clocks(work: Work, plant: Plant, settings: WatchSettings) -> None:
    """An edge's clock is off by more than allowed, as it says itself. An edge that is silent says nothing about it."""
    sites = sorted({point.name.split("/")[0] for point in plant.points.values()})
    edges = [row.edge for row in await work.all(SQL["edges"], _Edge)]
    names = {f"{site}/{EDGES_AREA}/{edge}/{CLOCK_OFFSET}": edge for site in sites for edge in edges}
    ids = await store.point_ids(work, list(names))
    so, cleared = {}, {}
    for row in await store.last_values(work, sorted(ids.values())) if ids else []:
        edge = names[row.name]
        if row.value is None or abs(row.value) <= settings.clock_s:
            cleared[edge] = row.time
            continue
        so[edge] = Occurrence(
            kind=Kind.CLOCK,
            source=edge,
            priority=Priority.MEDIUM,
            message_en=f"The clock of edge {edge} is off by {row.value:+.0f} s",
            message_zh=f"边缘网关 {edge} 时钟偏差 {row.value:+.0f} 秒",
            raised_at=row.time,
            point_id=row.point_id,
        )
    await keep(work, Kind.CLOCK, so, cleared=cleared)


async def unconfigured_points(work: Work, plant: Plant) -> None:
    """Readings of points that the plant model doesn't know are stored all the same, and nobody judges them."""
    since = work.now - STRANGE_FOR
    strangers = [
        id_
        for id_, name in (await store.all_points(work)).items()
        if id_ not in plant.points and not is_edges_own(name)
    ]
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
        for row in (await store.last_values(work, strangers) if strangers else [])
        if row.received > since
    }
    await keep(work, Kind.UNCONFIGURED_POINT, so, cleared={})


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
    await keep(work, Kind.REJECTED_BATCH, so, cleared=cleared)
