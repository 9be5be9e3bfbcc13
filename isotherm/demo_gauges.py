"""The demo plant's gauges: one is good, one is due soon, one is overdue, and one nobody has calibrated yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from isotherm.first_entry import FirstEntry
from mes.gauges import service as gauges
from mes.gauges.model import Gauge, GaugeKind
from mes.people.model import Credentials, Meaning
from mes.sensors import certificates
from mes.sensors import service as sensors
from mes.sensors.certificates import Line, Paper
from telemetry.work import Work

KEEPER = "engineer"
LABORATORY = "省计量院 Provincial metrology institute"


@dataclass(frozen=True, slots=True)
class Made:
    """A gauge as it lies in its drawer; `good_for_days`: from the start, None: nobody has calibrated it yet."""

    serial: str
    kind: GaugeKind
    name_zh: str
    name_en: str
    unit: str
    place: str
    low: str
    high: str
    tolerance: str
    good_for_days: int | None


DRAWER = (
    Made("TH-031", GaugeKind.THERMOMETER, "手持温度计", "Hand thermometer", "Cel", "C1-01", "-40", "60", "0.5", 210),
    Made("TW-102", GaugeKind.TORQUE, "扭矩扳手", "Torque wrench", "N.m", "A2-04", "0.5", "10", "0.2", 21),
    Made("PG-017", GaugeKind.PRESSURE, "压缩空气压力表", "Pressure gauge", "bar", "A2-02", "0", "10", "0.16", -6),
    Made("VC-009", GaugeKind.LENGTH, "游标卡尺", "Caliper", "mm", "A2-03", "0", "150", "0.03", None),
)


async def lay_out(work: Work, started: datetime, entries: Iterable[FirstEntry]) -> None:
    """Fill an empty register; one that has any gauge is left as it is. `started`: not after `work.now`."""
    if await gauges.gauges(work):
        return
    qa = next(entry for entry in entries if "qa" in entry.roles)
    signer = Credentials(qa.username, qa.password, "demo")
    today = await sensors.day(work, started)
    keeper = Work(KEEPER, started, work.db)
    for made in DRAWER:
        gauge = await _register(keeper, made)
        if made.good_for_days is not None:
            await _calibrate(keeper, gauge, made, today + timedelta(days=made.good_for_days), signer)
    await keeper.flush()


async def _register(work: Work, made: Made) -> Gauge:
    return await gauges.register(
        work,
        serial=made.serial,
        kind=made.kind,
        name_en=made.name_en,
        name_zh=made.name_zh,
        interval_months=12,
        unit=made.unit,
        place=made.place,
        low=Decimal(made.low),
        high=Decimal(made.high),
    )


async def _calibrate(work: Work, gauge: Gauge, made: Made, due_on: date, signer: Credentials) -> None:
    tolerance, middle = Decimal(made.tolerance), (Decimal(made.low) + Decimal(made.high)) / 2
    line = Line(middle, tolerance / 4, tolerance / 8, tolerance / 8)
    paper = Paper(
        number=f"CAL-{made.serial}",
        laboratory=LABORATORY,
        instrument_id=gauge.instrument_id,
        calibrated_on=due_on - timedelta(days=365),
        due_on=due_on,
        tolerance=tolerance,
        lines=[line],
    )
    entered, _ = await sensors.enter_certificate(work, paper)
    await certificates.sign_certificate(
        work, entered.id, credentials=signer, meaning=Meaning.REVIEWED, reason="证书已核对 as its certificate says"
    )
