"""Calibrations: what falls due, what was done in a month, and how far readings of it rest on a calibration.

The days of the period are looked at one by one: a day counts for a point if its instrument had a good calibration at
the end of that day, by what is known now. Every run of days without one is a gap, with its cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from dashboards.language import N_
from dashboards.reports import course as courses
from dashboards.reports.place import is_measured
from dashboards.reports.registry import Asked, Kind, Span, whole_plant
from dashboards.reports.room import PeriodNotBegun, days_of
from dashboards.reports.uncalibrated import Cause, Lapse, cause_of
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, Zone
from mes.sensors import certificates, instruments, look_backs
from mes.sensors import service as sensors
from mes.sensors.look_backs import LookBack
from mes.sensors.model import NOTICE_DAYS, CalibrationState, Certificate, Installation, Instrument, Standing, state_of
from telemetry import units
from telemetry.clock import from_us, to_us
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A point, what serves it at the end of the period, and what may be said of it then."""

    name: str
    name_en: str
    name_zh: str
    zone_en: str
    zone_zh: str
    unit: str
    judged: bool
    serial: str
    model: str
    standing: Standing
    certificate: str
    laboratory: str
    calibrated_on: date | None
    due_on: date | None
    days_left: int | None
    tolerance: Decimal | None
    worst_left: Decimal | None
    notice_days: tuple[int, ...]  # how long before the day people are told; empty: nothing is recorded that falls due
    days: int  # of the period
    days_good: int  # of them with a good calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRow:
    """A certificate that was entered in the period."""

    number: str
    laboratory: str
    serial: str
    calibrated_on: date
    due_on: date
    tolerance: Decimal
    worst_found: Decimal | None
    worst_left: Decimal
    was_found_good: bool
    was_left_good: bool
    is_signed: bool
    entered_at: datetime
    entered_by: str
    sha256: str  # of the scan; empty where none is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBackRow:
    number: str
    serial: str
    certificate: str
    from_time: datetime
    to_time: datetime
    opened_at: datetime
    concluded_at: datetime | None
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationContent:
    """What the report says."""

    until: datetime
    is_over: bool
    points: tuple[PointRow, ...]  # what presses comes first
    lapses: tuple[Lapse, ...]
    done: tuple[DoneRow, ...]
    look_backs: tuple[LookBackRow, ...]  # opened in the period, or open at the end of it

    @property
    def completeness(self) -> float:
        """Share of the judged points' days with a good calibration; of all points where none is judged."""
        told = [p for p in self.points if p.judged] or list(self.points)
        days = sum(p.days for p in told)
        return sum(p.days_good for p in told) / days if days else 0.0

    @property
    def notices(self) -> tuple[tuple[tuple[int, ...], int], ...]:
        """How many days before a calibration is due people are told, and of how many points that is so."""
        return tuple(Counter(p.notice_days for p in self.points if p.notice_days).most_common())

    def standing(self, *wanted: str) -> int:
        """How many points are so."""
        return sum(p.standing in wanted for p in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All that is on record of instruments, as it is looked up day by day."""

    instruments: Mapping[int, Instrument]
    stays: Mapping[int, Sequence[Installation]]  # by point
    certificates: Mapping[int, Sequence[Certificate]]  # by instrument
    notices: Mapping[int, tuple[int, ...]]  # by point, where a policy says when people are told

    def serving(self, point_id: int, at: datetime) -> Instrument | None:
        """What served a point at a moment."""
        stays = (s for s in self.stays.get(point_id, ()) if s.from_time <= at and (not s.to_time or at < s.to_time))
        found = next(stays, None)
        return self.instruments.get(found.instrument_id) if found else None

    def of(self, instrument: Instrument | None) -> Sequence[Certificate]:
        return self.certificates.get(instrument.id, ()) if instrument else ()

    def state(self, point_id: int, at: datetime, on: date) -> CalibrationState:
        """What could be said of a point at a moment of a day, by what is known now."""
        served = self.serving(point_id, at)
        return state_of(point_id, served, self.of(served), on, self.notices.get(point_id, NOTICE_DAYS))

    def cause(self, point_id: int, at: datetime, on: date) -> Cause | None:
        """Why readings of a day rest on no calibration; None: they do."""
        served = self.serving(point_id, at)
        return cause_of(self.state(point_id, at, on), self.of(served), on)


async def gather(work: Work, asked: Asked) -> CalibrationContent:
    """Raises PeriodNotBegun."""
    start, end = asked.window()
    until = min(end, work.now)
    if until <= start:
        raise PeriodNotBegun(begins=start)
    calendar = await plant.time_zone(work)
    days = [(day, from_us(part.end_us - 1)) for day, part in days_of(courses.window_of(start, until), calendar)]
    known = await plant.points(work)
    records = await _records(work, await sensors.notice_days(work, known, from_us(to_us(until) - 1)))
    zones = {zone.id: zone for zone in await plant.zones(work)}
    points = [p for p in known if is_measured(p) or p.point_id in records.stays]
    rows = [_point_row(p, zones, records, days) for p in points]
    return CalibrationContent(
        until=until,
        is_over=end <= work.now,
        points=tuple(sorted(rows, key=_pressing)),
        lapses=tuple(lapse for p in points for lapse in _lapses(p, records, days)),
        done=tuple(_done(records, start, until)),
        look_backs=tuple(await _look_backs(work, records, start, until)),
    )


async def _records(work: Work, notices: Mapping[int, tuple[int, ...]]) -> Records:
    stays: dict[int, list[Installation]] = {}
    for stay in await instruments.installations(work):
        stays.setdefault(stay.point_id, []).append(stay)
    papers: dict[int, list[Certificate]] = {}
    for paper in await certificates.certificates(work):
        papers.setdefault(paper.instrument_id, []).append(paper)
    known = {each.id: each for each in await instruments.instruments(work)}
    return Records(instruments=known, stays=stays, certificates=papers, notices=notices)


def _point_row(
    point: MeasuringPoint, zones: Mapping[int, Zone], records: Records, days: Sequence[tuple[date, datetime]]
) -> PointRow:
    on, at = days[-1]
    served, state = records.serving(point.point_id, at), records.state(point.point_id, at, on)
    paper = next((c for c in records.of(served) if c.id == state.certificate_id), None)
    zone = zones.get(point.zone_id) if point.zone_id is not None else None
    return PointRow(
        name=point.name,
        name_en=point.name_en,
        name_zh=point.name_zh,
        zone_en=zone.name_en if zone else "",
        zone_zh=zone.name_zh if zone else "",
        unit=units.shown(point.unit),
        judged=point.policy is not None,
        serial=served.serial if served else "",
        model=served.model if served else "",
        standing=state.standing,
        certificate=state.certificate or "",
        laboratory=paper.laboratory if paper else "",
        calibrated_on=paper.calibrated_on if paper else None,
        due_on=state.due_on,
        days_left=state.days_left,
        tolerance=paper.tolerance if paper else None,
        worst_left=paper.worst_left if paper else None,
        notice_days=state.notice_days if state.due_on else (),
        days=len(days),
        days_good=sum(records.cause(point.point_id, moment, day) is None for day, moment in days),
    )


def _lapses(point: MeasuringPoint, records: Records, days: Sequence[tuple[date, datetime]]) -> Iterable[Lapse]:
    """Runs of days without a good calibration for one cause."""
    told = [(day, records.cause(point.point_id, at, day)) for day, at in days]
    for cause, run in groupby(told, key=lambda each: each[1]):
        if cause is not None:
            of = [day for day, _ in run]
            names = {"name": point.name, "name_en": point.name_en, "name_zh": point.name_zh}
            yield Lapse(**names, first=of[0], last=of[-1], days=len(of), cause=cause)


def _pressing(row: PointRow) -> tuple[int, int, str]:
    order = (Standing.FAILED, Standing.OVERDUE, Standing.UNKNOWN, Standing.DUE, Standing.VALID)
    return order.index(row.standing), row.days_left if row.days_left is not None else 0, row.name


def _done(records: Records, start: datetime, until: datetime) -> list[DoneRow]:
    """Certificates entered in the period, oldest first."""
    papers = [c for each in records.certificates.values() for c in each if start <= c.entered_at < until]
    names = [name for name in DoneRow.__slots__ if name not in ("serial", "is_signed", "sha256")]
    return [
        DoneRow(
            **{name: getattr(c, name) for name in names},
            serial=_serial(records, c.instrument_id),
            is_signed=c.signature_id is not None,
            sha256=c.sha256 or "",
        )
        for c in sorted(papers, key=lambda c: (c.entered_at, c.id))
    ]


def _serial(records: Records, instrument_id: int) -> str:
    found = records.instruments.get(instrument_id)
    return found.serial if found else ""


async def _look_backs(work: Work, records: Records, start: datetime, until: datetime) -> list[LookBackRow]:
    papers = {c.id: c for each in records.certificates.values() for c in each}
    known = [each for each in await look_backs.look_backs(work) if each.opened_at < until]
    told = [each for each in known if each.opened_at >= start or _is_open(each, until)]
    return [_look_back_row(records, papers[each.certificate_id], each) for each in told]


def _is_open(found: LookBack, until: datetime) -> bool:
    return found.concluded_at is None or found.concluded_at >= until


def _look_back_row(records: Records, paper: Certificate, found: LookBack) -> LookBackRow:
    return LookBackRow(
        number=found.number,
        serial=_serial(records, paper.instrument_id),
        certificate=paper.number,
        from_time=found.from_time,
        to_time=found.to_time,
        opened_at=found.opened_at,
        concluded_at=found.concluded_at,
        conclusion=found.conclusion or "",
    )


KIND = Kind(
    code="calibration_due",
    title=N_("Calibration report"),
    template="reports/calibration.html",
    template_version=2,
    span=Span.MONTH,
    gather=gather,
    subjects=whole_plant,
    monthly=whole_plant,
)
