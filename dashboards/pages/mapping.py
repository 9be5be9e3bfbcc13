"""Mapping: which spaces have the points that are asked for, and studies of where they are warm and cold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.mappingplan import curves, plan, whole
from dashboards.message import done
from dashboards.plantmoment import date_of, decimal_of, moment_of, needed
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.mapping import service as mapping
from mes.mapping import spaces, studies
from mes.mapping.due import mappings_due
from mes.mapping.model import Load, Season, SpaceKind, Status, StudyKind, TrialKind
from mes.mapping.results import as_record, results
from mes.mapping.rules import names as rule_sets
from mes.mapping.studies import Logger
from mes.people import service as people
from mes.people.model import Role as Profession
from mes.plant import service as plant
from models.mapping import Position, Role, Space, Spot
from telemetry.clock import from_us
from telemetry.errors import Invalid

router = APIRouter(prefix="/mapping")
MAPPERS = (Profession.ENGINEER, Profession.QA)
Mapper = Annotated[Caller, Depends(allow(*MAPPERS))]
Text = Annotated[str, Form()]
Column = Annotated[list[str], Form()]
Number = Annotated[float, Form(allow_inf_nan=False)]
_MORE_ROWS = 3
_CURVES_IN_SIGHT = 12


class FileOfNoPosition(Invalid):
    """A logger's file is named after its position or its serial number, as G1.csv: this one is named after neither."""


class RoleUnknown(Invalid):
    """There is no such kind of position."""


