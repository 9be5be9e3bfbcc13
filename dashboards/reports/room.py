"""The monthly report of a room: each day's figures of every point, curves, time out of limits, gaps, alarms, doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.charts import Chart
from dashboards.language import N_
from dashboards.reports import course as courses
from dashboards.reports.course import Figures, SwitchTime
from dashboards.reports.place import PlaceReport, PointReport, look
from dashboards.reports.registry import Asked, Kind, Span, Subject
from dashboards.reports.tables import (
    AlarmRow,
    GapRow,
    PointRow,
    RuleRow,
    alarm_row,
    chart_of,
    gap_rows,
    point_row,
    rule_row,
    span_of,
)
from mes.alarms import history
from mes.alarms.model import Alarm
from mes.plant import service as plant
from mes.plant.model import RuleVersion, Zone
from mes.quality import deviations, episodes, excursions
from mes.quality.model import Episode, Excursion
from models.interval import Interval
from models.policy import Level
from telemetry import units
from telemetry.clock import from_us
from telemetry.errors import Invalid
from telemetry.work import Work

_MOST = 10_000
MOST_DAYS = 400


class PeriodNotBegun(Invalid):
    """The period has not begun: there is nothing to report yet."""


class PeriodTooLong(Invalid):
    """A report of a room is about 400 days at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the plant's calendar, or the part of it that the period has."""

    day: date
    points: tuple[Figures, ...]  # in the order of the report's points
    door_s: float | None  # None: nothing was heard of it that day
    door_times: int
    defrost_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionRow:
    number: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    peak: float | None
    known_s: float
    unknown_s: float
    lots: int
    deviation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Points of one unit."""

    unit: str
    chart: Chart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What the report says."""

    zone: str
    kind: str
    until: datetime  # the period's end, or the moment it was made if that came before
    is_over: bool
    by_minute: bool
    rules: tuple[RuleRow, ...]
    points: tuple[PointRow, ...]
    days: tuple[Day, ...]
    curves: tuple[Curves, ...]
    excursions: tuple[ExcursionRow, ...]
    short_episodes: int  # out of limits for less than the delay
    gaps: tuple[GapRow, ...]
    alarms: tuple[AlarmRow, ...]
    mains_lost: tuple[tuple[datetime, datetime], ...]
    has_door: bool
    has_defrost: bool

    @property
    def completeness(self) -> float:
        """Of the judged points together, or of all where none is judged."""
        told = [p for p in self.points if p.judged] or list(self.points)
        known = sum(p.figures.known_s for p in told)
        whole = known + sum(p.figures.unknown_s for p in told)
        return known / whole if whole else 0.0


async def gather(work: Work, asked: Asked) -> Room:
    """Raises ZoneNotFound, PeriodNotBegun, PeriodTooLong."""
    start, end = asked.window()
    zone, calendar = await plant.zone_named(work, asked.subject), await plant.time_zone(work)
    until = min(end, work.now)
    if until <= start:
        raise PeriodNotBegun(begins=start)
    if end - start > timedelta(days=MOST_DAYS):
        raise PeriodTooLong(days=(end - start).days)
    window = courses.window_of(start, until)
    alarms = await history.touching(work, start, until)
    place = await look(work, zone.id, window, alarms)
    out = await _episodes(work, place, start, until)
    rules = await _rules(work, place, start, until)
    return Room(
        zone=zone.code,
        kind=zone.kind,
        until=until,
        is_over=end <= work.now,
        by_minute=place.by_minute,
        rules=tuple(rule_row(rule) for rule in rules),
        points=tuple(point_row(r, out) for r in place.points),
        days=tuple(_days(place, window, calendar)),
        curves=_curves(place, window, calendar, rules, out),
        excursions=tuple(await _excursions(work, zone, start, until)),
        short_episodes=sum(e.raised_at is None for e in out),
        gaps=gap_rows(place.points),
        alarms=tuple(alarm_row(a) for a in alarms if _is_here(a, zone, place)),
        mains_lost=tuple((from_us(i.start_us), from_us(i.end_us)) for i in place.mains_lost),
        has_door=any(s.point.role == "door" for s in place.switches),
        has_defrost=any(s.point.role == "defrost" for s in place.switches),
    )


async def _episodes(work: Work, place: PlaceReport, start: datetime, end: datetime) -> list[Episode]:
    """Standing episodes of the label's limits that touch the period."""
    found: list[Episode] = []
    for report in place.points:
        if report.point.policy:
            id_ = report.point.point_id
            found += await episodes.episodes(work, point_id=id_, from_=start, to=end, limit=_MOST)
    return [e for e in found if e.level is Level.ALARM]


async def _rules(work: Work, place: PlaceReport, start: datetime, end: datetime) -> list[RuleVersion]:
    """The versions in force at some time of the period, oldest first."""
    policies = sorted({r.point.policy for r in place.points if r.point.policy})
    versions = [version for policy in policies for version in await plant.rules_for(work, policy)]
    return [v for v in versions if v.effective_from < end and (v.effective_to is None or v.effective_to > start)]


