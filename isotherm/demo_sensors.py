"""The demo plant's sensors: certificates (one soon due, one overdue), spaces, and one signed mapping study.

What the study's loggers recorded is made by a simple model of a room: warmer above and at the door, colder at the
outlet, a compressor's cycle, a defrost every twelve hours, and three hours without power.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from math import exp, hypot, pi, sin

from isotherm.first_entry import FirstEntry
from mes.mapping import service as mapping
from mes.mapping import spaces, studies
from mes.mapping.model import Hanging, Load, Season, SpaceKind, StudyKind, TrialKind
from mes.mapping.studies import Logger
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.sensors import certificates, instruments
from mes.sensors import service as sensors
from mes.sensors.certificates import Line, Paper
from models.mapping import Position, Role, Space, Spot
from telemetry.work import Work

LABORATORY = "Demo metrology institute (fictitious)"
REASON = "opening records of the demo plant"
DUE_IN_DAYS = {"hainan/cold-store/cold-room-1/product": 20, "hainan/cold-store/freezer-1/product": -15}
"""All others are good for most of a year."""
DOOR, FAN, DEAD = (
    Spot(role=Role.DOOR, x_m=0, y_m=2, z_m=1),
    Spot(role=Role.FAN, x_m=5.9, y_m=2, z_m=2.4),
    Spot(role=Role.DEAD, x_m=5.9, y_m=3.9, z_m=0.1),
)
SPACES = {
    "cold-room-1": (SpaceKind.COLD, Space(length_m=12, width_m=9, height_m=3.5)),
    "cold-room-2": (SpaceKind.COLD, Space(length_m=6, width_m=4, height_m=2.8, spots=(DOOR, FAN, DEAD))),
    "freezer-1": (SpaceKind.COLD, Space(length_m=4, width_m=3, height_m=2.5)),
    "truck-1": (SpaceKind.VEHICLE, Space(length_m=4.2, width_m=2, height_m=2)),
    "truck-2": (SpaceKind.VEHICLE, Space(length_m=4.2, width_m=2, height_m=2)),
}
LINE = "hainan/filling/line-1/"
SCALE = "hainan/filling/scale-1/weight"
MAPPED = "cold-room-2"
STEP = timedelta(minutes=5)
STEADY, WITHOUT_POWER = timedelta(hours=50), timedelta(hours=3)
AMBIENT_C, TAU_MIN = 27.0, 150.0


@dataclass(frozen=True, slots=True)
class Made:
    """What a sensor is, how far it may be off, and what its last calibration found: applied value and error."""

    model: str
    tolerance: str
    found: tuple[tuple[str, str], ...]


AIR = Made("Pt100, class A", "0.5", (("0", "0.1"), ("5", "0.1"), ("10", "0.2")))
ON_THE_LINE = {
    "room-temperature": Made("Pt100, class A", "0.5", (("15", "0.1"), ("20", "0.1"), ("30", "0.2"))),
    "room-humidity": Made("Capacitive humidity probe", "3", (("30", "0.5"), ("50", "0.6"), ("70", "0.9"))),
    "room-pressure": Made("Differential pressure transmitter", "1", (("0", "0.1"), ("15", "0.1"), ("25", "0.2"))),
    "fill-weight": Made("Load cell, 10 g", "0.02", (("2", "0.001"), ("3", "0.002"), ("5", "0.003"))),
    "torque": Made("Torque transducer, 10 N·m", "0.1", (("1", "0.01"), ("3", "0.02"), ("5", "0.02"))),
}
"""What batches capture on the line, by measure."""
BENCH_SCALE = Made("Bench scale, 6.2 kg, d = 0.1 g", "0.5", (("500", "0"), ("2000", "0.1"), ("6000", "0.1")))


async def calibrate_demo(work: Work, started: datetime, entries: Sequence[FirstEntry]) -> None:
    """Fill an empty plant with sensors, spaces and a study; a plant that has any instrument is left as it is."""
    if await instruments.instruments(work):
        return
    qa = next(entry for entry in entries if "qa" in entry.roles)
    signer = Credentials(qa.username, qa.password, "demo")
    points = [(point, made) for point in await plant.points(work) if (made := _made(point))]
    for n, (point, made) in enumerate(points, 1):
        await _calibrate(work, point, made, f"PT-{2400 + n}", started, signer)
    for code, (kind, space) in SPACES.items():
        zone = await plant.zone_named(work, code)
        await spaces.record_space(work, zone.id, kind, space, reason=REASON)
    await _map(work, started - timedelta(days=40), signer)


def _made(point: MeasuringPoint) -> Made | None:
    """What hangs at a point, if it is one that somebody calibrates."""
    if point.name == SCALE:
        return BENCH_SCALE
    if point.name.startswith(LINE):
        return ON_THE_LINE.get(point.name.removeprefix(LINE))
    return AIR if point.unit == "Cel" and point.role in {"air", "product"} and point.zone_id else None


async def _calibrate(
    work: Work, point: MeasuringPoint, sensor: Made, serial: str, started: datetime, signer: Credentials
) -> None:
    """A sensor that serves its point for a year and more, with the certificate of its last calibration."""
    made = await instruments.register(work, serial=serial, model=sensor.model, unit=point.unit)
    since = started - timedelta(days=400)
    await instruments.install(work, made.id, point.point_id, reason=REASON, at=since)
    today = await sensors.day(work, started)
    due = today + timedelta(days=DUE_IN_DAYS.get(point.name, 240))
    paper = Paper(
        number=f"CAL-{serial}",
        laboratory=LABORATORY,
        instrument_id=made.id,
        calibrated_on=due - timedelta(days=365),
        due_on=due,
        tolerance=Decimal(sensor.tolerance),
        lines=[_line(applied, error, Decimal(sensor.tolerance) / 8) for applied, error in sensor.found],
    )
    entered, _ = await sensors.enter_certificate(work, paper)
    await certificates.sign_certificate(work, entered.id, credentials=signer, meaning=Meaning.REVIEWED, reason=REASON)


def _line(applied: str, error: str, uncertainty: Decimal) -> Line:
    return Line(Decimal(applied), Decimal(error), Decimal(error), uncertainty)


async def _map(work: Work, began: datetime, signer: Credentials) -> None:
    """The study that was made before the room was taken into use."""
    zone = await plant.zone_named(work, MAPPED)
    season = Season.HOT if began.month in range(5, 10) else Season.BETWEEN
    study = await studies.plan_study(
        work, zone.id, rules="gsp_cn", kind=StudyKind.BEFORE_USE, season=season, load=Load.EMPTY, low=2, high=8
    )
    await studies.put_positions(work, study.id, await _plan(work, study.id, began), version=study.version)
    for each in await studies.positions(work, study.id):
        content = _file(each, began, await plant.time_zone(work))
        await studies.import_series(work, study.id, each.code, f"{each.logger}.csv", content)
    off = began + STEADY
    latest = await studies.study(work, study.id)
    await studies.set_window(work, study.id, began, off, version=latest.version)
    await studies.record_test(
        work, study.id, TrialKind.POWER_FAIL, start=off, end=off + WITHOUT_POWER, note="Mains switched off at the panel"
    )
    latest = await studies.study(work, study.id)
    await mapping.judge_study(
        work,
        study.id,
        "approve",
        version=latest.version,
        explanation="",
        remap_on=(began + timedelta(days=365)).date(),
        credentials=signer,
        meaning=Meaning.APPROVED,
        reason=REASON,
    )


async def _plan(work: Work, study_id: int, began: datetime) -> list[tuple[Position, Logger]]:
    good_until = (began + timedelta(days=300)).date()
    inside = [each.position for each in await studies.positions(work, study_id)]
    outside = Position(code="A1", role=Role.AMBIENT, x_m=-1, y_m=2, z_m=1)
    return [
        (position, Logger(serial=f"LG-{n:03d}", certificate=f"CAL-LG-{n:03d}", due_on=good_until, error=0.2))
        for n, position in enumerate([*inside, outside], 1)
    ]


def _file(hanging: Hanging, began: datetime, zone: tzinfo) -> bytes:
    """A logger's file, in the plant's own time."""
    rows = ["time,temperature (°C)"]
    for n in range((STEADY + WITHOUT_POWER) // STEP + 1):
        at = began + n * STEP
        rows.append(f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S},{_shown_c(hanging, n):.2f}")
    return "\n".join(rows).encode()


def _shown_c(hanging: Hanging, n: int) -> float:
    """What hangs there shows after n steps."""
    minutes, off = n * STEP / timedelta(minutes=1), STEADY / timedelta(minutes=1)
    noise = 0.04 * sin(n * 12.9898 + hanging.id * 78.233)
    if hanging.role is Role.AMBIENT:
        return AMBIENT_C + noise
    if minutes <= off:
        return _steady_c(hanging, minutes) + noise
    at_door = exp(-_away_m(hanging, DOOR) / 2)
    tau_min = TAU_MIN * (1 - 0.35 * at_door)
    return AMBIENT_C - (AMBIENT_C - _steady_c(hanging, off)) * exp(-(minutes - off) / tau_min) + noise


def _steady_c(hanging: Hanging, minutes: float) -> float:
    at_door, at_fan = exp(-_away_m(hanging, DOOR)), exp(-_away_m(hanging, FAN) / 1.5)
    cycle = (0.3 + 0.3 * at_door) * sin(2 * pi * minutes / 47)
    defrost = 0.7 * exp(-((minutes % 720 - 360) ** 2) / 300)
    return 4.5 + 0.4 * hanging.z_m / 2.8 + 0.6 * at_door - 0.9 * at_fan + cycle + defrost


def _away_m(hanging: Hanging, spot: Spot) -> float:
    return hypot(hanging.x_m - spot.x_m, hanging.y_m - spot.y_m, hanging.z_m - spot.z_m)