@router.get("")
async def overview(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Spaces with their points, and all studies."""
    around = await frame(request, work, caller)
    found = await studies.studies(work)
    zones, dues = {zone.id: zone for zone in await plant.zones(work)}, await mappings_due(work)
    view = {
        "checks": await spaces.point_checks(work),
        "rows": found,
        "zones": zones,
        "dues": [(zones[id_], each) for id_, each in dues.items() if each.priority is not None],
        "pairs": {each.zone_id: await mapping.seasonal_pair(work, each.zone_id) for each in found},
        "rule_sets": rule_sets(),
        "kinds": StudyKind,
        "seasons": Season,
        "loads": Load,
        "space_kinds": SpaceKind,
        "may_map": around.has(*MAPPERS),
    }
    return page(request, "mapping.html", around, **view)


@router.post("/spaces")
async def record_space(
    work: Transaction,
    _: Mapper,
    zone_id: Annotated[int, Form()],
    kind: Annotated[SpaceKind, Form()],
    length_m: Number,
    width_m: Number,
    height_m: Number,
    role: Column,
    x_m: Column,
    y_m: Column,
    z_m: Column,
    reason: Text = "",
) -> Response:
    """How large a zone is, and where its doors, outlets and dead corners are."""
    rows = zip(role, x_m, y_m, z_m, strict=False)
    told = [(_role(a), _length(x), _length(y), _length(z)) for a, x, y, z in rows if a and x.strip()]
    spots = tuple(Spot(role=a, x_m=x, y_m=y, z_m=z) for a, x, y, z in told)
    space = Space(length_m=length_m, width_m=width_m, height_m=height_m, spots=spots)
    await spaces.record_space(work, zone_id, kind, space, reason=reason)
    return done("/mapping", "space.recorded")


@router.post("/studies")
async def plan_study(
    work: Transaction,
    _: Mapper,
    zone_id: Annotated[int, Form()],
    rules: Text,
    kind: Annotated[StudyKind, Form()],
    season: Annotated[Season, Form()],
    load: Annotated[Load, Form()],
    low: Text = "",
    high: Text = "",
) -> Response:
    """A new study, with the positions that its rules ask for."""
    limits = {"low": _number(low), "high": _number(high)}
    made = await studies.plan_study(work, zone_id, rules=rules, kind=kind, season=season, load=load, **limits)
    return done(f"/mapping/{made.id}", "study.planned")


@router.get("/{study_id}")
async def study(
    request: Request, work: Transaction, caller: Signed, study_id: int, by: Literal["mean", "max"] = "mean"
) -> HTMLResponse:
    """One study: its plan, what its loggers showed, its tests, its judgement."""
    around = await frame(request, work, caller)
    found = await studies.study(work, study_id)
    rows = await studies.rows_of(work, found)
    told = results(rows)
    offset_us = round((work.now.astimezone(around.zone).utcoffset() or work.now - work.now).total_seconds() * 1e6)
    window = whole(rows)
    telling = [code for code in (told.hot, told.cold, *told.recommended) if code]
    codes = list(dict.fromkeys([*telling, *rows.series]))[:_CURVES_IN_SIGHT]
    view = {
        "study": found,
        "rows": rows,
        "results": told,
        "zone_of_it": await plant.zone(work, found.zone_id),
        "plan": plan(rows, told, by=by),
        "by": by,
        "chart": curves(rows, codes, window, offset_us=offset_us) if window else None,
        "codes": codes,
        "at": lambda us: from_us(int(us)).astimezone(around.zone),
        "roles": Role,
        "blank": range(_MORE_ROWS),
        "may_map": around.has(*MAPPERS) and found.status is Status.PLANNED,
        "may_sign": around.has(Profession.QA) and found.status is Status.PLANNED,
        "meanings": mapping.MEANINGS,
        "pair": await mapping.seasonal_pair(work, found.zone_id),
        "signatures": await people.verified_signatures_of(
            work, "mapping_study", study_id, dict(found.findings or {}) | as_record(rows, told)
        ),
        "trail": await audit.entries(work, entity="mapping_study", entity_id=study_id, limit=50),
    }
    return page(request, "study.html", around, **view)


@router.post("/{study_id}/positions")
async def put_positions(
    study_id: int,
    work: Transaction,
    caller: Mapper,
    version: Annotated[int, Form()],
    code: Column,
    role: Column,
    x_m: Column,
    y_m: Column,
    z_m: Column,
    logger: Column,
    certificate: Column,
    due_on: Column,
    error: Column,
    reason: Text = "",
) -> Response:
    """The plan as it stands in the form; a row without a code is left out."""
    told = []
    for row in zip(code, role, x_m, y_m, z_m, logger, certificate, due_on, error, strict=False):
        if row[0].strip():
            x, y, z = (_length(text) for text in row[2:5])
            position = Position(code=row[0].strip(), role=_role(row[1]), x_m=x, y_m=y, z_m=z)
            hung = Logger(serial=row[5], certificate=row[6], due_on=date_of(row[7]), error=_number(row[8]))
            told.append((position, hung))
    await studies.put_positions(work, study_id, told, version=version, reason=reason)
    return done(f"/mapping/{study_id}", "study.positions")


@router.post("/{study_id}/files")
async def import_files(
    study_id: int, work: Transaction, _: Mapper, files: Annotated[list[UploadFile], File()], code: Text = ""
) -> Response:
    """What loggers recorded: each file named after its position or its logger, or one file for a chosen position."""
    known = await studies.positions(work, study_id)
    by_name = {each.code.lower(): each.code for each in known} | {each.logger.lower(): each.code for each in known}
    for file in files:
        name = file.filename or ""
        found = code or by_name.get(Path(name).stem.lower())
        if not found:
            raise FileOfNoPosition(file=name)
        await studies.import_series(work, study_id, found, name, await file.read())
    return done(f"/mapping/{study_id}", "study.imported")


@router.post("/{study_id}/window")
async def set_window(
    study_id: int, work: Transaction, _: Mapper, version: Annotated[int, Form()], start: Text = "", end: Text = ""
) -> Response:
    """From when to when the space was steady."""
    zone = await plant.time_zone(work)
    times = (needed(moment_of(start, zone)), needed(moment_of(end, zone)))
    await studies.set_window(work, study_id, *times, version=version)
    return done(f"/mapping/{study_id}", "study.window")


@router.post("/{study_id}/tests")
async def record_test(
    study_id: int,
    work: Transaction,
    _: Mapper,
    kind: Annotated[TrialKind, Form()],
    start: Text = "",
    closed: Text = "",
    end: Text = "",
    ambient_c: Text = "",
    note: Text = "",
) -> Response:
    """When power failed or a door stood open on purpose."""
    zone = await plant.time_zone(work)
    times = {"start": needed(moment_of(start, zone)), "end": needed(moment_of(end, zone))}
    shut = moment_of(closed, zone) if kind is TrialKind.DOOR_OPEN else None
    around = _number(ambient_c) if kind is TrialKind.POWER_FAIL else None
    await studies.record_test(work, study_id, kind, **times, closed=shut, ambient_c=around, note=note)
    return done(f"/mapping/{study_id}", "study.test")


@router.post("/{study_id}/tests/{test_id}/withdraw")
async def withdraw_test(study_id: int, test_id: int, work: Transaction, _: Mapper, reason: Text = "") -> Response:
    """A test was recorded in error."""
    await studies.withdraw_test(work, study_id, test_id, reason=reason)
    return done(f"/mapping/{study_id}", "study.test")


@router.post("/{study_id}/{step}")
async def judge(
    study_id: int,
    step: Literal["approve", "reject"],
    work: Transaction,
    _: Signed,
    signed: SignedForm,
    version: Annotated[int, Form()],
    explanation: Text = "",
    remap_on: Text = "",
) -> Response:
    """QA's signed judgement."""
    await mapping.judge_study(
        work,
        study_id,
        step,
        version=version,
        explanation=explanation,
        remap_on=date_of(remap_on),
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/mapping/{study_id}", "study.judged")


def _role(code: str) -> Role:
    try:
        return Role(code)
    except ValueError as unknown:
        raise RoleUnknown(role=code) from unknown


def _number(text: str) -> float | None:
    found = decimal_of(text)
    return None if found is None else float(found)


def _length(text: str) -> float:
    return _number(text) or 0.0
