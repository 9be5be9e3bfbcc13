"""Compressors looked at by a model: it advises. What it finds is an alarm for the crew and an order with its evidence.

It never touches a lot. What is normal is learned from stored history and remembered; losing it costs a look-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import numpy as np

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.maintenance import service as maintenance
from mes.maintenance.model import Request
from mes.plant.model import Equipment, EquipmentStatus, MeasuringPoint
from mes.quality import excursions
from mes.quality.model import Condition
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from models.circuit import ROLES, Circuit, Readings, circuit
from models.compressor import CompressorNormal, TooLittleHistory, find, learn
from models.finding import Finding
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.work import Work

COMPRESSOR = "compressor"
HELD_INTERVALS = 5
"""A reading is believed for so many of the intervals in which its point speaks: a sample of history is no evidence."""
LEARN_STEP_S, LEARN_HOLDS_S = 30.0, 300.0
_LOOKED_AT = frozenset({EquipmentStatus.READY, EquipmentStatus.IN_USE})


@dataclass(slots=True)
class Normals:
    """What has been learned of each machine, and when it is to be tried again."""

    of: dict[int, CompressorNormal] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)


async def look_at_machines(work: Work, plant: Plant, settings: WatchSettings, normals: Normals) -> None:
    """Look at every compressor over the recent window."""
    for machine in plant.equipment.values():
        if machine.kind == COMPRESSOR and machine.status in _LOOKED_AT:
            normal = await _normal(work, plant, machine, settings, normals)
            if normal is not None:
                await _look(work, plant, machine, normal, settings)


async def _look(
    work: Work, plant: Plant, machine: Equipment, normal: CompressorNormal, settings: WatchSettings
) -> None:
    asked = settings.compressor.faster(settings.machine_speed)
    window_s = settings.machine_window_s / settings.machine_speed
    step_s = max(1.0, asked.evidence_s / 30)
    points = circuit_points(plant, machine)
    holds_s = HELD_INTERVALS * max((p.interval_s for p in points.values()), default=1.0)
    window = await _circuit(work, points, work.now - timedelta(seconds=window_s), step_s, holds_s)
    finding = find(window, normal, asked)
    if finding is None:
        await alarms.clear(work, Kind.EQUIPMENT, machine.path, at=work.now)
    else:
        await advise(work, plant, machine, normal, finding)


async def _normal(
    work: Work, plant: Plant, machine: Equipment, settings: WatchSettings, normals: Normals
) -> CompressorNormal | None:
    known = normals.of.get(machine.id)
    if known is not None or normals.again.get(machine.id, work.now) > work.now:
        return known
    start = work.now - timedelta(days=settings.learn_days)
    healthy = await _circuit(work, circuit_points(plant, machine), start, LEARN_STEP_S, LEARN_HOLDS_S)
    try:
        normals.of[machine.id] = learn(healthy, settings.compressor)
    except TooLittleHistory:  # said by there being no advice; asked again later
        normals.again[machine.id] = work.now + timedelta(seconds=settings.learn_again_s)
    return normals.of.get(machine.id)


def circuit_points(plant: Plant, machine: Equipment) -> dict[str, MeasuringPoint]:
    """By role: the machine's own points, and air and door of the zone that it serves."""
    about = sorted(plant.points_about(machine.zone_id or 0, machine.id), key=lambda p: p.name)
    found: dict[str, MeasuringPoint] = {}
    for point in about:
        if point.role in ROLES and (point.equipment_id == machine.id or point.role in {"air", "door"}):
            found.setdefault(point.role, point)
    return found


async def _circuit(
    work: Work, points: Mapping[str, MeasuringPoint], start: datetime, step_s: float, holds_s: float
) -> Circuit:
    from_us_, until_us = to_us(start), to_us(work.now)
    raw = await store.series(work, [p.point_id for p in points.values()], from_us_, until_us)
    point, time, value, quality = (np.asarray(c) for c in (raw.point, raw.time_us, raw.value, raw.quality))
    readings: dict[str, Readings] = {}
    for role, each in points.items():
        rows = point == each.point_id
        if rows.any():
            readings[role] = time[rows], value[rows], quality[rows]
    return circuit(readings, from_us=from_us_, until_us=until_us, step_s=step_s, stale_s=holds_s)


async def advise(work: Work, plant: Plant, machine: Equipment, normal: CompressorNormal, finding: Finding) -> None:
    """Raise the machine's alarm and ask for maintenance, with what was seen and what is normal."""
    found = Occurrence(
        kind=Kind.EQUIPMENT,
        source=machine.path,
        priority=Priority.MEDIUM,
        message_en=f"{machine.name_en}: {finding.words.en}",
        message_zh=f"{machine.name_zh}：{finding.words.zh}",
        raised_at=from_us(finding.from_us),
        zone_id=machine.zone_id,
        equipment_id=machine.id,
    )
    alarm = await alarms.raise_alarm(work, found)
    evidence = {
        "from": from_us(finding.from_us).isoformat(),
        "to": from_us(finding.to_us).isoformat(),
        "points": [p.name for p in circuit_points(plant, machine).values()],
        "finding": known_numbers(finding.as_json()),
        "normal": known_numbers(asdict(normal)),
    }
    asked = Request(
        equipment_id=machine.id,
        failure_mode=finding.failure_mode,
        priority=Priority.HIGH,
        title_en=found.message_en,
        title_zh=found.message_zh,
        evidence=evidence,
        alarm_id=alarm.id,
        excursion_id=await _excursion_of(work, machine),
    )
    await maintenance.request_order(work, asked)


async def _excursion_of(work: Work, machine: Equipment) -> int | None:
    if machine.zone_id is None:
        return None
    found = await excursions.excursions(work, zone_id=machine.zone_id, condition=Condition.ACTIVE, limit=1)
    return found[0].id if found else None


def known_numbers(told: Any) -> Any:
    """The same JSON with null for every number that is not known."""
    if isinstance(told, dict):
        return {key: known_numbers(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [known_numbers(value) for value in told]
    return None if isinstance(told, float) and not isfinite(told) else told
