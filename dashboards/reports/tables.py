"""Rows that several documents print: points with their figures, gaps with their causes, rules, alarms. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards import charts
from dashboards.charts import Chart
from dashboards.plantview import digits_of
from dashboards.reports import course as courses
from dashboards.reports.causes import Gap
from dashboards.reports.course import Figures
from dashboards.reports.place import PointReport
from mes.alarms.model import Alarm
from mes.plant.model import RuleVersion
from mes.quality.model import Episode
from models.columns import SECOND_US
from models.interval import Interval, overlap_us
from telemetry import units
from telemetry.clock import from_us, to_us


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A point and its figures over the period, or over the part of it that it stood here."""

    name: str
    name_en: str
    name_zh: str
    role: str
    unit: str
    digits: int
    judged: bool
    start: datetime
    end: datetime
    figures: Figures
    completeness: float  # known share of the time, 0 to 1
    out_known_s: float
    out_unknown_s: float  # charged as out: the worst case

    @property
    def worst_case_s(self) -> float:
        return self.out_known_s + self.out_unknown_s


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    name: str
    name_en: str
    name_zh: str
    gap: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A version of a policy that judged, with where it is written."""

    code: str
    version: int
    title_en: str
    title_zh: str
    low: float | None
    high: float | None
    delay_s: float
    deadband: float
    effective_from: datetime
    effective_to: datetime | None
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    kind: str
    priority: str
    source: str
    message_en: str
    message_zh: str
    raised_at: datetime
    detected_at: datetime
    cleared_at: datetime | None
    acked_at: datetime | None
    acked_by: str
    comment: str

    @property
    def answer_s(self) -> float | None:
        """From when the plant knew of it to its acknowledgement."""
        return (self.acked_at - self.detected_at).total_seconds() if self.acked_at else None


def point_row(report: PointReport, episodes: Iterable[Episode]) -> PointRow:
    """`episodes`: those of the policy's own limits, of any point."""
    own = [e for e in episodes if e.point_id == report.point.point_id]
    parts = [clipped(e, report.window) for e in own]
    point = report.point
    return PointRow(
        name=point.name,
        name_en=point.name_en,
        name_zh=point.name_zh,
        role=point.role,
        unit=units.shown(point.unit),
        digits=digits_of(point.resolution),
        judged=point.policy is not None,
        start=from_us(report.window.start_us),
        end=from_us(report.window.end_us),
        figures=report.figures,
        completeness=report.figures.known_share,
        out_known_s=sum(known for known, _ in parts),
        out_unknown_s=sum(unknown for _, unknown in parts),
    )


def clipped(episode: Episode, window: Interval) -> tuple[float, float]:
    """Known and unknown seconds of an episode within a window.

    What reaches over an edge of it is shared out by its length: nobody stores when within it was known.
    """
    whole = span_of(episode, window)
    if not whole.length_us:
        return 0.0, 0.0
    share = overlap_us(whole, window) / whole.length_us
    return episode.known_s * share, episode.unknown_s * share


def span_of(episode: Episode, window: Interval) -> Interval:
    """From its start to its end; one that still lasts ends with the window."""
    return Interval(to_us(episode.started_at), to_us(episode.ended_at) if episode.ended_at else window.end_us)


def gap_rows(reports: Iterable[PointReport]) -> tuple[GapRow, ...]:
    """Every gap of the points, by point and time."""
    return tuple(
        GapRow(name=r.point.name, name_en=r.point.name_en, name_zh=r.point.name_zh, gap=gap)
        for r in reports
        for gap in r.gaps
    )


def rule_row(rule: RuleVersion) -> RuleRow:
    policy = rule.policy
    cited = (policy.citation, *(level.citation for level in policy.levels), *(c.citation for c in policy.cumulative))
    return RuleRow(
        code=rule.code,
        version=rule.version,
        title_en=rule.title_en,
        title_zh=rule.title_zh,
        low=rule.low,
        high=rule.high,
        delay_s=rule.delay_s,
        deadband=rule.deadband,
        effective_from=rule.effective_from,
        effective_to=rule.effective_to,
        citations=tuple(dict.fromkeys(text for text in cited if text)),
    )


def alarm_row(alarm: Alarm) -> AlarmRow:
    return AlarmRow(
        kind=alarm.kind,
        priority=alarm.priority,
        source=alarm.source,
        message_en=alarm.message_en,
        message_zh=alarm.message_zh,
        raised_at=alarm.raised_at,
        detected_at=alarm.detected_at,
        cleared_at=alarm.cleared_at,
        acked_at=alarm.acked_at,
        acked_by=alarm.acked_by or "",
        comment=alarm.ack_comment or "",
    )


def chart_of(
    reports: Sequence[PointReport],
    window: Interval,
    zone: ZoneInfo,
    *,
    limits: Iterable[float] = (),
    out: Iterable[Interval] = (),
) -> Chart | None:
    """Curves of points of one unit on one scale; hatched where nothing is known of any judged one of them."""
    judged = [r for r in reports if r.point.policy] or list(reports)
    offset = from_us(window.start_us).astimezone(zone).utcoffset()
    return charts.draw(
        [_course(r, window) for r in reports],
        window,
        limits=limits,
        out=out,
        unknown=_common([r.holes for r in judged]),
        offset_us=int(offset.total_seconds()) * SECOND_US if offset else 0,
    )


def _common(holes: Sequence[Sequence[Interval]]) -> list[Interval]:
    """The time that all of them have."""
    found = list(holes[0]) if holes else []
    for other in holes[1:]:
        cut = (Interval(max(a.start_us, b.start_us), min(a.end_us, b.end_us)) for a in found for b in other)
        found = [part for part in cut if part.length_us]
    return found


def _course(report: PointReport, window: Interval) -> charts.Course:
    time, low, mean, high = courses.drawn(report.course, window)
    width = window.length_us // max(len(time), 1) if len(report.course) > len(time) else 0
    return charts.Course(
        name_en=report.point.name_en,
        name_zh=report.point.name_zh,
        time_us=time,
        low=low,
        mean=mean,
        high=high,
        hold_us=int(report.point.stale_s * SECOND_US) + 2 * width,
    )
