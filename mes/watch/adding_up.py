"""Cumulative rules: many short times out, none of which alarms alone, add up within a sliding window.

What is added up are stored episodes beyond the rule's value, unknown time within them as the worst case. A rule whose
allowance is used up has an alarm of its own, and an excursion over the times that add up, with the lots that stood
there and an order for what cools it. The alarm is over when enough of them has left the window. It neither needs nor
touches a temperature alarm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant.model import MeasuringPoint, Zone
from mes.quality import episodes, excursions
from mes.quality.model import JUDGED, Episode, Excursion
from mes.watch.plant import Plant, zone_of_record
from mes.watch.requesting import ask_for_maintenance
from models.cumulative import exceeded
from models.interval import Interval
from models.limits import Side
from models.policy import CumulativeRule
from telemetry.clock import from_us, to_us
from telemetry.work import Work

_SIGN = {"Cel": "°C"}


@dataclass(frozen=True, slots=True)
class Sum:
    """What one rule has added up of one point in one zone: its episodes, and when its allowance was used up."""

    rule: CumulativeRule
    spans: tuple[Episode, ...]
    used_up: tuple[Interval, ...]  # in order, µs; one that still is ends now

    def part_of(self, time: Interval) -> list[Episode]:
        """The episodes that were within the window while the allowance was used up."""
        first = from_us(time.start_us) - timedelta(seconds=self.rule.window_s)
        last = from_us(time.end_us)
        return [e for e in self.spans if e.started_at <= last and (e.ended_at is None or e.ended_at > first)]


async def watch_sums(work: Work, plant: Plant) -> None:
    """As time goes on: sums that grow by what is out now, and alarms that end because the window slides."""
    open_now = {e.point_id for e in await episodes.open_episodes(work) if e.counted_by}
    standing = {a.point_id for a in (await alarms.standing(work, Kind.CUMULATIVE)).values() if a.point_id is not None}
    asked = [point_id for point_id in sorted(open_now | standing) if plant.is_judged(point_id)]
    if asked:
        await excursions.lock_zones(work, plant.zones_of(asked))
        await add_up(work, plant, asked)


async def add_up(work: Work, plant: Plant, point_ids: Sequence[int], *, since: datetime | None = None) -> None:
    """Add up for these points, and let excursions, lots and alarms follow. The caller holds their zones' locks.

    `since`: the earliest moment at which what is added up has changed; now, unless said.
    """
    longest_s = max(
        (rule.window_s for p in point_ids for v in plant.rules_of(p) for rule in v.policy.cumulative), default=0.0
    )
    if not longest_s:
        return
    found: dict[int, list[Episode]] = defaultdict(list)
    begin = (since or work.now) - timedelta(seconds=2 * longest_s)
    for each in await episodes.counted(work, point_ids, begin):
        found[each.point_id].append(each)
    for point_id in sorted(point_ids):
        await _of_point(work, plant, point_id, _sums(plant, found[point_id], to_us(work.now)))


def _sums(plant: Plant, counted: Iterable[Episode], now_us: int) -> list[Sum]:
    """By zone, side and value: what was added up. Of several versions of a rule the latest decides."""
    together: dict[tuple[int, Side, float | None], list[Episode]] = defaultdict(list)
    for each in counted:
        together[each.zone_id, each.side, each.limit_value].append(each)
    sums = []
    for spans in together.values():
        latest = max(spans, key=lambda e: (e.started_at, e.rule_id))
        rule = plant.versions[latest.rule_id].policy.cumulative[latest.counted_by - 1]
        times = [Interval(to_us(e.started_at), now_us if e.ended_at is None else to_us(e.ended_at)) for e in spans]
        used_up = exceeded(times, rule.window_s, rule.allowed_s, until_us=now_us) if times else ()
        sums.append(Sum(rule, tuple(spans), used_up))
    return sums


async def _of_point(work: Work, plant: Plant, point_id: int, sums: Sequence[Sum]) -> None:
    now_us = to_us(work.now)
    ends = []
    is_standing = False
    for each in sums:
        for time in each.used_up:
            excursion, is_news, is_opened = await _file(work, each.part_of(time))
            is_on = time.end_us >= now_us
            is_standing |= is_on
            ends.append(time.end_us)
            if is_on or is_news:
                over_at = None if is_on else from_us(time.end_us)
                zone = await zone_of_record(work, plant, each.spans[-1].zone_id)
                point = plant.points[point_id]
                told = await alarms.raise_alarm(work, _occurrence(point, zone, each, time, excursion, over_at))
                if excursion is not None and is_opened:
                    await ask_for_maintenance(work, plant, excursion.id, each.spans[-1], told, _said(each.rule))
    if not is_standing:
        over_at = from_us(max(ends)) if ends else work.now
        await alarms.clear(work, Kind.CUMULATIVE, plant.points[point_id].name, at=over_at)


async def _file(work: Work, spans: Sequence[Episode]) -> tuple[Excursion | None, bool, bool]:
    """Put what adds up under one excursion, with single events of these times that have none.

    True: it was not yet; True: the excursion was opened for it.
    """
    known = [await excursions.excursion(work, id_) for id_ in sorted({e.excursion_id or 0 for e in spans} - {0})]
    standing = [each for each in known if each.status not in JUDGED]
    home = standing[-1] if standing else None
    fresh = [e for e in spans if e.excursion_id is None]
    is_opened = False
    if not fresh:
        return home or (known[-1] if known else None), False, False
    for span in fresh:
        if home is None:
            home, is_opened = await excursions.file_episode(work, span.zone_id, span)
        else:
            await episodes.file_under(work, span, home.id)
        for single in await episodes.unfiled(work, span.point_id, span.started_at, span.ended_at):
            await episodes.file_under(work, single, home.id)
    if home is not None:
        await excursions.settle(work, home.id, late=any(e.late for e in fresh))
    return home, True, is_opened


def _said(rule: CumulativeRule) -> tuple[str, str]:
    """What is wrong with the zone, for the crew."""
    allowed, window = f"{rule.allowed_s / 60:g}", f"{rule.window_s / 3600:g}"
    return (
        f"was out of its limits for {allowed} min within {window} h",
        f" {window} 小时内超出限值累计达 {allowed} 分钟",
    )


def _occurrence(
    point: MeasuringPoint, zone: Zone, found: Sum, time: Interval, excursion: Excursion | None, over_at: datetime | None
) -> Occurrence:
    rule, above = found.rule, found.rule.side is Side.HIGH
    beyond = f"{rule.limit:g} {_SIGN.get(point.unit, point.unit)}"
    allowed, window = f"{rule.allowed_s / 60:g}", f"{rule.window_s / 3600:g}"
    return Occurrence(
        kind=Kind.CUMULATIVE,
        source=point.name,
        priority=Priority.MEDIUM if over_at is not None else Priority.HIGH,
        message_en=f"{zone.name_en}, {point.name_en}: {'above' if above else 'below'} {beyond} for {allowed} min "
        f"within {window} h",
        message_zh=f"{zone.name_zh} {point.name_zh}：{window} 小时内{'高于' if above else '低于'} {beyond} 累计达 "
        f"{allowed} 分钟",
        raised_at=from_us(time.start_us),
        cleared_at=over_at,
        point_id=point.point_id,
        zone_id=zone.id,
        equipment_id=point.equipment_id,
        excursion_id=excursion.id if excursion else None,
    )
