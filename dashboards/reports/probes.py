"""What else documents print of probes: the warmest window that an excursion touches, and the state of calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dashboards.reports import course as courses
from dashboards.reports.course import CELSIUS, Course
from dashboards.reports.place import PointReport
from mes.plant.model import RuleVersion
from mes.sensors import service as sensors
from mes.sensors.model import CalibrationState
from models.columns import SECOND_US
from models.interval import Interval
from models.kinetics import worst_window
from models.policy import KineticRule
from telemetry.clock import from_us, to_us
from telemetry.work import Work

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KineticRow:
    """The warmest window of a probe that the excursion touches."""

    name: str
    name_en: str
    name_zh: str
    role: str
    window_s: float
    start: datetime
    end: datetime
    kinetic_c: float
    completeness: float
    limit_c: float | None
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    name: str
    name_en: str
    name_zh: str
    standing: str
    serial: str
    certificate: str
    due_on: date | None


async def kinetic_rows(
    work: Work, reports: Sequence[PointReport], own: Interval, rules: Sequence[RuleVersion]
) -> list[KineticRow]:
    """Of every temperature the warmest window of the policy's length that `own` touches; of a day without a rule."""
    rule = next((r.policy.kinetic for r in rules if r.policy.kinetic), None)
    reach_us = int((rule.window_s if rule else DAY_S) * SECOND_US)
    wide = Interval(own.start_us - reach_us, min(own.end_us + reach_us, to_us(work.now)))
    told = [r for r in reports if r.point.unit == CELSIUS]
    read = await courses.read(work, [r.point for r in told], wide)
    found = (_kinetic_row(r, read.of[r.point.point_id], wide, own, rule) for r in told)
    return [row for row in found if row is not None]


def _kinetic_row(
    report: PointReport, course: Course, wide: Interval, own: Interval, rule: KineticRule | None
) -> KineticRow | None:
    warmest = worst_window(
        course.time_us,
        course.mean,
        course.quality,
        window_s=rule.window_s if rule else DAY_S,
        stale_s=report.point.stale_s,
        from_us=wide.start_us,
        until_us=wide.end_us,
        touching=own,
    )
    if warmest is None:
        return None
    known, unknown = warmest.mean.known_s, warmest.mean.unknown_s
    return KineticRow(
        name=report.point.name,
        name_en=report.point.name_en,
        name_zh=report.point.name_zh,
        role=report.point.role,
        window_s=rule.window_s if rule else DAY_S,
        start=from_us(warmest.from_us),
        end=from_us(warmest.until_us),
        kinetic_c=warmest.mean.kinetic_c,
        completeness=known / (known + unknown) if known else 0.0,
        limit_c=rule.limit_c if rule else None,
        citation=rule.citation if rule else "",
    )


async def calibration_rows(work: Work, reports: Sequence[PointReport], at: datetime) -> list[CalibrationRow]:
    """What could be said of each probe's calibration at a moment."""
    states = await sensors.calibration_of(work, [r.point.point_id for r in reports], at)
    return [_calibration_row(r, states[r.point.point_id]) for r in reports]


def _calibration_row(report: PointReport, state: CalibrationState) -> CalibrationRow:
    return CalibrationRow(
        name=report.point.name,
        name_en=report.point.name_en,
        name_zh=report.point.name_zh,
        standing=state.standing,
        serial=state.serial or "",
        certificate=state.certificate or "",
        due_on=state.due_on,
    )
