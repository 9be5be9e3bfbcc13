"""The report on alarms of a month: how many, how soon somebody answered, what stood out (ANSI/ISA-18.2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, median

from dashboards.language import N_
from dashboards.reports.registry import Asked, Kind, Span, whole_plant
from dashboards.reports.room import PeriodNotBegun
from dashboards.reports.tables import AlarmRow, alarm_row
from mes.alarms import history
from mes.alarms.model import Alarm, Priority
from telemetry.work import Work

FLOOD_WITHIN = timedelta(minutes=10)
FLOOD = 10
"""More alarms than this within ten minutes are a flood (ANSI/ISA-18.2, section on performance; EEMUA 191)."""
MOST_LISTED = 300
_MOST_SOURCES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Alarms of one group, and how soon they were acknowledged: from when the plant knew of them."""

    name: str
    raised: int
    acknowledged: int
    mean_s: float | None
    median_s: float | None
    longest_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    source: str
    kind: str
    raised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    start: datetime
    alarms: int  # within ten minutes from there


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPerformance:
    """What the report says."""

    until: datetime
    is_over: bool
    whole: Answered
    by_priority: tuple[Answered, ...]
    by_kind: tuple[Answered, ...]
    a_day: float
    most_in_ten_minutes: int
    floods: tuple[Flood, ...]
    sources: tuple[Source, ...]
    unanswered: tuple[AlarmRow, ...]
    listed: tuple[AlarmRow, ...]
    left_out: int  # of the list, not of the figures


async def gather(work: Work, asked: Asked) -> AlarmPerformance:
    """Raises PeriodNotBegun."""
    start, end = asked.window()
    until = min(end, work.now)
    if until <= start:
        raise PeriodNotBegun(begins=start)
    found = await history.raised_in(work, start, until)
    days = (until - start) / timedelta(days=1)
    return AlarmPerformance(
        until=until,
        is_over=end <= work.now,
        whole=answered("", found),
        by_priority=_grouped(found, lambda a: str(a.priority), [str(p) for p in reversed(Priority)]),
        by_kind=_grouped(found, lambda a: str(a.kind), sorted({str(a.kind) for a in found})),
        a_day=len(found) / days,
        most_in_ten_minutes=_densest(found),
        floods=floods(found),
        sources=_sources(found),
        unanswered=tuple(alarm_row(a) for a in found if a.acked_at is None),
        listed=tuple(alarm_row(a) for a in found[:MOST_LISTED]),
        left_out=max(0, len(found) - MOST_LISTED),
    )


def answered(name: str, found: Sequence[Alarm]) -> Answered:
    """Counts and times to acknowledge of these alarms; times are None where none was acknowledged."""
    times = [(a.acked_at - a.detected_at).total_seconds() for a in found if a.acked_at is not None]
    return Answered(
        name=name,
        raised=len(found),
        acknowledged=len(times),
        mean_s=mean(times) if times else None,
        median_s=median(times) if times else None,
        longest_s=max(times, default=None),
    )


def floods(found: Iterable[Alarm]) -> tuple[Flood, ...]:
    """Times with more than FLOOD alarms within ten minutes, each counted from its first alarm on."""
    times = sorted(a.detected_at for a in found)
    told: list[Flood] = []
    place = 0
    while place < len(times):
        many = sum(1 for at in times[place:] if at - times[place] < FLOOD_WITHIN)
        if many > FLOOD:
            told.append(Flood(start=times[place], alarms=many))
        place += many if many > FLOOD else 1
    return tuple(told)


def _densest(found: Iterable[Alarm]) -> int:
    times = sorted(a.detected_at for a in found)
    first = most = 0
    for place, at in enumerate(times):
        while at - times[first] >= FLOOD_WITHIN:
            first += 1
        most = max(most, place - first + 1)
    return most


def _grouped(found: Iterable[Alarm], name: Callable[[Alarm], str], names: Iterable[str]) -> tuple[Answered, ...]:
    groups: dict[str, list[Alarm]] = defaultdict(list)
    for alarm in found:
        groups[name(alarm)].append(alarm)
    return tuple(answered(each, groups[each]) for each in names if each in groups)


def _sources(found: Iterable[Alarm]) -> tuple[Source, ...]:
    """Those that called most."""
    counted = Counter((a.source, str(a.kind)) for a in found)
    return tuple(Source(source=source, kind=kind, raised=n) for (source, kind), n in counted.most_common(_MOST_SOURCES))


KIND = Kind(
    code="alarms",
    title=N_("Alarm performance"),
    template="reports/alarms.html",
    template_version=1,
    span=Span.MONTH,
    gather=gather,
    subjects=whole_plant,
    monthly=whole_plant,
)
