"""How well alarms are answered: time to acknowledge, and alarms that chatter, stand or come in floods.

In come the calls of a time, out come figures; times come from the journal, so an acknowledgement that was undone by a
worse alarm counts for the call that it answered. Tests are left out: they are no alarms (ISA-18.2, clause 16).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from statistics import mean, median
from typing import TypeVar

from mes.alarms.model import Kind, Priority
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
CHATTER, CHATTER_WITHIN = 3, timedelta(minutes=1)
FLOOD, FLOOD_WITHIN = 10, timedelta(minutes=10)
"""More alarms than this within ten minutes are a flood (ANSI/ISA-18.2, clause 16; EEMUA 191)."""
STANDING_FOR = timedelta(hours=24)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call of an alarm: it was raised, got worse, or called again; and whether somebody said that they know."""

    alarm_id: int
    call: int
    kind: Kind
    source: str
    priority: Priority
    zone_id: int | None
    called_at: datetime
    acked_at: datetime | None
    cleared_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "priority", Priority(self.priority))


@dataclass(frozen=True, slots=True)
class Figures:
    """Times to acknowledge, in seconds, of `acknowledged` out of `n` calls. None where nobody acknowledged any."""

    n: int
    acknowledged: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None  # nearest rank
    max_s: float | None


@dataclass(frozen=True, slots=True)
class Chatter:
    """An alarm that came so often within a minute that it says nothing any more."""

    kind: Kind
    source: str
    times: int  # at most within a minute
    raised: int  # in all of the time


@dataclass(frozen=True, slots=True)
class Flood:
    """More alarms at once than a person can answer."""

    start: datetime
    end: datetime
    alarms: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where alarms of one kind came from."""

    kind: Kind
    source: str
    raised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What a report on alarms tells."""

    raised: int  # alarms; an alarm may call more than once
    whole: Figures  # of all calls
    by_kind: Mapping[Kind, Figures]
    by_priority: Mapping[Priority, Figures]
    by_zone: Mapping[int | None, Figures]
    by_shift: Mapping[str, Figures]
    sources: tuple[Source, ...]  # those that raised most, first
    most_at_once: int  # alarms within ten minutes
    chattering: tuple[Chatter, ...]  # the worst first
    standing: tuple[Called, ...]  # active for longer than a day, the oldest first
    floods: tuple[Flood, ...] = field(default=())


async def calls_between(work: Work, start: datetime, end: datetime) -> list[Called]:
    """Calls that began in [start, end), oldest first, tests left out."""
    return await work.all(SQL["calls_between"], Called, start=start, end=end)


def performance(calls: Iterable[Called], until: datetime, shift_of: Callable[[datetime], str]) -> Performance:
    """The figures of these calls, as known at `until`. `shift_of`: which shift worked at a moment."""
    known = sorted(calls, key=lambda call: (call.called_at, call.alarm_id, call.call))
    raised = [call for call in known if call.call == 1]
    return Performance(
        raised=len(raised),
        whole=figures(known),
        by_kind=_by(known, lambda call: call.kind),
        by_priority=_by(known, lambda call: call.priority),
        by_zone=_by(known, lambda call: call.zone_id),
        by_shift=_by(known, lambda call: shift_of(call.called_at)),
        sources=_sources(raised),
        most_at_once=_most_within([call.called_at for call in raised], FLOOD_WITHIN),
        chattering=_chattering(raised),
        standing=tuple(call for call in raised if (call.cleared_at or until) - call.called_at > STANDING_FOR),
        floods=_floods([call.called_at for call in raised]),
    )


def figures(calls: Sequence[Called]) -> Figures:
    """Time to acknowledge of some calls."""
    waits = sorted((call.acked_at - call.called_at).total_seconds() for call in calls if call.acked_at is not None)
    if not waits:
        return Figures(len(calls), 0, None, None, None, None)
    return Figures(len(calls), len(waits), mean(waits), median(waits), waits[ceil(0.9 * len(waits)) - 1], waits[-1])


def _by(calls: Iterable[Called], key: Callable[[Called], Key]) -> dict[Key, Figures]:
    groups: dict[Key, list[Called]] = defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return {each: figures(group) for each, group in groups.items()}


def _sources(raised: Iterable[Called]) -> tuple[Source, ...]:
    counted = Counter((call.kind, call.source) for call in raised)
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0][1], each[0][0]))
    return tuple(Source(kind, source, n) for (kind, source), n in ordered)


def _chattering(raised: Sequence[Called]) -> tuple[Chatter, ...]:
    times: dict[tuple[Kind, str], list[datetime]] = defaultdict(list)
    for call in raised:
        times[call.kind, call.source].append(call.called_at)
    found = [Chatter(*key, _most_within(at, CHATTER_WITHIN), len(at)) for key, at in times.items()]
    return tuple(sorted((c for c in found if c.times >= CHATTER), key=lambda c: (-c.times, -c.raised, c.source)))


def _most_within(at: Sequence[datetime], span: timedelta) -> int:
    first, most = 0, 0
    for last, moment in enumerate(at):
        while moment - at[first] > span:
            first += 1
        most = max(most, last - first + 1)
    return most


def _floods(at: Sequence[datetime]) -> tuple[Flood, ...]:
    """Times with more than FLOOD alarms in ten minutes; those that overlap are one."""
    spans: list[tuple[datetime, datetime]] = []
    for first in range(len(at) - FLOOD):
        start, end = at[first], at[first + FLOOD]
        if end - start > FLOOD_WITHIN:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
    counted = Counter(span for span in spans for moment in at if span[0] <= moment <= span[1])
    return tuple(Flood(*span, counted[span]) for span in spans)
