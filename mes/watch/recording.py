"""What changed in the episodes of a zone in, everything that follows out, in the work's transaction.

Episode, excursion with its lots and holds, alarm, deviation in draft, maintenance order: all or nothing. A warning is
an alarm and nothing more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Occurrence, Priority
from mes.quality import episodes, excursions
from mes.quality.model import Episode, Excursion, Judged
from mes.watch.adding_up import add_up
from mes.watch.judging import Difference
from mes.watch.plant import Plant, zone_of_record
from mes.watch.requesting import ask_for_maintenance
from models.limits import Side
from models.policy import Level
from telemetry.work import Work

_PRIORITY = {Level.WARN: Priority.MEDIUM, Level.ALARM: Priority.HIGH, Level.CRITICAL: Priority.CRITICAL}
_LATE_PRIORITY = {Level.WARN: Priority.LOW, Level.ALARM: Priority.MEDIUM, Level.CRITICAL: Priority.MEDIUM}
_WORST_FIRST = (Level.CRITICAL, Level.ALARM, Level.WARN)
_SIGN = {"Cel": "°C"}


@dataclass(frozen=True, slots=True)
class Written:
    """A point's episodes after they were written."""

    standing: tuple[Episode, ...]  # that reach into the window looked at, open ones all of them
    raised: tuple[Episode, ...]  # of these: newly raised
    excursions: frozenset[int]  # whose facts changed
    counted_since: datetime | None  # from when on what a cumulative rule adds up has changed; None: it has not


async def record(work: Work, plant: Plant, found: Mapping[int, Difference], *, late_s: float) -> None:
    """Write differences by point. The caller holds the locks of all zones in which the points ever stood."""
    late_before = work.now - timedelta(seconds=late_s)
    await episodes.grow(work, [pair for difference in found.values() for pair in difference.grown])
    news = {p: difference for p, difference in sorted(found.items()) if difference.is_news}
    written = {p: await _write_episodes(work, p, difference, late_before) for p, difference in news.items()}
    for excursion_id in sorted({id_ for each in written.values() for id_ in each.excursions}):
        await excursions.settle(work, excursion_id, late=False)  # first what is over: what comes after it is another
    await _follow(work, plant, [e for each in written.values() for e in each.raised])
    for point_id, each in written.items():
        await _clear_if_over(work, plant, point_id, each)
    changed = {p: each.counted_since for p, each in written.items() if each.counted_since is not None}
    if changed:
        await add_up(work, plant, list(changed), since=min(changed.values()))


async def _follow(work: Work, plant: Plant, raised: Iterable[Episode]) -> None:
    """What newly raised episodes bring with them."""
    of_episode: dict[int, Excursion] = {}
    opened: dict[int, Episode] = {}
    ordered = sorted(raised, key=lambda e: (e.zone_id, e.started_at, e.id))
    for episode in ordered:
        if episode.level is not Level.WARN:
            excursion, is_new = await excursions.file_episode(work, episode.zone_id, episode)
            of_episode[episode.id] = excursion
            await excursions.settle(work, excursion.id, late=episode.late)
            if is_new:
                opened[excursion.id] = episode
    raised_alarms = await _raise_worst(work, plant, ordered, of_episode)
    for excursion_id, episode in opened.items():
        await ask_for_maintenance(work, plant, excursion_id, episode, raised_alarms.get(episode.id))


async def _raise_worst(
    work: Work, plant: Plant, raised: Sequence[Episode], of_episode: Mapping[int, Excursion]
) -> dict[int, Alarm]:
    """By episode: its alarm. What is over and lay within a worse one of its point is told with that one."""
    told: dict[int, list[tuple[Episode, Alarm]]] = defaultdict(list)
    found: dict[int, Alarm] = {}
    for episode in sorted(raised, key=_leading_first):
        same = (a for e, a in told[episode.point_id] if episode.ended_at is not None and _meet(e, episode))
        alarm = next(same, None)
        if alarm is None:
            levels = [e.level for e in raised if e.point_id == episode.point_id and _meet(e, episode)]
            worst = min(levels, key=_WORST_FIRST.index)
            alarm = await _raise(work, plant, episode, of_episode.get(episode.id), worst)
        told[episode.point_id].append((episode, alarm))
        found[episode.id] = alarm
    return found


def _leading_first(episode: Episode) -> tuple[bool, int, datetime, int]:
    return episode.ended_at is not None, _WORST_FIRST.index(episode.level), episode.started_at, episode.id


def _meet(one: Episode, other: Episode) -> bool:
    return (one.ended_at is None or other.started_at <= one.ended_at) and (
        other.ended_at is None or one.started_at <= other.ended_at
    )


async def _write_episodes(work: Work, point_id: int, difference: Difference, late_before: datetime) -> Written:
    touched: set[int | None] = set()
    standing = list(difference.kept) + [old for old, _ in difference.grown]
    raised: list[Episode] = []
    counted = [gone.started_at for gone in difference.withdrawn if gone.counted_by]
    counted += [min(old.started_at, new.started_at) for old, new in difference.changed if old.counted_by]
    counted += [new.started_at for new in difference.fresh if new.counted_by]
    for gone in difference.withdrawn:
        touched.add((await episodes.withdraw(work, gone)).excursion_id)
    for old, new in difference.changed:
        episode = await episodes.change(work, old, new, late=_is_news_late(old.judged, new, late_before))
        standing.append(episode)
        if old.raised_at is None and new.raised_at is not None:
            raised.append(episode)
        else:
            touched.add(episode.excursion_id)
    for new in difference.fresh:
        episode = await episodes.record(work, point_id, new, late=_is_late(new, late_before))
        standing.append(episode)
        if new.raised_at is not None:
            raised.append(episode)
            await work.emit("episode.raised", episode_id=episode.id, point_id=point_id, late=episode.late)
    return Written(
        tuple(standing), tuple(raised), frozenset(id_ for id_ in touched if id_ is not None), min(counted, default=None)
    )


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


async def _raise(work: Work, plant: Plant, episode: Episode, excursion: Excursion | None, worst: Level) -> Alarm:
    point, zone = plant.points[episode.point_id], await zone_of_record(work, plant, episode.zone_id)
    beyond = f"{episode.limit_value:g} {_SIGN.get(point.unit, point.unit)}"
    above = episode.side is Side.HIGH
    is_past = episode.late and episode.ended_at is not None
    found = Occurrence(
        kind=Kind.TEMPERATURE,
        source=point.name,
        priority=(_LATE_PRIORITY if is_past else _PRIORITY)[worst],
        message_en=f"{zone.name_en}, {point.name_en}: {'above' if above else 'below'} {beyond}",
        message_zh=f"{zone.name_zh} {point.name_zh}：{'高于' if above else '低于'} {beyond}",
        raised_at=episode.raised_at or episode.started_at,
        cleared_at=episode.ended_at,
        point_id=point.point_id,
        zone_id=zone.id,
        equipment_id=point.equipment_id,
        episode_id=episode.id,
        excursion_id=excursion.id if excursion else None,
    )
    return await alarms.raise_alarm(work, found)


async def _clear_if_over(work: Work, plant: Plant, point_id: int, written: Written) -> None:
    if any(e.is_alarming for e in written.standing):
        return
    # What was looked at may have ended long before what goes on now.
    if any(e.is_alarming for e in await episodes.standing_since(work, work.now, [point_id])):
        return
    ends = [e.ended_at for e in written.standing if e.ended_at is not None and e.raised_at is not None]
    source = plant.points[point_id].name
    await alarms.clear(work, Kind.TEMPERATURE, source, at=max(ends, default=work.now))
