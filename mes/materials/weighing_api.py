"""Weighing and dispensing over HTTP, one step a request; a weight is read from the scale, never from the request."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.inventory.api import Body, Id, Quantity
from mes.materials import dispensings, scales, service, weighing
from mes.materials.api import BatchId, ScanBody
from mes.materials.dispensing import Dispensing
from mes.materials.told import check_json, dispensing_json
from mes.people.model import Credentials, Meaning, Role
from telemetry.work import Work

router = APIRouter(tags=["weighing"])

Crew = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD, Role.WAREHOUSE))]
DispensingId = Annotated[int, Path(ge=1, le=2**31 - 1)]
PointId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Weight = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]


class PlanDispensingBody(Body):
    line: Annotated[int, Field(ge=1, le=2**31 - 1)]
    lot_id: Id
    quantity: Quantity | None = Field(
        None, description="a part of the line, before its assay; unless said, what is open"
    )


class TareBody(ScanBody):
    version: int
    point_id: Id = Field(description="the scale's weight")
    zone_id: Id | None = Field(None, description="unless said, where the scale stands")


class WeighBody(Body):
    version: int


class TypedBody(ScanBody):
    """Weights by hand: possible, and an exception of the batch."""

    version: int
    tare: Weight
    gross: Weight
    unit: str = Field(min_length=1, max_length=20)
    zone_id: Id
    reason: str


class VerifyBody(Body):
    version: int
    username: str | None = None
    password: str = Field(repr=False)
    meaning: Meaning = Meaning.VERIFIED
    reason: str


class StageBody(Body):
    version: int
    zone_id: Id


class EndDispensingBody(Body):
    version: int
    how: Literal["return", "destroy", "reject"]
    reason: str


class ScaleCheckBody(Body):
    nominal: Quantity
    tolerance: Weight
    weight_no: str = Field(min_length=1, max_length=100, description="number of the test weight")


@router.get("/batches/{batch_id}/dispensings")
async def list_dispensings(batch_id: BatchId, work: Transaction, _: Signed) -> dict[str, Any]:
    """What is weighed for a batch."""
    await service.lines(work, batch_id)
    rows = await dispensings.dispensings(work, batch_id=batch_id)
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=[row.lot_id for row in rows])}
    return {"items": [dispensing_json(row, lots[row.lot_id]) for row in rows]}


@router.post("/batches/{batch_id}/dispensings", status_code=201)
async def plan_dispensing(batch_id: BatchId, body: PlanDispensingBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Reserve a lot for a line that is weighed, or for a part of it."""
    return await _shown(work, await weighing.plan(work, batch_id, body.line, body.lot_id, body.quantity))


@router.get("/dispensings/{dispensing_id}")
async def show_dispensing(dispensing_id: DispensingId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One weighing, with the readings that it rests on."""
    return await _shown(work, await dispensings.dispensing(work, dispensing_id))


@router.post("/dispensings/{dispensing_id}/tare")
async def take_tare(dispensing_id: DispensingId, body: TareBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """The reserved lot is scanned, and the empty container's weight read from the scale."""
    scan = await body.scanned(work)
    tared = await weighing.tare(
        work,
        dispensing_id,
        lot_number=scan.lot,
        container=scan.container,
        point_id=body.point_id,
        zone_id=body.zone_id,
        version=body.version,
    )
    return await _shown(work, tared)


@router.post("/dispensings/{dispensing_id}/weigh")
async def take_weight(dispensing_id: DispensingId, body: WeighBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """The filled container's weight is read from the scale; net within tolerance, or nothing changes."""
    return await _shown(work, await weighing.weigh(work, dispensing_id, version=body.version))


@router.post("/dispensings/{dispensing_id}/type")
async def type_weight(dispensing_id: DispensingId, body: TypedBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Weights by hand, where no scale can be read: an exception of the batch."""
    scan = await body.scanned(work)
    typed = weighing.Typed(tare=body.tare, gross=body.gross, unit=body.unit, reason=body.reason)
    weighed = await weighing.type_weight(
        work,
        dispensing_id,
        typed,
        lot_number=scan.lot,
        container=scan.container,
        zone_id=body.zone_id,
        version=body.version,
    )
    return await _shown(work, weighed)


@router.post("/dispensings/{dispensing_id}/verify")
async def verify_weighing(
    dispensing_id: DispensingId, body: VerifyBody, work: Transaction, who: Signed
) -> dict[str, Any]:
    """A second person signs."""
    credentials = Credentials(body.username or who.name, body.password, who.terminal)
    verified = await weighing.verify(
        work, dispensing_id, credentials, meaning=body.meaning, reason=body.reason, version=body.version
    )
    return await _shown(work, verified)


@router.post("/dispensings/{dispensing_id}/stage")
async def stage_container(dispensing_id: DispensingId, body: StageBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """It stands with the batch's other containers."""
    return await _shown(work, await weighing.stage(work, dispensing_id, zone_id=body.zone_id, version=body.version))


@router.post("/dispensings/{dispensing_id}/end")
async def end_dispensing(
    dispensing_id: DispensingId, body: EndDispensingBody, work: Transaction, _: Crew
) -> dict[str, Any]:
    """It is not used: its content goes back to free stock, is destroyed, or stays rejected."""
    ended = await weighing.end(work, dispensing_id, body.how, reason=body.reason, version=body.version)
    return await _shown(work, ended)


@router.get("/scales")
async def list_scales(work: Transaction, _: Signed) -> dict[str, Any]:
    """The scales, and what speaks against weighing on each now."""
    return {
        "items": [
            {"point_id": point.point_id, "point": point.name, "unit": point.unit, "resolution": str(point.resolution)}
            | {"zone_id": point.zone_id, "against": await scales.why_not(work, point.point_id)}
            for point in await scales.scales(work)
        ]
    }


@router.post("/scales/{point_id}/checks", status_code=201)
async def check_scale(point_id: PointId, body: ScaleCheckBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """The daily check: what the scale shows of a test weight that lies on it now. A failed one is kept as well."""
    return check_json(await scales.check_scale(work, point_id, **body.model_dump()))


async def _shown(work: Work, row: Dispensing) -> dict[str, Any]:
    return dispensing_json(row, await inventory.lot(work, row.lot_id))