def _is_here(alarm: Alarm, zone: Zone, place: PlaceReport) -> bool:
    ids = {r.point.point_id for r in (*place.points, *place.switches)}
    return alarm.zone_id == zone.id or alarm.point_id in ids


def _curves(
    place: PlaceReport,
    window: Interval,
    calendar: ZoneInfo,
    rules: Sequence[RuleVersion],
    out: Sequence[Episode],
) -> tuple[Curves, ...]:
    """One chart a unit; the limits are the last version's."""
    found = []
    for unit in dict.fromkeys(r.point.unit for r in place.points):
        reports = [r for r in place.points if r.point.unit == unit]
        judged = {r.point.policy for r in reports if r.point.policy}
        last = [rule for rule in rules if rule.code in judged][-1:]
        limits = [limit for rule in last for limit in (rule.low, rule.high) if limit is not None]
        spans = [span_of(e, window) for e in out] if judged else []
        chart = chart_of(reports, window, calendar, limits=limits, out=spans)
        found.append(Curves(unit=units.shown(unit), chart=chart))
    return tuple(found)


def _days(place: PlaceReport, window: Interval, calendar: ZoneInfo) -> list[Day]:
    found = []
    for day, part in days_of(window, calendar):
        door, defrost = (_switched(place, role, part) for role in ("door", "defrost"))
        found.append(
            Day(
                day=day,
                points=tuple(_figures(r, part) for r in place.points),
                door_s=door.on_s if door.known_s else None,
                door_times=door.times,
                defrost_s=defrost.on_s if defrost.known_s else None,
            )
        )
    return found


def _switched(place: PlaceReport, role: str, day: Interval) -> SwitchTime:
    """All switches of a role together."""
    each = [courses.switched(s.course, s.point, day) for s in place.switches if s.point.role == role]
    return SwitchTime(sum(s.on_s for s in each), sum(s.times for s in each), sum(s.known_s for s in each))


def _figures(report: PointReport, day: Interval) -> Figures:
    part = Interval(max(day.start_us, report.window.start_us), min(day.end_us, report.window.end_us))
    return courses.figures(
        report.course, report.point, part if part.length_us else Interval(day.start_us, day.start_us)
    )


def days_of(window: Interval, calendar: ZoneInfo) -> list[tuple[date, Interval]]:
    """The days of a calendar that a window has a part of; a day is as long as the zone's clocks make it."""
    found: list[tuple[date, Interval]] = []
    day = from_us(window.start_us).astimezone(calendar).date()
    while True:
        begins = datetime(day.year, day.month, day.day, tzinfo=calendar)
        following = day + timedelta(days=1)
        ends = datetime(following.year, following.month, following.day, tzinfo=calendar)
        whole = courses.window_of(begins, ends)
        if whole.start_us >= window.end_us:
            return found
        found.append((day, Interval(max(whole.start_us, window.start_us), min(whole.end_us, window.end_us))))
        day = following


async def _excursions(work: Work, zone: Zone, start: datetime, end: datetime) -> list[ExcursionRow]:
    here = await excursions.excursions(work, zone_id=zone.id, limit=_MOST)
    found = [e for e in here if e.started_at < end and (e.ended_at is None or e.ended_at > start)]
    ids = [e.id for e in found]
    filed, exposed = await episodes.of_excursions(work, ids), await excursions.lots_of(work, ids)
    drafted = await deviations.of_excursions(work, ids)
    return [
        _excursion_row(
            e,
            [f for f in filed if f.excursion_id == e.id and f.withdrawn_at is None],
            sum(row.excursion_id == e.id for row in exposed),
            drafted[e.id].number if e.id in drafted else "",
        )
        for e in sorted(found, key=lambda e: e.started_at)
    ]


def _excursion_row(excursion: Excursion, filed: Sequence[Episode], lots: int, deviation: str) -> ExcursionRow:
    """The episode that lasted longest speaks for the room."""
    longest = max(filed, key=lambda e: e.known_s + e.unknown_s, default=None)
    return ExcursionRow(
        number=excursion.number,
        status=excursion.status,
        started_at=excursion.started_at,
        ended_at=excursion.ended_at,
        peak=longest.peak if longest else None,
        known_s=longest.known_s if longest else 0.0,
        unknown_s=longest.unknown_s if longest else 0.0,
        lots=lots,
        deviation=deviation,
    )


async def judged_zones(work: Work) -> list[Subject]:
    """Every zone that a policy judges."""
    return [
        Subject(key=zone.code, name_en=zone.name_en, name_zh=zone.name_zh)
        for zone in await plant.zones(work)
        if zone.policy is not None
    ]


KIND = Kind(
    code="room",
    title=N_("Room report"),
    template="reports/room.html",
    template_version=1,
    span=Span.MONTH,
    gather=gather,
    subjects=judged_zones,
    monthly=judged_zones,
)
