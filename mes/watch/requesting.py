"""Maintenance that an excursion asks for: an order on what cools the zone, with the readings that show why."""

from __future__ import annotations

from datetime import timedelta

from mes.alarms.model import Alarm, Priority
from mes.maintenance import service as maintenance
from mes.maintenance.model import FailureMode, Request
from mes.plant import service as plant_service
from mes.quality import excursions
from mes.quality.model import Episode
from mes.watch.plant import Plant, zone_of_record
from telemetry.work import Work

BEFORE = timedelta(minutes=30)
"""How much of the time before an excursion the evidence window shows."""
OUT_NOW = "is out of its limits", "超出限值"


async def ask_for_maintenance(
    work: Work,
    plant: Plant,
    excursion_id: int,
    episode: Episode,
    alarm: Alarm | None,
    said: tuple[str, str] = OUT_NOW,
) -> None:
    """Ask the crew for what cools the zone of an excursion. `said`: what is wrong with it, in English and Chinese."""
    excursion = await excursions.excursion(work, excursion_id)
    zone = await zone_of_record(work, plant, excursion.zone_id)
    machine = await plant_service.cooling_of(work, zone.id)
    if machine is None:
        return
    is_over = excursion.ended_at is not None and (alarm is None or alarm.cleared_at is not None)
    points = [p.name for p in plant.points_about(zone.id, machine.id)]
    finding = {"failure_mode": FailureMode.ROOM_OUT_OF_LIMITS, "episode_id": episode.id, "peak": episode.peak}
    finding |= {"side": episode.side, "level": episode.level, "rule_id": episode.rule_id}
    evidence = {
        "from": (excursion.started_at - BEFORE).isoformat(),
        "to": (excursion.ended_at or work.now).isoformat(),
        "points": points,
        "finding": finding,
    }
    asked = Request(
        equipment_id=machine.id,
        failure_mode=FailureMode.ROOM_OUT_OF_LIMITS,
        priority=Priority.LOW if is_over else Priority.HIGH,
        title_en=f"{machine.name_en}: {zone.name_en} {said[0]} ({excursion.number})",
        title_zh=f"{machine.name_zh}：{zone.name_zh}{said[1]}（{excursion.number}）",
        evidence=evidence,
        excursion_id=excursion.id,
        alarm_id=alarm.id if alarm else None,
    )
    await maintenance.request_order(work, asked)
