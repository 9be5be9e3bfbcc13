"""The report on alarms of a month: how many, how soon somebody answered, what stood out (ANSI/ISA-18.2).

The figures are those of `mes/alarms/performance.py`: calls from the journal, tests left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.language import N_
from dashboards.reports.registry import Asked, Kind, Span, whole_plant
from dashboards.reports.room import PeriodNotBegun
from dashboards.reports.tables import AlarmRow, alarm_row
from mes.alarms import history, performance
from mes.alarms.model import Priority
from mes.alarms.performance import Called, Chatter, Figures, Flood, Performance, Source
from mes.notifications import roster
from mes.plant import service as plant
from mes.plant.model import Zone
from telemetry.work import Work

MOST_LISTED = 300
_MOST_SOURCES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Calls of one group, and how soon they were acknowledged: from when the plant knew of them."""

    name: str  # a code of its kind
    name_en: str
    name_zh: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    source: str
    kind: str
    called_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPerformance:
    """What the report says."""

    until: datetime
    is_over: bool
    raised: int
    whole: Figures
    by_priority: tuple[Answered, ...]
    by_kind: tuple[Answered, ...]
    by_zone: tuple[Answered, ...]
    by_shift: tuple[Answered, ...]
    a_day: float
    most_in_ten_minutes: int
    floods: tuple[Flood, ...]
    chattering: tuple[Chatter, ...]
    standing: tuple[Standing, ...]  # for longer than a day
    sources: tuple[Source, ...]
    listed: tuple[AlarmRow, ...]
    left_out: int  # of the list, not of the figures


async def gather(work: Work, asked: Asked) -> AlarmPerformance:
    """Raises PeriodNotBegun."""
    start, end = asked.window()
    until = min(end, work.now)
    if until <= start:
        raise PeriodNotBegun(begins=start)
    calls = await performance.calls_between(work, start, until)
    shifts = await roster.roster(work)
    told = performance.performance(calls, until, shifts.shift_at)
    listed = await history.these(work, {call.alarm_id for call in calls})
    zones = {zone.id: zone for zone in await plant.zones(work)}
    names = {shift.code: (shift.name_en, shift.name_zh) for shift in shifts.shifts}
    return AlarmPerformance(
        until=until,
        is_over=end <= work.now,
        raised=told.raised,
        whole=told.whole,
        by_priority=_by_priority(told),
        by_kind=tuple(_answered(str(kind), ("", ""), each) for kind, each in sorted(told.by_kind.items())),
        by_zone=tuple(_by_zone(told, zones)),
        by_shift=tuple(_answered(code, names.get(code, ("", "")), told.by_shift[code]) for code in told.by_shift),
        a_day=told.raised / ((until - start) / timedelta(days=1)),
        most_in_ten_minutes=told.most_at_once,
        floods=told.floods,
        chattering=told.chattering,
        standing=tuple(_standing(told.standing)),
        sources=told.sources[:_MOST_SOURCES],
        listed=tuple(alarm_row(a) for a in listed[:MOST_LISTED]),
        left_out=max(0, len(listed) - MOST_LISTED),
    )


def _by_priority(told: Performance) -> tuple[Answered, ...]:
    """The most urgent first."""
    present = [p for p in reversed(Priority) if p in told.by_priority]
    return tuple(_answered(str(p), ("", ""), told.by_priority[p]) for p in present)


def _by_zone(told: Performance, zones: Mapping[int, Zone]) -> Iterable[Answered]:
    """By the zone's code; what belongs to none comes last, without a name."""
    known = {
        zones[id_].code: (zones[id_], each) for id_, each in told.by_zone.items() if id_ is not None and id_ in zones
    }
    for code in sorted(known):
        zone, each = known[code]
        yield _answered(code, (zone.name_en, zone.name_zh), each)
    if None in told.by_zone:
        yield _answered("", ("", ""), told.by_zone[None])


def _answered(name: str, names: tuple[str, str], figures: Figures) -> Answered:
    return Answered(name=name, name_en=names[0], name_zh=names[1], figures=figures)


def _standing(calls: Iterable[Called]) -> Iterable[Standing]:
    for call in calls:
        yield Standing(source=call.source, kind=call.kind, called_at=call.called_at, cleared_at=call.cleared_at)


KIND = Kind(
    code="alarms",
    title=N_("Alarm performance"),
    template="reports/alarms.html",
    template_version=2,
    span=Span.MONTH,
    gather=gather,
    subjects=whole_plant,
    monthly=whole_plant,
)
