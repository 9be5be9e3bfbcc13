"""What rests on an instrument between two calibrations: weighings, captured steps of batches, uses of a gauge.

Where a calibration found it beyond its tolerance, this is the list that quality assurance goes through; the readings,
episodes and lots of a sensor stand in its look-back (`mes.sensors.look_backs`), of which this takes the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mes.batches import resting as batches
from mes.gauges import service
from mes.gauges.model import Gauge, GaugeUse
from mes.materials import weighed
from mes.plant import service as plant
from mes.sensors import certificates, instruments
from mes.sensors.model import Certificate, last_good
from telemetry.work import Work

_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """One thing that was measured, and where it stands."""

    kind: str  # weighing, capture, or the record's type of a use
    label: str
    href: str  # page of the record; empty: none
    batch: str  # number; empty: of none
    value: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What is in doubt. [start, end); start None: no calibration before was good, so all of it."""

    paper: Certificate
    good: Certificate | None
    start: datetime | None
    end: datetime
    found: tuple[Resting, ...]


async def impacts(work: Work, gauge: Gauge) -> list[Impact]:
    """For each calibration that found it beyond tolerance: exactly what rests on it, the newest calibration first."""
    papers = await certificates.certificates(work, [gauge.instrument_id])
    failed = [each for each in papers if not each.was_found_good and not each.successor_signed]
    return [await _impact(work, gauge, each, papers) for each in reversed(failed)]


async def _impact(work: Work, gauge: Gauge, paper: Certificate, papers: Iterable[Certificate]) -> Impact:
    """From the day of the last good calibration to the end of the day on which it was found, or to now, with now."""
    good = last_good(papers, paper.calibrated_on)
    start = await _midnight(work, good.calibrated_on) if good else None
    end = min(await _midnight(work, paper.calibrated_on + timedelta(days=1)), work.now + _A_MOMENT)
    found = await resting(work, gauge, start, end)
    return Impact(paper=paper, good=good, start=start, end=end, found=tuple(found))


async def resting(work: Work, gauge: Gauge, start: datetime | None, end: datetime) -> list[Resting]:
    """All that was measured with it in [start, end), oldest first."""
    found = [_used(each, gauge) for each in await service.uses(work, gauge.id, start=start, end=end)]
    for stay in await instruments.installations(work, instrument_id=gauge.instrument_id):
        a, b = max(stay.from_time, start or stay.from_time), min(stay.to_time or end, end)
        if a < b:
            found += await _at_point(work, stay.point_id, a, b)
    return sorted(found, key=lambda each: (each.at, each.label))


def _used(use: GaugeUse, gauge: Gauge) -> Resting:
    return Resting(
        kind=use.record_type,
        label=use.label,
        href=_page(use.record_type, use.record_id),
        batch="",
        value="" if use.value is None else f"{use.value.normalize():f} {gauge.unit}",
        at=use.used_at,
        by=use.actor,
    )


async def _at_point(work: Work, point_id: int, start: datetime, end: datetime) -> list[Resting]:
    weighings = [
        Resting(kind="weighing", label=w.number, href=f"/dispensing/{w.id}", batch=w.batch, at=w.weighed_at,
                by=w.weighed_by, value="" if w.net is None else f"{w.net.normalize():f}")
        for w in await weighed.weighed_at(work, point_id, start, end)
    ]  # fmt: skip
    captures = [
        Resting(kind="capture", label=f"{c.operation} / {c.step}", href=f"/batches/{c.batch_id}", batch=c.batch,
                at=c.window_end, by=c.taken_by, value="" if c.mean is None else f"{c.mean:.4g} {c.unit}")
        for c in await batches.captures_at(work, point_id, start, end)
    ]  # fmt: skip
    return weighings + captures


def _page(record_type: str, record_id: str) -> str:
    pages = {"round": "/rounds/{}/report", "batch": "/batches/{}", "maintenance_order": "/maintenance/{}"}
    return pages.get(record_type, "").format(record_id)


async def _midnight(work: Work, day: date) -> datetime:
    return datetime.combine(day, time(), await plant.time_zone(work))
