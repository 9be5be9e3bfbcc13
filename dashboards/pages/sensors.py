"""Sensors: which instrument serves each point, until when its calibration is good, and what a look-back found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.plantmoment import MomentUnreadable, date_of, decimal_of, moment_of, needed
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.people import service as people
from mes.people.model import Role
from mes.plant import service as plant
from mes.sensors import certificates, corrections, instruments, look_backs, places
from mes.sensors import service as sensors
from mes.sensors.certificates import Line, Paper, Scan
from mes.sensors.model import CalibrationState, Standing
from telemetry.work import Work

router = APIRouter(prefix="/sensors")
KEEPERS = (Role.ENGINEER, Role.MAINTENANCE, Role.QA)
ENTERERS = (Role.ENGINEER, Role.QA)
Keeper = Annotated[Caller, Depends(allow(*KEEPERS))]
Enterer = Annotated[Caller, Depends(allow(*ENTERERS))]
Text = Annotated[str, Form()]
Column = Annotated[list[str], Form()]
SHOWN = {
    "all": frozenset(Standing),
    "due": frozenset({Standing.DUE, Standing.OVERDUE, Standing.FAILED}),
    "overdue": frozenset({Standing.OVERDUE, Standing.FAILED}),
    "unknown": frozenset({Standing.UNKNOWN}),
}
SWITCH = "1"
"""Unit of what is no measurement: a door, a state."""


@router.get("")
async def sensor_list(request: Request, work: Transaction, caller: Signed, show: str = "all") -> HTMLResponse:
    """Every measuring point with its sensor, filtered by what may be said of it; what presses comes first."""
    around = await frame(request, work, caller)
    points = [point for point in await plant.points(work) if point.unit != SWITCH]
    states = await sensors.calibration_of(work, [point.point_id for point in points], work.now)
    wanted = SHOWN.get(show, SHOWN["all"])
    rows = [(point, states[point.point_id]) for point in points if states[point.point_id].standing in wanted]
    rows.sort(key=lambda row: (_pressing(row[1]), row[0].name))
    view = {
        "rows": rows,
        "zones": {zone.id: zone for zone in await plant.zones(work)},
        "equipment": {each.id: each for each in await plant.equipment(work)},
        "counts": {name: sum(s.standing in kinds for s in states.values()) for name, kinds in SHOWN.items()},
        "show": show,
        "open_look_backs": await look_backs.look_backs(work, open_only=True),
    }
    return page(request, "sensors.html", around, **view)


def _pressing(state: CalibrationState) -> tuple[int, int]:
    order = (Standing.FAILED, Standing.OVERDUE, Standing.DUE, Standing.VALID, Standing.UNKNOWN)
    return order.index(state.standing), state.days_left if state.days_left is not None else 0


@router.get("/certificates/{certificate_id}/scan")
async def scan(work: Transaction, _: Signed, certificate_id: int) -> Response:
    """The paper, as it was kept."""
    kept = await certificates.scan(work, certificate_id)
    headers = {"Content-Disposition": f'inline; filename="certificate-{certificate_id}"', "X-SHA256": kept.sha256}
    return Response(kept.content, media_type=kept.media_type, headers=headers)


@router.get("/look-backs/{look_back_id}")
async def look_back(request: Request, work: Transaction, caller: Signed, look_back_id: int) -> HTMLResponse:
    """What one look-back found, and what QA concluded."""
    around = await frame(request, work, caller)
    found = await look_backs.look_back(work, look_back_id)
    paper = await certificates.certificate(work, found.certificate_id)
    view = {
        "found": found,
        "paper": paper,
        "good": await certificates.certificate(work, found.good_id) if found.good_id else None,
        "instrument": await instruments.instrument(work, paper.instrument_id),
        "points": {point.point_id: point for point in await plant.points(work)},
        "zones": {zone.id: zone for zone in await plant.zones(work)},
        "meanings": look_backs.MEANINGS,
        "may_conclude": around.has(Role.QA) and found.concluded_at is None,
        "parse": datetime.fromisoformat,
        "signatures": await people.verified_signatures_of(
            work, "look_back", look_back_id, {name: getattr(found, name) for name in look_backs.SIGNED}
        ),
        "trail": await audit.entries(work, entity="look_back", entity_id=look_back_id, limit=50),
    }
    return page(request, "look-back.html", around, **view)


@router.post("/look-backs/{look_back_id}/conclude")
async def conclude(
    look_back_id: int,
    work: Transaction,
    _: Signed,
    signed: SignedForm,
    version: Annotated[int, Form()],
    conclusion: Text = "",
) -> Response:
    """QA's signed conclusion."""
    await look_backs.conclude(
        work,
        look_back_id,
        version=version,
        conclusion=conclusion,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/sensors/look-backs/{look_back_id}", "look_back.concluded")


@router.get("/{point_id}")
async def sensor(request: Request, work: Transaction, caller: Signed, point_id: int) -> HTMLResponse:
    """One point: where it stands, what served it, what laboratories found."""
    around = await frame(request, work, caller)
    point = await plant.point(work, point_id)
    view = {
        "point": point,
        "state": (await sensors.calibration_of(work, [point_id], work.now))[point_id],
        "zone_id": await places.zone_of(work, point_id, work.now),
        "zones": {zone.id: zone for zone in await plant.zones(work)},
        "moves": await places.places_of(work, point_id),
        "beginning": places.BEGINNING,
        "may_keep": around.has(*KEEPERS),
        "may_enter": around.has(*ENTERERS),
        "may_sign": around.has(Role.QA),
        "meanings": certificates.MEANINGS,
        "correction_meanings": corrections.MEANINGS,
        "trail": await audit.entries(work, entity="measuring_point", entity_id=point_id, limit=50),
    }
    return page(request, "sensor.html", around, **view, **await _served(work, point_id))


async def _served(work: Work, point_id: int) -> Mapping[str, Any]:
    """Instruments that served a point, with all that is on record of them."""
    stays = await instruments.installations(work, point_id=point_id, withdrawn=True)
    ids = {stay.instrument_id for stay in stays}
    papers = await certificates.certificates(work, ids)
    found = [each for id_ in sorted(ids) for each in await look_backs.look_backs(work, instrument_id=id_)]
    now = next((stay for stay in stays if stay.to_time is None and stay.withdrawn_at is None), None)
    return {
        "stays": list(reversed(stays)),
        "now": now,
        "instruments": {each.id: each for each in await instruments.instruments(work, ids)},
        "papers": list(reversed(papers)),
        "lines": {paper.id: await certificates.reference_points(work, paper.id) for paper in papers},
        "look_backs": found,
        "corrections": await corrections.corrections(work, now.instrument_id) if now else [],
    }


@router.post("/{point_id}/install")
async def install(
    request: Request,
    point_id: int,
    work: Transaction,
    caller: Keeper,
    serial: Text = "",
    model: Text = "",
    at: Text = "",
    reason: Text = "",
) -> Response:
    """A sensor serves this point since a moment; one that is not on record yet is registered."""
    zone, point = await plant.time_zone(work), await plant.point(work, point_id)
    known = await instruments.instrument_with(work, serial)
    served = known or await instruments.register(work, serial=serial, model=model, unit=point.unit)
    await instruments.install(work, served.id, point_id, reason=reason, at=moment_of(at, zone))
    return done(f"/sensors/{point_id}", "sensor.installed")


@router.post("/{point_id}/stays/{installation_id}/{step}")
async def end_stay(
    point_id: int, installation_id: int, step: str, work: Transaction, _: Keeper, at: Text = "", reason: Text = ""
) -> Response:
    """A sensor left, or its stay was recorded in error."""
    if step == "remove":
        when = moment_of(at, await plant.time_zone(work))
        await instruments.remove(work, installation_id, reason=reason, at=when)
        return done(f"/sensors/{point_id}", "sensor.removed")
    await instruments.withdraw_installation(work, installation_id, reason=reason)
    return done(f"/sensors/{point_id}", "sensor.withdrawn")


@router.post("/{point_id}/move")
async def move(
    point_id: int, work: Transaction, _: Keeper, zone_id: Annotated[int, Form()], at: Text = "", reason: Text = ""
) -> Response:
    """The point stands in another zone since a moment."""
    when = moment_of(at, await plant.time_zone(work))
    await sensors.move_point(work, point_id, zone_id=zone_id, reason=reason, at=when)
    return done(f"/sensors/{point_id}", "point.moved")


@router.post("/{point_id}/moves/{place_id}/withdraw")
async def withdraw_move(point_id: int, place_id: int, work: Transaction, _: Keeper, reason: Text = "") -> Response:
    """The last move was recorded in error."""
    await sensors.withdraw_move(work, place_id, reason=reason)
    return done(f"/sensors/{point_id}", "sensor.withdrawn")


@router.post("/{point_id}/certificates")
async def enter(
    point_id: int,
    work: Transaction,
    caller: Enterer,
    instrument_id: Annotated[int, Form()],
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
    """A certificate is written down, with its scan."""
    told = (number, laboratory, calibrated_on, due_on, tolerance)
    paper = await paper_of(told, instrument_id, (applied, as_found, as_left, uncertainty), file)
    old = int(supersedes_id) if supersedes_id.isdecimal() else None
    _, opened = await sensors.enter_certificate(work, paper, supersedes_id=old, reason=reason)
    if opened is not None:
        return done(f"/sensors/look-backs/{opened.id}", "certificate.looked_back")
    return done(f"/sensors/{point_id}", "certificate.entered")


_ZERO = Decimal(0)


async def paper_of(
    told: tuple[str, str, str, str, str],
    instrument_id: int,
    columns: tuple[list[str], list[str], list[str], list[str]],
    file: UploadFile | None,
) -> Paper:
    """A certificate as a form brings it. `told`: number, laboratory, calibrated on, due on, tolerance."""
    number, laboratory, calibrated_on, due_on, tolerance = told
    content = await file.read() if file is not None and file.filename else b""
    made_on, until = date_of(calibrated_on), date_of(due_on)
    if made_on is None or until is None:
        raise MomentUnreadable
    return Paper(
        number=number,
        laboratory=laboratory,
        instrument_id=instrument_id,
        calibrated_on=made_on,
        due_on=until,
        tolerance=decimal_of(tolerance) or _ZERO,
        lines=_lines(*columns),
        scan=Scan(file.filename, content) if file is not None and file.filename else None,
    )


def _lines(*columns: list[str]) -> list[Line]:
    """Rows of the form that have an applied value; without an uncertainty none is claimed."""
    found = []
    for applied, as_found, as_left, uncertainty in zip(*columns, strict=False):
        at, left = decimal_of(applied), decimal_of(as_left)
        if at is not None and left is not None:
            found.append(Line(at, decimal_of(as_found), left, decimal_of(uncertainty) or _ZERO))
    return found


@router.post("/{point_id}/certificates/{certificate_id}/sign")
async def sign(point_id: int, certificate_id: int, work: Transaction, _: Signed, signed: SignedForm) -> Response:
    """QA signs a certificate."""
    await certificates.sign_certificate(
        work, certificate_id, credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason
    )
    return done(f"/sensors/{point_id}", "certificate.signed")


@router.post("/{point_id}/correct")
async def correct(
    point_id: int,
    work: Transaction,
    _: Signed,
    signed: SignedForm,
    instrument_id: Annotated[int, Form()],
    certificate_id: Annotated[int, Form()],
    correction: Text = "",
    effective_from: Text = "",
) -> Response:
    """QA signs a correction, where no regulation forbids it."""
    await corrections.correct(
        work,
        instrument_id,
        correction=decimal_of(correction) or _ZERO,
        certificate_id=certificate_id,
        effective_from=needed(moment_of(effective_from, await plant.time_zone(work))),
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/sensors/{point_id}", "sensor.corrected")
