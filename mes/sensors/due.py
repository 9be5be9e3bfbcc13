"""Calibrations that fall due: one standing alarm a point, whose priority rises; a new signed certificate clears it.

Only points whose instrument is recorded are told of: for the others there is nothing to be due.
"""

from __future__ import annotations

from collections.abc import Iterable

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.sensors.model import CalibrationState, Standing, priority_of
from mes.sensors.service import calibration_of
from telemetry.work import Work


async def watch_calibrations(work: Work, points: Iterable[MeasuringPoint]) -> None:
    """Let the standing alarms of calibrations be exactly those that are so now."""
    by_id = {point.point_id: point for point in points}
    states = await calibration_of(work, by_id, work.now)
    places = await _places(work)
    so = {}
    for point_id, state in states.items():
        priority = priority_of(state)
        if priority is not None:
            point = by_id[point_id]
            so[point.name] = _told(work, point, places.get(point.equipment_id), state, priority)
    for occurrence in so.values():
        await alarms.raise_alarm(work, occurrence)
    for source in sorted((await alarms.standing(work, Kind.CALIBRATION)).keys() - so.keys()):
        await alarms.clear(work, Kind.CALIBRATION, source, at=work.now)


async def _places(work: Work) -> dict[int | None, tuple[str, str]]:
    """What people call the equipment that points stand at, in English and Chinese, by its id."""
    return {each.id: (each.name_en, each.name_zh) for each in await plant.equipment(work)}


def _told(
    work: Work, point: MeasuringPoint, place: tuple[str, str] | None, state: CalibrationState, priority: Priority
) -> Occurrence:
    probe_en = f"{place[0]}, {point.name_en}" if place else point.name_en
    probe_zh = f"{place[1]}{point.name_zh}" if place else point.name_zh
    days = state.days_left or 0
    if state.standing is Standing.FAILED:
        said = f"was left beyond its tolerance by {state.certificate}", f"校准后误差仍超出允差（{state.certificate}）"
    elif days <= 0:
        said = f"calibration was good until {state.due_on}", f"校准有效期至 {state.due_on}"
    else:
        said = f"calibration is due on {state.due_on}", f"校准将于 {state.due_on} 到期"
    return Occurrence(
        kind=Kind.CALIBRATION,
        source=point.name,
        priority=priority,
        message_en=f"{probe_en}, sensor {state.serial}: {said[0]}",
        message_zh=f"{probe_zh}，传感器 {state.serial}：{said[1]}",
        raised_at=work.now,
        point_id=point.point_id,
        zone_id=point.zone_id,
        equipment_id=point.equipment_id,
    )
