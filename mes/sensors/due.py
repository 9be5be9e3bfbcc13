"""Calibrations that fall due: one standing alarm a point, whose priority rises; a new signed certificate clears it.

Only points whose instrument is recorded are told of: for the others there is nothing to be due.
"""

from __future__ import annotations

from collections.abc import Iterable

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant.model import MeasuringPoint
from mes.sensors.model import CalibrationState, Standing, priority_of
from mes.sensors.service import calibration_of
from telemetry.work import Work


async def watch_calibrations(work: Work, points: Iterable[MeasuringPoint]) -> None:
    """Let the standing alarms of calibrations be exactly those that are so now."""
    by_id = {point.point_id: point for point in points}
    states = await calibration_of(work, by_id, work.now)
    so = {}
    for point_id, state in states.items():
        priority = priority_of(state)
        if priority is not None:
            so[by_id[point_id].name] = _told(work, by_id[point_id], state, priority)
    for occurrence in so.values():
        await alarms.raise_alarm(work, occurrence)
    for source in sorted((await alarms.standing(work, Kind.CALIBRATION)).keys() - so.keys()):
        await alarms.clear(work, Kind.CALIBRATION, source, at=work.now)


def _told(work: Work, point: MeasuringPoint, state: CalibrationState, priority: Priority) -> Occurrence:
    days = state.days_left or 0
    if state.standing is Standing.FAILED:
        said = f"was left beyond its tolerance by {state.certificate}", f"校准后误差仍超出允差（{state.certificate}）"
    elif days < 0:
        said = f"calibration was due on {state.due_on}", f"校准已于 {state.due_on} 到期"
    else:
        said = f"calibration is due on {state.due_on}", f"校准将于 {state.due_on} 到期"
    return Occurrence(
        kind=Kind.CALIBRATION,
        source=point.name,
        priority=priority,
        message_en=f"{point.name}, sensor {state.serial}: {said[0]}",
        message_zh=f"{point.name}，传感器 {state.serial}：{said[1]}",
        raised_at=work.now,
        point_id=point.point_id,
        zone_id=point.zone_id,
        equipment_id=point.equipment_id,
    )
