"""The register of gauges over HTTP; their certificates are entered and signed as those of sensors are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.gauges import resting, service
from mes.gauges.model import Gauge, GaugeKind, GaugeStatus
from mes.maintenance.api import LARGEST, SHOP_FLOOR, Id
from mes.people.model import Role
from mes.sensors.model import CalibrationState

router = APIRouter(prefix="/gauges", tags=["gauges"])
KEEPERS = (Role.ENGINEER, Role.MAINTENANCE, Role.QA, Role.QC)
Keeper = Annotated[Caller, Depends(allow(*KEEPERS))]
Worker = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[Decimal | None, Field(max_digits=18, decimal_places=6)]


class GaugeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    serial: Word
    kind: GaugeKind
    name_en: Word
    name_zh: Word
    interval_months: Annotated[int, Field(ge=1, le=120)]
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    model: Annotated[str, Field(max_length=200)] = ""
    place: Annotated[str, Field(max_length=200)] = ""
    low: Amount = None
    high: Amount = None


class GaugeStatusBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=LARGEST)
    status: GaugeStatus
    reason: Annotated[str, Field(max_length=1000)] = ""


class UseBody(BaseModel):
    """What was measured, in which record; `used_at` unless said: now."""

    model_config = ConfigDict(extra="forbid")

    record_type: Word
    record_id: Word
    label: Word
    value: Amount = None
    used_at: AwareDatetime | None = None


def gauge_json(gauge: Gauge, state: CalibrationState) -> dict[str, Any]:
    """A gauge with its calibration; numbers as text."""
    ends = {name: None if getattr(gauge, name) is None else str(getattr(gauge, name)) for name in ("low", "high")}
    names = ("standing", "certificate", "due_on", "days_left")
    return asdict(gauge) | ends | {"calibration": {name: getattr(state, name) for name in names}}


@router.get("")
async def list_gauges(work: Transaction, _: Signed) -> dict[str, Any]:
    """All gauges with their calibration."""
    found = await service.gauges(work)
    states = await service.standing(work, found, work.now)
    return {"items": [gauge_json(each, states[each.id]) for each in found]}


@router.post("", status_code=201)
async def register(body: GaugeBody, work: Transaction, _: Keeper) -> dict[str, Any]:
    """Take a gauge into the register."""
    made = await service.register(work, **body.model_dump())
    return gauge_json(made, (await service.standing(work, [made], work.now))[made.id])


@router.get("/{gauge_id}")
async def show_gauge(gauge_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One gauge, the newest uses of it, and what failed calibrations put in doubt."""
    found = await service.gauge(work, gauge_id)
    state = (await service.standing(work, [found], work.now))[gauge_id]
    in_doubt = [
        {"certificate": i.paper.number, "from": i.start, "to": i.end, "found": [asdict(each) for each in i.found]}
        for i in await resting.impacts(work, found)
    ]
    used = [asdict(each) | {"value": _text(each.value)} for each in await service.uses(work, gauge_id, limit=100)]
    return gauge_json(found, state) | {"uses": used, "in_doubt": in_doubt}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


@router.post("/{gauge_id}/status")
async def set_status(gauge_id: Id, body: GaugeStatusBody, work: Transaction, _: Keeper) -> dict[str, Any]:
    """Out of service, lost, back again."""
    found = await service.set_status(work, gauge_id, body.status, reason=body.reason, version=body.version)
    return gauge_json(found, (await service.standing(work, [found], work.now))[gauge_id])


@router.post("/{gauge_id}/uses", status_code=201)
async def measure(gauge_id: Id, body: UseBody, work: Transaction, _: Worker) -> dict[str, Any]:
    """Say that something was measured with it; refused where it may not be."""
    said = body.model_dump()
    made = await service.measure(work, gauge_id, **said | {"used_at": _not_ahead(body.used_at, work.now)})
    return asdict(made) | {"value": _text(made.value)}


def _not_ahead(at: datetime | None, now: datetime) -> datetime:
    """A use is not ahead of now, whatever a device's clock says."""
    return now if at is None or at > now else at
