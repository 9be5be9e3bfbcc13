"""Gauges: the register with what is due for calibration, and one gauge with its certificates and what rests on it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.sensors import ENTERERS, SWITCH, Column, Enterer, Text, paper_of
from dashboards.plantmoment import decimal_of
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Signed, Transaction
from mes.gauges import resting, service
from mes.gauges.api import KEEPERS, Keeper
from mes.gauges.model import Gauge, GaugeKind, GaugeStatus, next_due, outcome
from mes.people.model import Role
from mes.plant import service as plant
from mes.sensors import certificates, instruments, look_backs
from mes.sensors import service as sensors
from mes.sensors.model import CalibrationState, Standing
from telemetry.work import Work

router = APIRouter(prefix="/gauges")
PRESSING = frozenset({Standing.FAILED, Standing.OVERDUE, Standing.DUE})
_USES = 50


@router.get("")
async def register_of_gauges(request: Request, work: Transaction, caller: Signed, show: str = "gauges") -> HTMLResponse:
    """Gauges; or, with `show=due`, all that is due for calibration, sensors too, the first to be done first."""
    around = await frame(request, work, caller)
    found = await service.gauges(work)
    states = await service.standing(work, found, work.now)
    due: list[tuple[Any, CalibrationState]] = [(g, states[g.id]) for g in found if states[g.id].standing in PRESSING]
    view = {
        "rows": [(each, states[each.id]) for each in found],
        "due": sorted(due + await _sensors_due(work), key=_first),
        "equipment": {each.id: each for each in await plant.equipment(work)},
        "kinds": list(GaugeKind),
        "show": show,
        "may_keep": around.has(*KEEPERS),
    }
    return page(request, "gauges/register.html", around, **view)


async def _sensors_due(work: Work) -> list[tuple[Any, CalibrationState]]:
    points = {each.point_id: each for each in await plant.points(work) if each.unit != SWITCH}
    states = await sensors.calibration_of(work, points, work.now)
    return [(points[id_], state) for id_, state in states.items() if state.standing in PRESSING]


def _first(row: tuple[Any, CalibrationState]) -> date:
    return row[1].due_on or date.max


@router.post("")
async def register(
    work: Transaction,
    _: Keeper,
    serial: Text,
    kind: Annotated[GaugeKind, Form()],
    name_en: Text,
    name_zh: Text,
    interval_months: Annotated[int, Form()],
    unit: Text,
    model: Text = "",
    place: Text = "",
    low: Text = "",
    high: Text = "",
) -> Response:
    """A gauge is taken into the register."""
    made = await service.register(
        work,
        serial=serial,
        kind=kind,
        name_en=name_en,
        name_zh=name_zh,
        interval_months=interval_months,
        unit=unit.strip(),
        model=model,
        place=place,
        low=decimal_of(low),
        high=decimal_of(high),
    )
    return done(f"/gauges/{made.id}", "gauge.registered")


@router.get("/{gauge_id}")
async def gauge(request: Request, work: Transaction, caller: Signed, gauge_id: int) -> HTMLResponse:
    """One gauge."""
    around = await frame(request, work, caller)
    found = await service.gauge(work, gauge_id)
    view = {
        "gauge": found,
        "state": (await service.standing(work, [found], work.now))[gauge_id],
        "uses": await service.uses(work, gauge_id, limit=_USES),
        "impacts": await resting.impacts(work, found),
        "statuses": list(GaugeStatus),
        "next_due": next_due(await sensors.day(work, work.now), found.interval_months),
        "may_keep": around.has(*KEEPERS),
        "may_enter": around.has(*ENTERERS),
        "may_sign": around.has(Role.QA),
        "meanings": certificates.MEANINGS,
        "trail": await audit.entries(work, entity="gauge", entity_id=gauge_id, limit=50),
    }
    return page(request, "gauges/gauge.html", around, **view, **await _papers(work, found))


async def _papers(work: Work, found: Gauge) -> dict[str, Any]:
    papers = await certificates.certificates(work, [found.instrument_id])
    lines = {paper.id: await certificates.reference_points(work, paper.id) for paper in papers}
    changed = {id_: any(each.as_found not in (None, each.as_left) for each in of) for id_, of in lines.items()}
    return {
        "papers": list(reversed(papers)),
        "lines": lines,
        "outcomes": {paper.id: outcome(paper, changed=changed[paper.id]) for paper in papers},
        "look_backs": await look_backs.look_backs(work, instrument_id=found.instrument_id),
        "stays": await instruments.installations(work, instrument_id=found.instrument_id),
        "points": {point.point_id: point for point in await plant.points(work)},
    }


@router.post("/{gauge_id}/status")
async def set_status(
    gauge_id: int,
    work: Transaction,
    _: Keeper,
    version: Annotated[int, Form()],
    status: Annotated[GaugeStatus, Form()],
    reason: Text = "",
) -> Response:
    """Out of service, lost, back again."""
    await service.set_status(work, gauge_id, status, reason=reason, version=version)
    return done(f"/gauges/{gauge_id}", "gauge.status")


@router.post("/{gauge_id}/certificates")
async def enter(
    gauge_id: int,
    work: Transaction,
    _: Enterer,
    applied: Column,
    as_found: Column,
    as_left: Column,
    uncertainty: Column,
    number: Text = "",
    laboratory: Text = "",
    calibrated_on: Text = "",
    due_on: Text = "",
    tolerance: Text = "",
    supersedes_id: Text = "",
    reason: Text = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A certificate is written down; an overdue gauge is calibrated like any other."""
    found = await service.gauge(work, gauge_id)
    paper = await paper_of(
        (number, laboratory, calibrated_on, due_on, tolerance),
        found.instrument_id,
        (applied, as_found, as_left, uncertainty),
        file,
    )
    old = int(supersedes_id) if supersedes_id.isdecimal() else None
    _made, opened = await sensors.enter_certificate(work, paper, supersedes_id=old, reason=reason)
    return done(f"/gauges/{gauge_id}", "certificate.looked_back" if opened else "certificate.entered")


@router.post("/{gauge_id}/certificates/{certificate_id}/sign")
async def sign(gauge_id: int, certificate_id: int, work: Transaction, _: Signed, signed: SignedForm) -> Response:
    """QA signs a certificate."""
    await certificates.sign_certificate(
        work, certificate_id, credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason
    )
    return done(f"/gauges/{gauge_id}", "certificate.signed")
