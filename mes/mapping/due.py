"""Spaces that are to be mapped again: one standing alarm a zone, whose priority rises; an approved study clears it.

Due by the day that QA set with the newest approved study, and by what the policies over the zone ask: so often, or so
often in the hottest and in the coldest season (EU GDP 3.2.1; China GSP, Appendix 5). A zone whose policy asks for
mapping and that never was mapped is late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.mapping.model import Season, Status, Study
from mes.mapping.studies import studies
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.policies import service as policies
from models.policy import Remapping
from telemetry.work import Work

A_YEAR = timedelta(days=365)
"""Within a year of the first study of one season, the other season has been."""
NOTICE_DAYS = (90, 30, 0)
"""How long before the day people are told, where no policy says otherwise."""


class Why(StrEnum):
    SIGNED = "signed"  # the day that QA set with the newest study
    PERIODIC = "periodic"  # so many days after the newest study
    HOT = "hot"  # no study of the hottest season, or an old one
    COLD = "cold"
    NEVER = "never"  # not mapped at all


_SEASON = {Season.HOT: Why.HOT, Season.COLD: Why.COLD}
_SAID = {
    Why.SIGNED: ("the day set with the last study", "上次验证批准时确定的日期"),
    Why.PERIODIC: ("periodic mapping", "定期验证"),
    Why.HOT: ("a study of the hottest season", "极热季节验证"),
    Why.COLD: ("a study of the coldest season", "极冷季节验证"),
}


@dataclass(frozen=True, slots=True)
class MappingDue:
    """When a zone is to be mapped again."""

    due_on: date
    why: Why
    days_left: int  # negative: it is late
    notice_days: tuple[int, ...]

    @property
    def priority(self) -> Priority | None:
        """How soon someone must see to it; None: not yet. From the day on, nothing shows where the space is warm."""
        if self.days_left > max(self.notice_days, default=0):
            return None
        return Priority.MEDIUM if self.days_left <= 0 else Priority.LOW

    @property
    def is_late(self) -> bool:
        """The day is over."""
        return self.days_left < 0


def due(found: Iterable[Study], rule: Remapping | None, now: datetime) -> MappingDue | None:
    """When a zone with these studies is to be mapped again; None: nobody asks for it. Rejected studies do not count.

    `now`: by the plant's clock, whose days count.
    """
    approved = sorted(
        (s for s in found if s.status is Status.APPROVED), key=lambda s: (s.to_time or s.planned_at, s.id)
    )
    days = [*_signed(approved), *(_asked(approved, rule, now) if rule else ())]
    if not days:
        return None
    due_on, why = min(days)
    notices = rule.notice_days if rule else NOTICE_DAYS
    return MappingDue(due_on, why, (due_on - now.date()).days, notices)


def _on(study: Study, now: datetime) -> date:
    """The day that a study counts from: the end of its steady time."""
    return (study.to_time or study.planned_at).astimezone(now.tzinfo).date()


def _signed(approved: Sequence[Study]) -> list[tuple[date, Why]]:
    return [(each.remap_on, Why.SIGNED) for each in approved[-1:] if each.remap_on is not None]


def _asked(approved: Sequence[Study], rule: Remapping, now: datetime) -> list[tuple[date, Why]]:
    if not approved:
        return [(now.date(), Why.NEVER)]
    every = timedelta(days=rule.every_days)
    if not rule.both_seasons:
        return [(_on(approved[-1], now) + every, Why.PERIODIC)]
    newest = {each.season: _on(each, now) for each in approved}
    first = _on(approved[0], now)
    return [(newest[s] + every if s in newest else first + A_YEAR, why) for s, why in _SEASON.items()]


async def mappings_due(work: Work) -> dict[int, MappingDue]:
    """By zone: when it is to be mapped again, for each zone with limits of its own, and each that was ever mapped."""
    by_zone: dict[int, list[Study]] = {}
    for each in await studies(work):
        by_zone.setdefault(each.zone_id, []).append(each)
    zones = [zone for zone in await plant.zones(work) if zone.policy is not None or zone.id in by_zone]
    asked = await policies.demands_on_zones(work, zones, work.now)
    now = work.now.astimezone(await plant.time_zone(work))
    found = {zone.id: due(by_zone.get(zone.id, ()), asked[zone.id].remapping, now) for zone in zones}
    return {zone_id: each for zone_id, each in found.items() if each is not None}


async def watch_mappings(work: Work) -> None:
    """Let the standing alarms of mappings be exactly those that are so now."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    so = {}
    for zone_id, each in (await mappings_due(work)).items():
        if each.priority is not None:
            so[zones[zone_id].code] = _told(work, zones[zone_id], each, each.priority)
    for occurrence in so.values():
        await alarms.raise_alarm(work, occurrence)
    for source in sorted((await alarms.standing(work, Kind.MAPPING)).keys() - so.keys()):
        await alarms.clear(work, Kind.MAPPING, source, at=work.now)


def _told(work: Work, zone: Zone, found: MappingDue, priority: Priority) -> Occurrence:
    if found.why is Why.NEVER:
        said = "was never mapped, and its policy asks for it", "尚未进行温度分布验证，而监测策略要求验证"
    else:
        en, zh = _SAID[found.why]
        verb = "was due" if found.days_left <= 0 else "is due"
        said = f"mapping {verb} on {found.due_on} ({en})", f"温度分布验证到期日 {found.due_on}（{zh}）"
    return Occurrence(
        kind=Kind.MAPPING,
        source=zone.code,
        priority=priority,
        message_en=f"{zone.name_en}: {said[0]}",
        message_zh=f"{zone.name_zh}：{said[1]}",
        raised_at=work.now,
        zone_id=zone.id,
    )
