"""Sensors over HTTP: what may be said of each point's calibration, certificates, look-backs, moves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role
from mes.plant import service as plant
from mes.sensors import certificates, instruments, look_backs, places
from mes.sensors import service as sensors
from mes.sensors.model import Certificate

router = APIRouter(prefix="/sensors", tags=["sensors"])
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Keeper = Annotated[Caller, Depends(allow(Role.ENGINEER, Role.MAINTENANCE, Role.QA))]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class MoveBody(BaseModel):
    """`at`: since when; now unless said."""

    model_config = ConfigDict(extra="forbid")

    zone_id: Annotated[int, Field(ge=1, le=LARGEST)]
    at: AwareDatetime | None = None
    reason: Reason


class InstallBody(BaseModel):
    """An instrument on record serves the point, since `at` or now."""

    model_config = ConfigDict(extra="forbid")

    instrument_id: Annotated[int, Field(ge=1, le=LARGEST)]
    at: AwareDatetime | None = None
    reason: Reason


@router.get("")
async def list_states(work: Transaction, _: Signed, at: AwareDatetime | None = None) -> dict[str, Any]:
    """What can be said of every point's calibration, now or at a moment."""
    points = await plant.points(work)
    found = await sensors.calibration_of(work, [point.point_id for point in points], at or work.now)
    names = {point.point_id: point.name for point in points}
    return {"items": [asdict(state) | {"point": names[id_]} for id_, state in found.items()]}


@router.get("/instruments")
async def list_instruments(work: Transaction, _: Signed) -> dict[str, Any]:
    """Every instrument on record."""
    return {"items": [asdict(each) for each in await instruments.instruments(work)]}


@router.get("/certificates/{certificate_id}")
async def show_certificate(certificate_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One certificate with its lines."""
    found = await certificates.certificate(work, certificate_id)
    lines = [_plain(asdict(line)) for line in await certificates.reference_points(work, certificate_id)]
    return certificate_json(found) | {"lines": lines}


def certificate_json(found: Certificate) -> dict[str, Any]:
    """A certificate as programs see it; decimals as text."""
    return _plain(asdict(found)) | {"counts": found.counts}


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    decimals = ("tolerance", "worst_found", "worst_left", "applied", "as_found", "as_left", "uncertainty")
    return facts | {name: str(facts[name]) for name in decimals if facts.get(name) is not None}


@router.get("/look-backs")
async def list_look_backs(work: Transaction, _: Signed, open_only: Annotated[bool, Query()] = False) -> dict[str, Any]:
    """Look-backs, newest first, without their findings."""
    found = await look_backs.look_backs(work, open_only=open_only)
    return {"items": [{k: v for k, v in asdict(each).items() if k != "findings"} for each in found]}


@router.get("/look-backs/{look_back_id}")
async def show_look_back(look_back_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One look-back with all that it found."""
    return asdict(await look_backs.look_back(work, look_back_id))


@router.get("/points/{point_id}")
async def show_point(point_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Where a point stood, and which instruments served it."""
    await plant.point(work, point_id)
    stays = await instruments.installations(work, point_id=point_id, withdrawn=True)
    moves = await places.places_of(work, point_id)
    return {"installations": [asdict(each) for each in stays], "places": [asdict(each) for each in moves]}


@router.post("/points/{point_id}/install")
async def install(point_id: Id, body: InstallBody, work: Transaction, _: Keeper) -> dict[str, Any]:
    """An instrument serves a point."""
    made = await instruments.install(work, body.instrument_id, point_id, reason=body.reason, at=body.at)
    return asdict(made)


@router.post("/points/{point_id}/move")
async def move(point_id: Id, body: MoveBody, work: Transaction, _: Keeper) -> dict[str, Any]:
    """A point stands in another zone; what was judged since then is judged again."""
    await sensors.move_point(work, point_id, zone_id=body.zone_id, reason=body.reason, at=body.at)
    return {"places": [asdict(each) for each in await places.places_of(work, point_id)]}
