"""Vehicles whose time of being judged has changed: loaded, unloaded, or said afterwards to have been. Judged again.

What was armed when this watch looked last is a memory that may be lost: then it looks at all of it once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from mes.trips import service as trips
from mes.watch.claims import judge_points
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from models.interval import Interval
from telemetry.clock import to_us
from telemetry.work import Work

LOOKED_BACK = timedelta(days=2)
"""Loads that are told later than this must be asked for by whoever tells them."""
Armed = dict[int, tuple[Interval, ...]]


async def follow_vehicles(work: Work, plant: Plant, settings: WatchSettings, known: Armed) -> None:
    """Judge again the points of vehicles over the time in which they are judged now and were not before, or were."""
    points = {z: [p for p in plant.judged if z in {s.zone_id for s in plant.stays_of(p)}] for z in plant.vehicles}
    if not points:
        return
    since = work.now - LOOKED_BACK
    armed = await trips.armed(work, points, since=since)
    touched: dict[int, tuple[int, int]] = {}
    for zone_id, point_ids in points.items():
        changed = differing(known.get(zone_id, ()), armed[zone_id], to_us(since), to_us(work.now))
        if changed is None:
            continue
        for point_id in point_ids:
            first, last = touched.get(point_id, changed)
            touched[point_id] = min(first, changed[0]), max(last, changed[1])
    await judge_points(work, plant, touched, settings)
    known.clear()
    known.update(armed)


def differing(
    before: Iterable[Interval], after: Iterable[Interval], since_us: int, until_us: int
) -> tuple[int, int] | None:
    """From the first to the last moment at which two sets of intervals differ, within a time; None: nowhere."""
    edges = _edges(before, since_us, until_us) ^ _edges(after, since_us, until_us)
    return (min(edges), max(edges)) if edges else None


def _edges(intervals: Iterable[Interval], since_us: int, until_us: int) -> set[int]:
    clipped = (Interval(max(i.start_us, since_us), min(i.end_us, until_us)) for i in intervals)
    return {edge for i in clipped if i.length_us for edge in i}
