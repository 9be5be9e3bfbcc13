"""The report of a trip: the record that receiving judged, the curve of the way, and what was signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.charts import Chart
from dashboards.language import N_
from dashboards.reports import course as courses
from dashboards.reports.excursion import SignatureRow
from dashboards.reports.place import PlaceReport, look
from dashboards.reports.registry import Asked, Kind, Span, Subject
from dashboards.reports.tables import GapRow, chart_of, gap_rows
from dashboards.reports.trail import TrailRow, trail_row
from mes.alarms import history
from mes.audit import service as audit
from mes.people import service as people
from mes.plant import service as plant
from mes.trips import service as trips
from mes.trips.model import Trip, TripRecord
from mes.trips.rows import RecordNotFound, TripNotFound
from models.interval import Interval
from telemetry import units
from telemetry.clock import to_us
from telemetry.work import Work

_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TripContent:
    """What the report says."""

    number: str
    status: str
    vehicle_en: str
    vehicle_zh: str
    planned_departure: datetime
    planned_arrival: datetime
    loading_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    precooled: Mapping[str, Any] | None
    record: Mapping[str, Any]
    record_version: int
    record_made_at: datetime
    record_sha256: str
    is_judged: bool  # receiving signed this version
    chart: Chart | None
    unit: str
    gaps: tuple[GapRow, ...]
    signatures: tuple[SignatureRow, ...]
    trail: tuple[TrailRow, ...]


async def gather(work: Work, asked: Asked) -> TripContent:
    """Raises TripNotFound, RecordNotFound before the arrival."""
    found = await _named(work, asked.subject)
    records = await trips.records(work, found.id)
    if not records:
        raise RecordNotFound(number=found.number)
    record, vehicle = records[-1], await plant.zone(work, found.zone_id)
    shown, place = await _place(work, found.zone_id, record)
    return TripContent(
        number=found.number,
        status=found.status,
        vehicle_en=vehicle.name_en,
        vehicle_zh=vehicle.name_zh,
        planned_departure=found.planned_departure,
        planned_arrival=found.planned_arrival,
        loading_at=found.loading_at,
        departed_at=found.departed_at,
        arrived_at=found.arrived_at,
        precooled=found.precooled,
        record=record.content,
        record_version=record.version,
        record_made_at=record.made_at,
        record_sha256=record.sha256,
        is_judged=found.judged_record == record.version,
        chart=await _chart(work, place, record, shown),
        unit=next((units.shown(r.point.unit) for r in place.points if r.point.policy), ""),
        gaps=gap_rows(r for r in place.points if r.point.policy),
        signatures=tuple(
            SignatureRow(**{name: getattr(s, name) for name in SignatureRow.__slots__})
            for s in await people.signatures_of(work, "trip", found.id)
        ),
        trail=tuple(
            trail_row(entry)
            for entry in reversed(await audit.entries(work, entity="trip", entity_id=found.id, limit=500))
        ),
    )


async def _place(work: Work, zone_id: int, record: TripRecord) -> tuple[Interval, PlaceReport]:
    """The vehicle over the time of a record."""
    shown = courses.window_of(record.from_time, record.to_time)
    return shown, await look(work, zone_id, shown, await history.touching(work, record.from_time, record.to_time))


async def record_gaps(work: Work, zone_id: int, record: TripRecord) -> tuple[GapRow, ...]:
    """Times of a record in which nothing was known of a judged point, each with its causes."""
    _, place = await _place(work, zone_id, record)
    return gap_rows(r for r in place.points if r.point.policy)


async def _named(work: Work, number: str) -> Trip:
    found = next((trip for trip in await trips.trips(work, limit=_MOST) if trip.number == number), None)
    if found is None:
        raise TripNotFound(number=number)
    return found


async def _chart(work: Work, place: PlaceReport, record: TripRecord, shown: Interval) -> Chart | None:
    points = record.content["points"]
    return chart_of(
        [r for r in place.points if r.point.policy],
        shown,
        await plant.time_zone(work),
        limits=[limit for each in points for limit in (each["low"], each["high"]) if limit is not None],
        out=[_span(episode, shown) for each in points for episode in each["episodes"]],
    )


def _span(episode: Mapping[str, Any], shown: Interval) -> Interval:
    start, end = (datetime.fromisoformat(episode[side]) if episode[side] else None for side in ("start", "end"))
    return Interval(to_us(start) if start else shown.start_us, to_us(end) if end else shown.end_us)


async def subjects(work: Work) -> list[Subject]:
    """The newest trips that have a record."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    return [
        Subject(
            key=trip.number,
            name_en=f"{trip.number}, {zones[trip.zone_id].name_en}" if trip.zone_id in zones else trip.number,
            name_zh=f"{trip.number}，{zones[trip.zone_id].name_zh}" if trip.zone_id in zones else trip.number,
        )
        for trip in await trips.trips(work)
        if trip.arrived_at is not None
    ]


KIND = Kind(
    code="trip",
    title=N_("Trip report"),
    template="reports/trip.html",
    template_version=3,
    span=Span.NONE,
    gather=gather,
    subjects=subjects,
)
