"""Fit a room's thermal model and put it in force (people do); keep and tell the newest forecasts (the watch does)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import isfinite
from pathlib import Path

import numpy as np

from mes.forecast.model import Source, ThermalModel, ZoneForecast
from mes.mapping import service as mapping
from mes.mapping.service import ThermalRow
from mes.plant import service as plant
from models.columns import Moments, Values
from models.forecast import ThermalFit, fit_course
from telemetry import queries, store
from telemetry.clock import from_us, to_us
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
LONGEST_COURSE = timedelta(days=7)
FRESH_FOR = timedelta(minutes=2)
"""A forecast that is older says nothing of now."""
LEAST_R2 = 0.9
"""A fit that explains less of the course than this is not put in force."""


class FitTooPoor(Invalid):
    """The course follows no single time constant: choose a time without cooling and with doors shut."""


class CourseUnreadable(Invalid):
    """The time must begin before it ends, lie in the past, and be seven days at longest."""


class PointElsewhere(Invalid):
    """This point measures no temperature in this zone."""


class ReasonMissing(Invalid):
    """Say why this model is put in force."""


class TestNotFound(NotFound):
    """No approved mapping study of this zone has such a power-fail test."""


class NoThermalModel(NotFound):
    """This zone has no thermal model yet: fit one from a power-fail test."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fit that nobody has put in force yet, with the course that it was made from."""

    zone_id: int
    point_id: int
    fit: ThermalFit
    time_us: Moments
    value_c: Values

    @property
    def digest(self) -> str:
        return sha256(self.time_us.tobytes() + self.value_c.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Usual:
    """Between what a point stays in three of four hours: door, defrost and excursions don't move it."""

    point_id: int
    low: float
    high: float
    hours: int


async def fit_window(
    work: Work, zone_id: int, point_id: int, start: datetime, end: datetime, *, rest_c: float | None = None
) -> Fitted:
    """Fit a thermal model to stored readings of a probe of the zone. Nothing is written.

    Raises ZoneNotFound, PointNotFound, PointElsewhere, CourseUnreadable, TooLittleCourse.
    """
    if not start < end <= work.now or end - start > LONGEST_COURSE:
        raise CourseUnreadable(start=start, end=end)
    zone, point = await plant.zone(work, zone_id), await plant.point(work, point_id)
    if point.zone_id != zone.id or point.unit != "Cel":
        raise PointElsewhere(point=point.name, zone=zone.code)
    raw = await store.series(work, [point_id], to_us(start), to_us(end) + 1)
    time, value = np.array(raw.time_us, dtype=np.int64), np.array(raw.value, dtype=np.float64)
    known = np.isfinite(value)
    time, value = time[known], value[known]
    return Fitted(zone.id, point_id, fit_course(time, value, rest_c), time, value)


async def put_in_force(work: Work, fitted: Fitted, *, reason: str) -> ThermalModel:
    """Make a fit the zone's thermal model from now on. Raises FitTooPoor, ReasonMissing."""
    start, end = from_us(fitted.fit.from_us), from_us(fitted.fit.to_us)
    origin = {"source": Source.WINDOW, "point_id": fitted.point_id, "from_time": start, "to_time": end}
    return await _put(work, fitted.zone_id, fitted.fit, reason, origin | {"digest": fitted.digest})


async def tested(work: Work, zone_id: int) -> list[ThermalRow]:
    """What the power-fail tests of the zone's approved mapping studies offer: the quickest position first."""
    return await mapping.thermal_fits(work, zone_id)


async def adopt_study(work: Work, zone_id: int, study: str, position: str, *, reason: str) -> ThermalModel:
    """Make a position of a mapping study's power-fail test the zone's thermal model.

    The quickest to warm is the safest choice. Raises TestNotFound, FitTooPoor, ReasonMissing.
    """
    offered = await tested(work, zone_id)
    row = next((each for each in offered if (each.number, each.code) == (study, position)), None)
    if row is None:
        raise TestNotFound(study=study, position=position)
    told = f"{study}/{position}: {asdict(row.fit)}"
    origin = {"source": Source.MAPPING, "point_id": None, "from_time": row.from_time, "to_time": row.to_time}
    because = f"{study}, {position}: {reason.strip()}" if reason.strip() else ""
    return await _put(work, zone_id, row.fit, because, origin | {"digest": sha256(told.encode()).hexdigest()})


async def _put(work: Work, zone_id: int, fit: ThermalFit, reason: str, origin: Mapping[str, object]) -> ThermalModel:
    if not reason.strip():
        raise ReasonMissing
    if not fit.r2 >= LEAST_R2:
        raise FitTooPoor(r2=round(fit.r2, 3), least=LEAST_R2)
    await work.run(SQL["lock_zone"], zone_id=zone_id)
    await work.run(SQL["retire"], zone_id=zone_id, now=work.now)
    figures = {name: getattr(fit, name) for name in ("tau_s", "rest_c", "r2", "rmse_c", "readings")}
    facts = {"zone_id": zone_id, "reason": reason.strip()} | figures | dict(origin)
    put = await work.one(SQL["put_model"], ThermalModel, **facts, actor=work.actor, now=work.now)
    if put is None:
        raise NoThermalModel(zone_id=zone_id)
    work.audit("thermal_model.put", "thermal_model", put.id, after=facts | {"version": put.version}, reason=reason)
    await work.emit("thermal_model.changed", zone_id=zone_id, version=put.version)
    return put


async def models_of(work: Work, zone_id: int) -> list[ThermalModel]:
    """All versions of a zone's thermal model, newest first. Raises ZoneNotFound."""
    await plant.zone(work, zone_id)
    return await work.all(SQL["models"], ThermalModel, zone_id=zone_id, in_force=False)


async def models_in_force(work: Work) -> dict[int, ThermalModel]:
    """By zone: its thermal model."""
    found = await work.all(SQL["models"], ThermalModel, zone_id=None, in_force=True)
    return {model.zone_id: model for model in found}


async def usual(work: Work, point_ids: Sequence[int], start: datetime, end: datetime) -> dict[int, Usual]:
    """By point: between what three of four hours of this time stayed, from the roll-ups; whole hours only."""
    rows = await work.all(SQL["usual"], Usual, points=list(point_ids), start=start, end=end)
    return {row.point_id: row for row in rows}


async def tell(work: Work, found: Sequence[ZoneForecast]) -> None:
    """Keep the newest forecasts, each zone's in place of the one before."""
    columns = {name: [getattr(each, name) for each in found] for name in ZoneForecast.__slots__ if name != "at"}
    columns["side"] = [side or "" for side in columns["side"]]
    if found:
        await work.run(SQL["put_forecasts"], now=work.now, **columns)


async def forecasts(work: Work) -> dict[int, ZoneForecast]:
    """By zone: its newest forecast, where it is of now."""
    found = await work.all(SQL["forecasts"], ZoneForecast, since=work.now - FRESH_FOR)
    return {each.zone_id: each for each in found}


def known_s(seconds: float) -> float | None:
    """None where it is for ever, as the database and JSON have no infinity."""
    return seconds if isfinite(seconds) else None
