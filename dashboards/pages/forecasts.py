"""Forecasts: which room leaves its limits when, how long each would hold without power, and the models behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.trends import MOST_POINTS
from dashboards.render import page
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.forecast import service
from mes.forecast.model import Source, ThermalModel
from mes.forecast.service import CourseUnreadable, Fitted
from mes.people.model import Role
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from models.columns import Moments, Values
from models.forecast import ThermalFit
from telemetry import store
from telemetry.clock import to_us
from telemetry.work import Work

router = APIRouter(prefix="/forecasts")
FITTERS = (Role.ENGINEER, Role.QA)
Fitter = Annotated[Caller, Depends(allow(*FITTERS))]
_WIDTH, _HEIGHT, _DOTS = 600, 160, 240


@dataclass(frozen=True, slots=True)
class Picture:
    """The course that was fitted, and the curve through it, as SVG paths in a box of 600 by 160."""

    dots: str
    curve: str
    low_c: float
    high_c: float


@router.get("")
async def forecasts(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """All zones with judged probes."""
    around = await frame(request, work, caller)
    judged = {p.zone_id for p in await plant.points(work) if p.policy and p.unit == "Cel" and p.zone_id is not None}
    view = {
        "zones": [zone for zone in await plant.zones(work) if zone.id in judged],
        "found": await service.forecasts(work),
        "models": await service.models_in_force(work),
    }
    return page(request, "forecasts.html", around, **view)


@router.get("/{zone_id}")
async def zone(
    request: Request,
    work: Transaction,
    caller: Signed,
    zone_id: int,
    point: int | None = None,
    start: str = "",
    end: str = "",
    rest: str = "",
) -> HTMLResponse:
    """One zone: its model in force, earlier ones, and a fit that is tried."""
    around = await frame(request, work, caller)
    found = await plant.zone(work, zone_id)
    models = await service.models_of(work, zone_id)
    probes = [p for p in await plant.points_in(work, zone_id) if p.unit == "Cel" and p.role in {"air", "product"}]
    tried = None
    if point is not None:
        window = _moment(start, around.zone), _moment(end, around.zone)
        tried = await service.fit_window(work, zone_id, point, *window, rest_c=_degrees(rest))
    view = {
        "found": found,
        "forecast": (await service.forecasts(work)).get(zone_id),
        "models": models,
        "pictures": {m.id: await _picture_of(work, m) for m in models if m.retired_at is None},
        "probes": probes,
        "query": "&".join(f"point={p.point_id}" for p in probes[:MOST_POINTS]),
        "offered": await service.tested(work, zone_id),
        "tried": tried,
        "tried_picture": picture(tried.fit, tried.time_us, tried.value_c) if tried else None,
        "asked": {"point": point, "start": start, "end": end, "rest": rest},
        "may_fit": around.has(*FITTERS),
        "trail": await _trail(work, models),
    }
    return page(request, "forecast.html", around, **view)


@router.post("/{zone_id}/models")
async def put_in_force(
    request: Request,
    work: Transaction,
    _: Fitter,
    zone_id: int,
    point: Annotated[int, Form()],
    start: Annotated[str, Form()],
    end: Annotated[str, Form()],
    rest: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Fit again what was shown, and put it in force."""
    zone = await plant.time_zone(work)
    window = _moment(start, zone), _moment(end, zone)
    fitted: Fitted = await service.fit_window(work, zone_id, point, *window, rest_c=_degrees(rest))
    await service.put_in_force(work, fitted, reason=reason)
    return done(f"/forecasts/{zone_id}", "thermal_model.put")


@router.post("/{zone_id}/models/from-study")
async def adopt_study(
    work: Transaction,
    _: Fitter,
    zone_id: int,
    test: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Put a study's power-fail test in force; `test` is the study's number and the position's code."""
    study, _sep, position = test.partition(" ")
    await service.adopt_study(work, zone_id, study, position, reason=reason)
    return done(f"/forecasts/{zone_id}", "thermal_model.put")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise CourseUnreadable(moment=text) from error
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _degrees(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as error:
        raise CourseUnreadable(temperature=text) from error


async def _trail(work: Work, models: Sequence[ThermalModel]) -> list[object]:
    rows: list[object] = []
    for model in models[:5]:
        rows += await audit.entries(work, entity="thermal_model", entity_id=model.id, limit=5)
    return rows


async def _picture_of(work: Work, model: ThermalModel) -> Picture | None:
    """The course as it is stored; None for a study's logger, whose readings are the study's own."""
    if model.source is not Source.WINDOW or model.point_id is None:
        return None
    point: MeasuringPoint = await plant.point(work, model.point_id)
    raw = await store.series(work, [point.point_id], to_us(model.from_time), to_us(model.to_time) + 1)
    value = np.array(raw.value, dtype=np.float64)
    known = np.isfinite(value)
    return picture(model.fit(), np.array(raw.time_us, dtype=np.int64)[known], value[known])


def picture(fit: ThermalFit, time_us: Moments, value: Values) -> Picture | None:
    """Paths of a course of at most some hundred dots and of the fitted curve; None where nothing is left to draw."""
    if not len(time_us):
        return None
    thin = slice(None, None, max(1, len(time_us) // _DOTS))
    time, value = time_us[thin], value[thin]
    share = -np.expm1(-(time - fit.from_us) / 1e6 / fit.tau_s)
    span = float((1 - share) @ (value - fit.rest_c) / ((1 - share) @ (1 - share)))
    curve = fit.rest_c + span * (1 - share)
    low, high = float(min(value.min(), curve.min())), float(max(value.max(), curve.max()))
    x = (time - time[0]) / max(int(time[-1] - time[0]), 1) * _WIDTH

    def y(column: Values) -> list[float]:
        up: list[float] = (_HEIGHT * (1 - (column - low) / max(high - low, 1e-9))).tolist()
        return up

    dots = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x.tolist(), y(value), strict=True))
    line = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y(curve), strict=True))
    return Picture(dots, f"M{line}", low, high)
