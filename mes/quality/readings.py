"""Readings of a place's points over a time, as columns by point, each only from when it stood there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mes.plant.model import MeasuringPoint
from mes.sensors.places import Place, places
from models.columns import Columns
from models.interval import Interval
from telemetry import store
from telemetry.clock import to_us
from telemetry.work import Work


async def read(
    work: Work, points: Iterable[MeasuringPoint], within: Interval, zone_ids: Iterable[int]
) -> dict[int, Columns]:
    """By point: what it read in a time while it stood in one of these zones. Points that read nothing are empty."""
    ids = [p.point_id for p in points]
    if not ids:
        return {}
    raw = await store.series(work, ids, within.start_us, within.end_us)
    point, time = np.asarray(raw.point, dtype=np.int32), np.asarray(raw.time_us, dtype=np.int64)
    value, quality = np.asarray(raw.value, dtype=np.float64), np.asarray(raw.quality, dtype=np.uint8)
    moved, there = await places(work), frozenset(zone_ids)
    found: dict[int, Columns] = {}
    for id_ in ids:
        first, after = np.searchsorted(point, [id_, id_ + 1])
        own = Columns(time[first:after], value[first:after], quality[first:after])
        found[id_] = _while_there(own, moved.get(id_), there)
    return found


def _while_there(own: Columns, stays: Sequence[Place] | None, there: frozenset[int]) -> Columns:
    if stays is None:
        return own
    rows = np.zeros(len(own), dtype=bool)
    for stay in stays:
        if stay.zone_id in there:
            before = np.inf if stay.to_time is None else to_us(stay.to_time)
            rows |= (own.time_us >= to_us(stay.from_time)) & (own.time_us < before)
    return own.take(np.flatnonzero(rows))


def of_roles(points: Iterable[MeasuringPoint], *roles: str) -> list[MeasuringPoint]:
    """Points with one of these roles."""
    return [p for p in points if p.role in roles]


def courses(read_: Mapping[int, Columns], points: Iterable[MeasuringPoint]) -> list[tuple[MeasuringPoint, Columns]]:
    """Points with what they read."""
    return [(p, read_[p.point_id]) for p in points if p.point_id in read_]
