"""What changed in the episodes of a zone in, everything that follows out, in the work's transaction.

Episode, excursion with its lots and holds, alarm, deviation in draft, maintenance order: all or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Occurrence, Priority
from mes.maintenance import service as maintenance
from mes.maintenance.model import FailureMode, Request
from mes.plant import service as plant_service
from mes.quality import episodes, excursions
from mes.quality.model import Episode, Excursion, Judged, Level
from mes.watch.judging import Difference
from mes.watch.plant import Plant
from models.limits import Side
from telemetry.work import Work

BEFORE = timedelta(minutes=30)
"""How much of the time before an excursion the evidence window shows."""
_PRIORITY = {Level.ALARM: Priority.HIGH, Level.CRITICAL: Priority.CRITICAL}
_SIGN = {"Cel": "°C"}


@dataclass(frozen=True, slots=True)
class Written:
    """A point's episodes after they were written."""

    standing: tuple[Episode, ...]  # that reach into the window looked at, open ones all of them
    raised: tuple[Episode, ...]  # of these: newly raised
    excursions: frozenset[int]  # whose facts changed


async def record(work: Work, plant: Plant, found: Mapping[int, Difference], *, late_s: float) -> None:
    """Write differences by point. The caller holds the locks of the points' zones."""
    late_before = work.now - timedelta(seconds=late_s)
    for zone_id in sorted({plant.zone_of(point_id) for point_id in found}):
        own = {p: difference for p, difference in found.items() if plant.zone_of(p) == zone_id}
        await _record_zone(work, plant, zone_id, own, late_before)


async def _record_zone(
    work: Work, plant: Plant, zone_id: int, found: Mapping[int, Difference], late_before: datetime
) -> None:
    written = {p: await _write_episodes(work, p, difference, late_before) for p, difference in sorted(found.items())}
    for excursion_id in sorted({id_ for each in written.values() for id_ in each.excursions}):
        await excursions.settle(work, excursion_id, late=False)  # first what is over: what comes after it is another
    opened: dict[int, Episode] = {}
    raised = sorted((e for each in written.values() for e in each.raised), key=lambda e: (e.started_at, e.id))
    of_episode: dict[int, Excursion] = {}
    for episode in raised:
        excursion, is_new = await excursions.file_episode(work, zone_id, episode)
        of_episode[episode.id] = excursion
        await excursions.settle(work, excursion.id, late=episode.late)
        if is_new:
            opened[excursion.id] = episode
    raised_alarms = {e.id: await _raise(work, plant, e, of_episode[e.id]) for e in raised}
    for point_id, each in written.items():
        await _clear_if_over(work, plant, point_id, each)
    for excursion_id, episode in opened.items():
        await _ask_for_maintenance(work, plant, excursion_id, episode, raised_alarms[episode.id])


async def _write_episodes(work: Work, point_id: int, difference: Difference, late_before: datetime) -> Written:
    touched: set[int | None] = set()
    standing, raised = list(difference.kept), []
    for gone in difference.withdrawn:
        touched.add((await episodes.withdraw(work, gone)).excursion_id)
    for old, new in difference.changed:
        episode = await episodes.change(work, old, new, late=_is_news_late(old.judged, new, late_before))
        standing.append(episode)
        if old.raised_at is None and new.raised_at is not None:
            raised.append(episode)
        elif episode.version != old.version:
            touched.add(episode.excursion_id)
    for new in difference.fresh:
        episode = await episodes.record(work, point_id, new, late=_is_late(new, late_before))
        standing.append(episode)
        if new.raised_at is not None:
            raised.append(episode)
            await work.emit("episode.raised", episode_id=episode.id, point_id=point_id, late=episode.late)
    return Written(tuple(standing), tuple(raised), frozenset(id_ for id_ in touched if id_ is not None))


def _is_late(found: Judged, late_before: datetime) -> bool:
    """Whether it could have been known long before now: its alarm, or its end if it had none."""
    known = found.raised_at or found.ended_at
    return known is not None and known < late_before


def _is_news_late(old: Judged, new: Judged, late_before: datetime) -> bool:
    """Whether what changed could have been known long before now. The end of a long alarm is news when it comes."""
    if (new.started_at, new.raised_at) != (old.started_at, old.raised_at) or new.ended_at == old.ended_at:
        return _is_late(new, late_before)
    ended_at = new.ended_at or old.ended_at
    return ended_at is not None and ended_at < late_before


async def _raise(work: Work, plant: Plant, episode: Episode, excursion: Excursion) -> Alarm:
    point = plant.points[episode.point_id]
    zone = plant.zones[excursion.zone_id]
    limit = _limit(plant, episode)
    unit = _SIGN.get(point.unit, point.unit)
    above = episode.side is Side.HIGH
    found = Occurrence(
        kind=Kind.TEMPERATURE,
        source=point.name,
        priority=Priority.MEDIUM if episode.late and episode.ended_at else _PRIORITY[episode.level],
        message_en=f"{zone.name_en}, {point.name_en}: {'above' if above else 'below'} {limit:g} {unit}",
        message_zh=f"{zone.name_zh} {point.name_zh}：{'高于' if above else '低于'} {limit:g} {unit}",
        raised_at=episode.raised_at or episode.started_at,
        cleared_at=episode.ended_at,
        point_id=point.point_id,
        zone_id=zone.id,
        equipment_id=point.equipment_id,
        episode_id=episode.id,
        excursion_id=excursion.id,
    )
    return await alarms.raise_alarm(work, found)


def _limit(plant: Plant, episode: Episode) -> float:
    rule = next(r for r in plant.rules_of(episode.point_id) if r.id == episode.rule_id)
    limit = rule.levels()[episode.level]
    value = limit.high if episode.side is Side.HIGH else limit.low
    return float("nan") if value is None else value


async def _clear_if_over(work: Work, plant: Plant, point_id: int, written: Written) -> None:
    if any(e.is_alarming for e in written.standing):
        return
    ends = [e.ended_at for e in written.standing if e.ended_at is not None and e.raised_at is not None]
    source = plant.points[point_id].name
    await alarms.clear(work, Kind.TEMPERATURE, source, at=max(ends, default=work.now))


async def _ask_for_maintenance(work: Work, plant: Plant, excursion_id: int, episode: Episode, alarm: Alarm) -> None:
    """An order on what cools the zone, with the readings that show why."""
    excursion = await excursions.excursion(work, excursion_id)
    zone = plant.zones[excursion.zone_id]
    machine = await plant_service.cooling_of(work, zone.id)
    if machine is None:
        return
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
        priority=Priority.LOW if excursion.ended_at else Priority.HIGH,
        title_en=f"{machine.name_en}: {zone.name_en} is out of its limits ({excursion.number})",
        title_zh=f"{machine.name_zh}：{zone.name_zh}超出限值（{excursion.number}）",
        evidence=evidence,
        excursion_id=excursion.id,
        alarm_id=alarm.id,
    )
    await maintenance.request_order(work, asked)
