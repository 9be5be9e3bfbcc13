"""Calibrations of gauges that fall due: one standing alarm a gauge, whose priority rises; a new signed one clears it.

A gauge that serves a point is told of with that point (`mes.sensors.due`); one that is lost or out of service is not.
"""

from __future__ import annotations

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.gauges import service
from mes.gauges.model import Gauge, GaugeStatus
from mes.sensors import instruments
from mes.sensors.model import CalibrationState, Standing, priority_of
from telemetry.work import Work


async def watch_gauges(work: Work) -> None:
    """Let the standing alarms of gauges be exactly those that are so now."""
    serving = {each.instrument_id for each in await instruments.installations(work) if each.to_time is None}
    kept = [g for g in await service.gauges(work) if g.status is GaugeStatus.IN_SERVICE]
    watched = [g for g in kept if g.instrument_id not in serving]
    states = await service.standing(work, watched, work.now)
    so: dict[str, Occurrence] = {}
    for each in watched:
        priority = priority_of(states[each.id])
        if priority is not None:
            so[source_of(each)] = _told(work, each, states[each.id], priority)
    for occurrence in so.values():
        await alarms.raise_alarm(work, occurrence)
    for source in sorted((await alarms.standing(work, Kind.GAUGE)).keys() - so.keys()):
        await alarms.clear(work, Kind.GAUGE, source, at=work.now)


def source_of(gauge: Gauge) -> str:
    """What its alarm is known by."""
    return f"gauge/{gauge.serial}"


def _told(work: Work, gauge: Gauge, state: CalibrationState, priority: Priority) -> Occurrence:
    if state.standing is Standing.FAILED:
        said = f"was left beyond its tolerance by {state.certificate}", f"校准后误差仍超出允差（{state.certificate}）"
    elif (state.days_left or 0) < 0:
        said = f"calibration was good until {state.due_on}: do not use it", f"校准有效期至 {state.due_on}，停止使用"
    else:
        said = f"calibration is due on {state.due_on}", f"校准将于 {state.due_on} 到期"
    return Occurrence(
        kind=Kind.GAUGE,
        source=source_of(gauge),
        priority=priority,
        message_en=f"{gauge.name_en} {gauge.serial}: {said[0]}",
        message_zh=f"{gauge.name_zh} {gauge.serial}：{said[1]}",
        raised_at=work.now,
    )
