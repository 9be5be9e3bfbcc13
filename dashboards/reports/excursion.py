"""The report of an excursion: what happened to a place, what rests on it, and what people decided and signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboards.charts import Chart
from dashboards.language import N_
from dashboards.reports import course as courses
from dashboards.reports.advice import Advice, advice_on
from dashboards.reports.place import PlaceReport, PointReport, look
from dashboards.reports.probes import CalibrationRow, KineticRow, calibration_rows, kinetic_rows
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
from dashboards.reports.trail import TrailRow, trail_row
from mes.alarms import history
from mes.audit import service as audit
from mes.plant import service as plant
from mes.plant.model import RuleVersion
from mes.quality import excursions
from mes.quality.excursions import ExcursionNotFound
from mes.quality.model import Deviation, Excursion
from mes.quality.views import EpisodeView, ExcursionView, LotView, excursion_view
from models.interval import Interval
from models.policy import Level
from telemetry import units
from telemetry.clock import from_us
from telemetry.work import Work

AROUND = timedelta(minutes=30)
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    name: str
    name_en: str
    name_zh: str
    unit: str
    level: str
    side: str
    limit: float | None
    started_at: datetime
    ended_at: datetime | None
    raised_at: datetime | None
    peak: float
    peak_at: datetime
    known_s: float
    unknown_s: float
    rule: str  # code@version
    late: bool
    withdrawn_at: datetime | None

    @property
    def worst_case_s(self) -> float:
        return self.known_s + self.unknown_s


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    number: str
    item_en: str
    item_zh: str
    quality_status: str
    exposed_from: datetime
    exposed_to: datetime | None
    exposure_s: float
    disposition: str
    reason: str
    decided_by: str
    decided_at: datetime | None
    on_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    printed_name: str
    role: str
    meaning: str
    reason: str
    signed_at: datetime
    content_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionContent:
    """What the report says."""

    number: str
    zone: str
    condition: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    opened_at: datetime
    late: bool
    acknowledged_by: str
    acknowledged_at: datetime | None
    chart: Chart | None
    unit: str
    points: tuple[PointRow, ...]
    episodes: tuple[EpisodeRow, ...]
    kinetic: tuple[KineticRow, ...]
    advice: Advice | None
    calibration: tuple[CalibrationRow, ...]
    lots: tuple[LotRow, ...]
    alarms: tuple[AlarmRow, ...]
    gaps: tuple[GapRow, ...]
    rules: tuple[RuleRow, ...]
    deviation: str
    deviation_status: str
    order: str
    evidence: Mapping[str, Any] | None
    signatures: tuple[SignatureRow, ...]
    trail: tuple[TrailRow, ...]

    @property
    def completeness(self) -> float:
        """Of the judged probes over the excursion."""
        told = [p for p in self.points if p.judged]
        whole = sum(p.figures.known_s + p.figures.unknown_s for p in told)
        return sum(p.figures.known_s for p in told) / whole if whole else 0.0


async def gather(work: Work, asked: Asked) -> ExcursionContent:
    """Raises ExcursionNotFound."""
    view = await excursion_view(work, (await _named(work, asked.subject)).id)
    found = view.excursion
    end = found.ended_at or work.now
    shown = courses.window_of(found.started_at - AROUND, min(end + AROUND, work.now))
    own = courses.window_of(found.started_at, end)
    alarms = await history.touching(work, from_us(shown.start_us), from_us(shown.end_us))
    place = await look(work, found.zone_id, shown, alarms)
    rules = _rules(view)
    return ExcursionContent(
        number=found.number,
        zone=view.zone.code,
        condition=found.condition,
        status=found.status,
        started_at=found.started_at,
        ended_at=found.ended_at,
        opened_at=found.opened_at,
        late=found.late,
        acknowledged_by=found.acknowledged_by or "",
        acknowledged_at=found.acknowledged_at,
        chart=await _chart(work, view, place, shown, rules),
        unit=_unit(place),
        points=tuple(_over(own, r, view) for r in place.points),
        episodes=tuple(_episode_row(e) for e in view.episodes),
        kinetic=tuple(await kinetic_rows(work, place.points, own, rules)),
        advice=await advice_on(work, found.id),
        calibration=tuple(await calibration_rows(work, place.points, found.started_at)),
        lots=tuple(_lot_row(row) for row in view.lots),
        alarms=tuple(alarm_row(a) for a in view.alarms),
        gaps=gap_rows(place.points),
        rules=tuple(rule_row(rule) for rule in rules),
        deviation=view.deviation.number if view.deviation else "",
        deviation_status=_status_of(view.deviation),
        order=view.order.order.number if view.order else "",
        evidence=found.evidence,
        signatures=tuple(
            SignatureRow(**{name: getattr(s, name) for name in SignatureRow.__slots__}) for s in view.signatures
        ),
        trail=await _trail(work, found.id),
    )


async def _trail(work: Work, excursion_id: int) -> tuple[TrailRow, ...]:
    """Oldest first."""
    entries = await audit.entries(work, entity="excursion", entity_id=excursion_id, limit=500)
    return tuple(trail_row(entry) for entry in reversed(entries))


async def _named(work: Work, number: str) -> Excursion:
    found = next((e for e in await excursions.excursions(work, limit=_MOST) if e.number == number), None)
    if found is None:
        raise ExcursionNotFound(number=number)
    return found


def _status_of(deviation: Deviation | None) -> str:
    return deviation.status if deviation else ""


def _rules(view: ExcursionView) -> list[RuleVersion]:
    """Each version that judged it, once."""
    return list({e.rule.id: e.rule for e in view.episodes}.values())


def _unit(place: PlaceReport) -> str:
    return next((units.shown(r.point.unit) for r in place.points if r.point.policy), "")


async def _chart(
    work: Work, view: ExcursionView, place: PlaceReport, shown: Interval, rules: Sequence[RuleVersion]
) -> Chart | None:
    """The judged probes, and those of the product beside them."""
    judged = {r.point.unit for r in place.points if r.point.policy}
    return chart_of(
        [r for r in place.points if r.point.unit in judged],
        shown,
        await plant.time_zone(work),
        limits=[limit for rule in rules for limit in (rule.low, rule.high) if limit is not None],
        out=[span_of(e.episode, shown) for e in _standing(view)],
    )


def _standing(view: ExcursionView) -> list[EpisodeView]:
    return [e for e in view.episodes if e.episode.withdrawn_at is None and e.episode.level is Level.ALARM]


def _over(own: Interval, report: PointReport, view: ExcursionView) -> PointRow:
    """A point over the excursion itself, not over all that the chart shows."""
    part = Interval(max(own.start_us, report.window.start_us), min(own.end_us, report.window.end_us))
    over = PointReport(
        point=report.point,
        window=part,
        course=report.course,
        figures=courses.figures(report.course, report.point, part),
        gaps=report.gaps,
    )
    return point_row(over, [e.episode for e in _standing(view)])


def _episode_row(view: EpisodeView) -> EpisodeRow:
    e = view.episode
    return EpisodeRow(
        name=view.point.name,
        name_en=view.point.name_en,
        name_zh=view.point.name_zh,
        unit=units.shown(view.point.unit),
        level=e.level,
        side=e.side,
        limit=view.limit,
        started_at=e.started_at,
        ended_at=e.ended_at,
        raised_at=e.raised_at,
        peak=e.peak,
        peak_at=e.peak_at,
        known_s=e.known_s,
        unknown_s=e.unknown_s,
        rule=f"{view.rule.code}@{view.rule.version}",
        late=e.late,
        withdrawn_at=e.withdrawn_at,
    )


def _lot_row(row: LotView) -> LotRow:
    return LotRow(
        number=row.lot.number,
        item_en=row.lot.item_en,
        item_zh=row.lot.item_zh,
        quality_status=row.lot.quality_status,
        exposed_from=row.exposed.exposed_from,
        exposed_to=row.exposed.exposed_to,
        exposure_s=row.exposure_s,
        disposition=row.exposed.disposition or "",
        reason=row.exposed.reason or "",
        decided_by=row.exposed.decided_by or "",
        decided_at=row.exposed.decided_at,
        on_hold=any(hold.active for hold in row.holds),
    )


async def subjects(work: Work) -> list[Subject]:
    """The newest excursions."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    found = await excursions.excursions(work)
    return [
        Subject(
            key=e.number,
            name_en=f"{e.number}, {zones[e.zone_id].name_en}" if e.zone_id in zones else e.number,
            name_zh=f"{e.number}，{zones[e.zone_id].name_zh}" if e.zone_id in zones else e.number,
        )
        for e in found
    ]


KIND = Kind(
    code="excursion",
    title=N_("Excursion report"),
    template="reports/excursion.html",
    template_version=3,
    span=Span.NONE,
    gather=gather,
    subjects=subjects,
)
