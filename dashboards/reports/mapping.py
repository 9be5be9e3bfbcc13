"""The report of a mapping study: plan, rules, figures of every position, gaps with their causes, tests, judgement.

Everything is computed anew from the rows that are stored; where the study is signed, the report says whether that
agrees with what was signed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.charts import Chart
from dashboards.language import N_
from dashboards.mappingplan import Plan, curves, plan, whole
from dashboards.reports.excursion import SignatureRow
from dashboards.reports.loggergaps import LoggerGap, loggers_gaps
from dashboards.reports.registry import Asked, Kind, Span, Subject
from dashboards.reports.sheet import plain
from dashboards.reports.trail import TrailRow, trail_row
from mes.audit import service as audit
from mes.mapping import studies
from mes.mapping.model import Status, Study
from mes.mapping.results import Results, Rows, as_record, results
from mes.mapping.studies import StudyNotFound
from mes.people import service as people
from mes.plant import service as plant
from models.columns import SECOND_US
from models.interval import Interval
from telemetry.clock import from_us, to_us
from telemetry.work import Work

_MOST_CURVES = 6
_MOST_TRAIL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """A position with its logger and the file that counts."""

    code: str
    role: str
    x_m: float
    y_m: float
    z_m: float
    logger: str
    certificate: str
    due_on: date | None
    error: float | None
    file_name: str
    sha256: str
    readings: int
    unread: tuple[int, ...]  # numbers of its lines that could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCurves:
    """What the telling loggers recorded during a test."""

    kind: str
    codes: tuple[str, ...]
    chart: Chart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingContent:
    """What the report says."""

    number: str
    zone_en: str
    zone_zh: str
    kind: str
    season: str
    load: str
    status: str
    sides_m: tuple[float, float, float]
    low: float | None
    high: float | None
    citation: str
    completeness: float  # known share of the steady time over all positions in the space
    record: Mapping[str, Any]  # as it is signed
    agrees: bool | None  # with what was signed; None: not signed
    explanation: str
    remap_on: date | None
    from_time: datetime | None
    to_time: datetime | None
    plan: Plan
    chart: Chart | None
    first_out: tuple[tuple[str, float] | None, ...]  # of each test: the position that was out first, after seconds
    tests: tuple[TrialCurves, ...]
    positions: tuple[PositionRow, ...]
    gaps: tuple[LoggerGap, ...]
    signatures: tuple[SignatureRow, ...]
    trail: tuple[TrailRow, ...]


async def gather(work: Work, asked: Asked) -> MappingContent:
    """Raises StudyNotFound."""
    study = await _named(work, asked.subject)
    rows, calendar = await studies.rows_of(work, study), await plant.time_zone(work)
    found, zone = results(rows), await plant.zone(work, study.zone_id)
    record = json.loads(json.dumps(plain(as_record(rows, found))))
    findings = study.findings or {}
    codes = _telling(rows, found)
    return MappingContent(
        number=study.number,
        zone_en=zone.name_en,
        zone_zh=zone.name_zh,
        kind=study.kind,
        season=study.season,
        load=study.load,
        status=study.status,
        sides_m=(rows.space.length_m, rows.space.width_m, rows.space.height_m),
        low=study.low,
        high=study.high,
        citation=rows.rules.citation,
        completeness=_known_share(rows, found),
        record=record,
        agrees=None if study.findings is None else all(findings.get(name) == said for name, said in record.items()),
        explanation=findings.get("explanation", ""),
        remap_on=study.remap_on,
        from_time=study.from_time,
        to_time=study.to_time,
        plan=plan(rows, found, by="mean"),
        chart=_chart(rows, codes, _steady(study) or whole(rows), calendar),
        first_out=tuple(each.first for each in found.tests),
        tests=_tests(rows, found, codes, calendar),
        positions=_positions(rows),
        gaps=loggers_gaps(rows),
        signatures=await _signatures(work, study),
        trail=await _trail(work, study),
    )


async def _signatures(work: Work, study: Study) -> tuple[SignatureRow, ...]:
    found = await people.signatures_of(work, "mapping_study", study.id)
    return tuple(SignatureRow(**{name: getattr(s, name) for name in SignatureRow.__slots__}) for s in found)


async def _trail(work: Work, study: Study) -> tuple[TrailRow, ...]:
    found = await audit.entries(work, entity="mapping_study", entity_id=study.id, limit=_MOST_TRAIL)
    return tuple(trail_row(entry) for entry in reversed(found))


def _known_share(rows: Rows, found: Results) -> float:
    """Of the steady time, over all positions in the space."""
    shares = [found.statistics[p.code].known_share if p.code in found.statistics else 0.0 for p in rows.inside]
    return sum(shares) / len(shares) if shares else 0.0


async def _named(work: Work, number: str) -> Study:
    found = next((each for each in await studies.studies(work) if each.number == number), None)
    if found is None:
        raise StudyNotFound(number=number)
    return found


def _steady(study: Study) -> Interval | None:
    if study.from_time is None or study.to_time is None:
        return None
    return Interval(to_us(study.from_time), to_us(study.to_time))


def _telling(rows: Rows, found: Results) -> list[str]:
    """Positions whose curves are drawn: the spots first, then as many others as there are colours for."""
    spots = [code for code in (found.hot, found.cold, *found.recommended) if code]
    return list(dict.fromkeys([*spots, *(code for code in rows.series)]))[:_MOST_CURVES]


def _chart(rows: Rows, codes: Sequence[str], window: Interval | None, calendar: ZoneInfo) -> Chart | None:
    if window is None:
        return None
    offset = from_us(window.start_us).astimezone(calendar).utcoffset()
    return curves(rows, codes, window, offset_us=int(offset.total_seconds()) * SECOND_US if offset else 0)


def _tests(rows: Rows, found: Results, codes: Sequence[str], calendar: ZoneInfo) -> tuple[TrialCurves, ...]:
    told = []
    for each in found.tests:
        first = [each.first[0]] if each.first else []
        shown = tuple(dict.fromkeys([*first, *codes]))[:_MOST_CURVES]
        span = Interval(to_us(each.test.from_time), to_us(each.test.to_time))
        told.append(TrialCurves(kind=each.test.kind, codes=shown, chart=_chart(rows, shown, span, calendar)))
    return tuple(told)


def _positions(rows: Rows) -> tuple[PositionRow, ...]:
    names = ("code", "role", "x_m", "y_m", "z_m", "logger", "certificate", "due_on", "error")
    found = []
    for each in rows.positions:
        row = PositionRow(
            **{name: getattr(each, name) for name in names}, file_name="", sha256="", readings=0, unread=()
        )
        if file := rows.series.get(each.code):
            lines = tuple(int(line["line"]) for line in file.unread)
            row = replace(row, file_name=file.file_name, sha256=file.sha256, readings=file.readings, unread=lines)
        found.append(row)
    return tuple(found)


async def subjects(work: Work) -> list[Subject]:
    """Every study, newest first; those that are signed before those in work."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    found = sorted(await studies.studies(work), key=lambda study: study.status is Status.PLANNED)
    return [
        Subject(
            key=study.number,
            name_en=f"{study.number}, {zones[study.zone_id].name_en}" if study.zone_id in zones else study.number,
            name_zh=f"{study.number}，{zones[study.zone_id].name_zh}" if study.zone_id in zones else study.number,
        )
        for study in found
    ]


KIND = Kind(
    code="mapping",
    title=N_("Mapping report"),
    template="reports/mapping.html",
    template_version=2,
    span=Span.NONE,
    gather=gather,
    subjects=subjects,
)
