"""Points that are silent, and probes that go on talking and say nothing usable. Neither touches a temperature alarm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import numpy as np

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant.model import MeasuringPoint
from mes.watch.columns import read
from mes.watch.heard import Heard
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.quality import is_bad
from telemetry.store import LastValue
from telemetry.work import Work

LOOKED_BACK = timedelta(seconds=60)
"""How much longer than a reading holds a broken point's last usable reading is looked for."""


async def keep(
    work: Work,
    kind: Kind,
    so: Mapping[str, Occurrence],
    *,
    cleared: Mapping[str, datetime],
    untold: Collection[str] = (),
) -> None:
    """Let the standing alarms of a kind be exactly those that are so. `cleared`: since when others are not.

    Of sources that are `untold` nothing is known: their alarms stay as they are.
    """
    standing = await alarms.standing(work, kind)
    for source in sorted(so.keys() - standing.keys()):
        await alarms.raise_alarm(work, so[source])
    for source in sorted(standing.keys() - so.keys() - set(untold)):
        await alarms.clear(work, kind, source, at=cleared.get(source, work.now))


async def stale_points(work: Work, plant: Plant, settings: WatchSettings, heard: Heard) -> None:
    """A point is stale when its last usable reading is older than a reading of it holds, or when it is broken.

    Whom this watch has heard lately is not asked for, unless its alarm stands. One usable reading clears.
    """
    standing = await alarms.standing(work, Kind.STALE)
    soon_us = round(min(plant.shortest_stale_s, settings.broken_s) * 1e6)
    asked = set(heard.not_since(plant.points, to_us(work.now) - soon_us)) | {
        id_ for a in standing.values() if (id_ := a.point_id or 0) in plant.points
    }
    so: dict[str, Occurrence] = {}
    cleared: dict[str, datetime] = {}
    last = {row.point_id: row for row in await store.last_values(work, sorted(asked))} if asked else {}
    broken = await _broken_since(work, plant, last)
    for point_id, row in last.items():
        point = plant.points[point_id]
        since = _stale_since(point, row, broken.get(point_id), settings.broken_s)
        if since < work.now:
            so[point.name] = _stale(point, since, bad=is_bad(row.quality))
        elif not is_bad(row.quality):
            cleared[point.name] = row.time
    await keep(work, Kind.STALE, so, cleared=cleared)


def _stale_since(
    point: MeasuringPoint, last: LastValue, broken: tuple[datetime, datetime] | None, broken_s: float
) -> datetime:
    if broken is None:
        return last.time + timedelta(seconds=point.stale_s)
    usable, first_bad = broken
    return min(usable + timedelta(seconds=point.stale_s), first_bad + timedelta(seconds=broken_s))


async def _broken_since(
    work: Work, plant: Plant, last: Mapping[int, LastValue]
) -> dict[int, tuple[datetime, datetime]]:
    """Of points whose last word is bad: when they last said something usable, and first nothing usable after that.

    It is looked for as far back as a reading of them holds: what is not found lies at least so far.
    """
    broken = [id_ for id_, row in last.items() if is_bad(row.quality)]
    if not broken:
        return {}
    longest_s = max(plant.points[id_].stale_s for id_ in broken)
    since_us = to_us(work.now - timedelta(seconds=longest_s) - LOOKED_BACK)
    readings = await read(work, broken, since_us, to_us(work.now) + 1)
    found = {}
    for id_ in broken:
        usable_us = bad_us = since_us
        if id_ in readings:
            usable = readings[id_].time_us[~np.isnan(readings[id_].value)]
            usable_us = int(usable.max()) if len(usable) else since_us
            bad_us = int(readings[id_].time_us[readings[id_].time_us > usable_us].min(initial=to_us(last[id_].time)))
        found[id_] = from_us(usable_us), from_us(bad_us)
    return found


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
