"""What may be so for a short while and not for long: a room without mains, a door that stands open.

Each is an alarm of its own, from how long a point has said the same without a break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant.model import MeasuringPoint, rule_at
from mes.watch.columns import read
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from mes.watch.silence import keep
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.work import Work

ON = 0.5
"""Readings of a switch from here on say: on, open."""
LOOKED_BACK = timedelta(minutes=10)
"""How much longer than it may last the beginning is looked for; not found, it began at least so long ago."""


@dataclass(frozen=True, slots=True)
class _Matter:
    """Which points tell of it, what they say then, and what is made of it."""

    kind: Kind
    role: str
    says_on: bool
    priority: Priority
    words: tuple[str, str]


MAINS = _Matter(Kind.POWER, "mains", False, Priority.HIGH, ("{zone} has no mains power", "{zone}市电中断"))
DOOR = _Matter(Kind.DOOR, "door", True, Priority.MEDIUM, ("The door of {zone} stands open", "{zone}门长时间未关"))


async def power(work: Work, plant: Plant, settings: WatchSettings) -> None:
    """No mains for longer than the zone's policy allows."""

    def allowed_s(point: MeasuringPoint) -> float:
        zone = plant.zones.get(point.zone_id or 0)
        rule = rule_at(plant.rules.get(zone.policy or "", ()), work.now) if zone else None
        return rule.policy.power_s if rule else settings.power_s

    await _look(work, plant, MAINS, allowed_s)


async def doors(work: Work, plant: Plant, settings: WatchSettings) -> None:
    """A door that has stood open for too long."""
    await _look(work, plant, DOOR, lambda point: settings.door_open_s)


async def _look(work: Work, plant: Plant, matter: _Matter, allowed_s: Callable[[MeasuringPoint], float]) -> None:
    points = {p.point_id: p for p in plant.points.values() if p.role == matter.role}
    last = await store.last_values(work, sorted(points)) if points else []
    is_so = {r.point_id: r for r in last if r.value is not None and (r.value >= ON) is matter.says_on}
    allowed = {id_: timedelta(seconds=allowed_s(points[id_])) for id_ in is_so}
    since = await _since(work, matter, allowed)
    so = {
        points[id_].name: _occurrence(plant, points[id_], matter, since[id_] + allowed[id_])
        for id_ in is_so
        if since[id_] + allowed[id_] <= work.now
    }
    cleared = {points[r.point_id].name: r.time for r in last if r.value is not None and r.point_id not in is_so}
    unknown = {points[r.point_id].name for r in last if r.value is None}
    await keep(work, matter.kind, so, cleared=cleared, untold=unknown)


async def _since(work: Work, matter: _Matter, allowed: Mapping[int, timedelta]) -> dict[int, datetime]:
    """By point: since when it has said so."""
    if not allowed:
        return {}
    begin_us = to_us(work.now - max(allowed.values()) - LOOKED_BACK)
    readings = await read(work, list(allowed), begin_us, to_us(work.now) + 1)
    found = {}
    for id_ in allowed:
        since_us = begin_us
        if id_ in readings:
            columns = readings[id_]
            known = ~np.isnan(columns.value)
            time, on = columns.time_us[known], columns.value[known] >= ON
            otherwise = np.flatnonzero(on != matter.says_on)
            after = otherwise[-1] + 1 if len(otherwise) else 0
            since_us = int(time[after]) if after < len(time) else begin_us
        found[id_] = from_us(since_us)
    return found


def _occurrence(plant: Plant, point: MeasuringPoint, matter: _Matter, at: datetime) -> Occurrence:
    zone = plant.zones.get(point.zone_id or 0)
    names = (zone.name_en, zone.name_zh) if zone else (point.name_en, point.name_zh)
    return Occurrence(
        kind=matter.kind,
        source=point.name,
        priority=matter.priority,
        message_en=matter.words[0].format(zone=names[0]),
        message_zh=matter.words[1].format(zone=names[1]),
        raised_at=at,
        point_id=point.point_id,
        zone_id=point.zone_id,
        equipment_id=point.equipment_id,
    )
