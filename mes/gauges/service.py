"""The register of gauges: added, taken out of service, and used only while they are calibrated.

A calibration itself is never refused to a gauge that is overdue: it is what makes it good again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.gauges.model import Gauge, GaugeKind, GaugeStatus, GaugeUse, unfit
from mes.sensors import certificates, instruments
from mes.sensors import service as sensors
from mes.sensors.model import CalibrationState, Certificate, state_of
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ENTITY = "gauge"
NO_POINT = 0
"""In a calibration's state, of an instrument that is asked for by itself."""


class GaugeNotFound(NotFound):
    """There is no such gauge."""


class GaugeKnown(Conflict):
    """This gauge is in the register already."""


class GaugeUnsound(Invalid):
    """A gauge has a name in both languages, an interval of 1 to 120 months, and a range that makes sense."""


class GaugeReasonMissing(Invalid):
    """Say why its status changes."""


async def register(
    work: Work,
    *,
    serial: str,
    kind: GaugeKind,
    name_en: str,
    name_zh: str,
    interval_months: int,
    unit: str,
    model: str = "",
    place: str = "",
    low: Decimal | None = None,
    high: Decimal | None = None,
) -> Gauge:
    """Take a gauge into the register; its instrument may be on record already.

    Raises SerialMissing, GaugeKnown, GaugeUnsound.
    """
    is_range = low is None or high is None or low <= high
    if not (name_en.strip() and name_zh.strip() and 1 <= interval_months <= 120 and is_range):
        raise GaugeUnsound(serial=serial)
    known = await instruments.instrument_with(work, serial) if serial.strip() else None
    instrument = known or await instruments.register(work, serial=serial, model=model, unit=unit)
    said = {"kind": GaugeKind(kind), "name_en": name_en.strip(), "name_zh": name_zh.strip(), "place": place.strip()}
    facts = said | {"low": low, "high": high, "interval_months": interval_months, "instrument_id": instrument.id}
    made = await work.scalar(SQL["add"], **facts)
    if made is None:
        raise GaugeKnown(serial=serial)
    work.audit(f"{ENTITY}.register", ENTITY, made, after=facts | {"serial": instrument.serial})
    return await gauge(work, int(made))


async def gauges(work: Work) -> list[Gauge]:
    """All of them, by serial number."""
    return await work.all(SQL["gauges"], Gauge, id=None, serial=None)


async def gauge(work: Work, gauge_id: int) -> Gauge:
    """One. Raises GaugeNotFound."""
    found = await work.one(SQL["gauges"], Gauge, id=gauge_id, serial=None)
    if found is None:
        raise GaugeNotFound(gauge_id=gauge_id)
    return found


async def gauge_with(work: Work, serial: str) -> Gauge:
    """The one with a serial number, as it is engraved. Raises GaugeNotFound."""
    found = await work.one(SQL["gauges"], Gauge, id=None, serial=serial.strip())
    if found is None:
        raise GaugeNotFound(serial=serial.strip())
    return found


async def standing(work: Work, some: Iterable[Gauge], at: datetime) -> Mapping[int, CalibrationState]:
    """By gauge: what could be said of its calibration at a moment, by what is known now."""
    chosen = list(some)
    ids = {each.instrument_id for each in chosen}
    served = {each.id: each for each in await instruments.instruments(work, ids)}
    known: dict[int, list[Certificate]] = {}
    for paper in await certificates.certificates(work, ids):
        known.setdefault(paper.instrument_id, []).append(paper)
    on = await sensors.day(work, at)
    return {
        each.id: state_of(NO_POINT, served[each.instrument_id], known.get(each.instrument_id, ()), on)
        for each in chosen
    }


async def set_status(work: Work, gauge_id: int, status: GaugeStatus, *, reason: str, version: int) -> Gauge:
    """Out of service, lost, found again. Raises GaugeNotFound, StaleVersion, GaugeReasonMissing."""
    found, now = await gauge(work, gauge_id), await work.scalar(SQL["lock"], id=gauge_id)
    if now != version:
        raise StaleVersion(ENTITY, gauge_id, yours=version, current=int(now))
    if not reason.strip():
        raise GaugeReasonMissing
    await work.run(SQL["set_status"], id=gauge_id, status=status, reason=reason.strip())
    told = {"before": {"status": found.status}, "after": {"status": status}, "reason": reason.strip()}
    work.audit(f"{ENTITY}.status", ENTITY, gauge_id, **told)  # type: ignore[arg-type]
    return await gauge(work, gauge_id)


async def measure(
    work: Work,
    gauge_id: int,
    *,
    record_type: str,
    record_id: object,
    label: str,
    value: Decimal | None = None,
    used_at: datetime | None = None,
) -> GaugeUse:
    """Say that something was measured with it. Raises GaugeNotFound, Refused with every reason against it."""
    at = used_at or work.now
    found = await gauge(work, gauge_id)
    state = (await standing(work, [found], at))[gauge_id]
    if against := unfit(found, state, value):
        raise Refused(ENTITY, gauge_id, "measure", against, serial=found.serial)
    said = {"record_type": record_type, "record_id": str(record_id), "label": label.strip(), "value": value}
    made = await work.scalar(SQL["add_use"], gauge_id=gauge_id, **said, used_at=at, now=work.now, actor=work.actor)
    work.audit(f"{ENTITY}.measure", ENTITY, gauge_id, after=said | {"used_at": at})
    return next(each for each in await uses(work, gauge_id) if each.id == made)


async def uses(
    work: Work, gauge_id: int, *, start: datetime | None = None, end: datetime | None = None, limit: int = 10_000
) -> list[GaugeUse]:
    """What was measured with it in [start, end), newest first."""
    return await work.all(SQL["uses"], GaugeUse, gauge_id=gauge_id, start=start, end=end, limit=limit)
