"""Codes over HTTP: what a scan says, what it hangs on, and the traceability codes of a lot."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.barcodes import drug_codes, service, settings
from mes.barcodes.drug_codes import DrugCode
from mes.barcodes.model import Scan
from mes.barcodes.service import LONGEST_CODE, Found
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.people.model import Role

router = APIRouter(prefix="/barcodes", tags=["barcodes"])
LARGEST = 2**31 - 1
Text = Annotated[str, Field(max_length=LONGEST_CODE)]
LotId = Annotated[int, Path(ge=1, le=LARGEST)]
CAPTURERS = (Role.OPERATOR, Role.LEAD, Role.WAREHOUSE, Role.QA)
SETTERS = (Role.ENGINEER, Role.QA)


class ScanBody(BaseModel):
    """The raw text of a scanner, nothing taken off."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class SettingBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    separators: Annotated[str, Field(max_length=16)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class DrugCodeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=LONGEST_CODE)]
    parent_code: Annotated[str | None, Field(max_length=LONGEST_CODE)] = None


def as_json(scan: Scan) -> dict[str, Any]:
    """A scan as programs see it."""
    about = {"hri": scan.hri, "udi_di": scan.device_identifier, "udi_pi": scan.production_identifier}
    quantity = {"quantity": None if scan.quantity is None else str(scan.quantity)}
    return asdict(scan) | about | quantity


def found_json(found: Found) -> dict[str, Any]:
    """What a scan means, as programs see it."""
    names = ("thing", "id", "code", "name_en", "name_zh", "disagreements")
    return {name: getattr(found, name) for name in names} | {"scan": as_json(found.scan)}


@router.post("/read")
async def read(body: ScanBody, work: Transaction, _: Signed) -> dict[str, Any]:
    """What a code says, whether or not the plant knows it."""
    return as_json(await service.read(work, body.text))


@router.post("/resolve")
async def resolve(body: ScanBody, work: Transaction, _: Signed) -> dict[str, Any]:
    """What a code hangs on."""
    return found_json(await service.resolve(work, body.text))


@router.get("/setting")
async def show_setting(work: Transaction, _: Signed) -> dict[str, Any]:
    """Which characters end an element."""
    return {"separators": list(await settings.separators(work))}


@router.post("/setting", status_code=201)
async def set_separators(
    body: SettingBody, work: Transaction, _: Annotated[Caller, Depends(allow(*SETTERS))]
) -> dict[str, Any]:
    """Other characters end an element from now on."""
    await settings.set_separators(work, body.separators, reason=body.reason)
    return {"separators": list(await settings.separators(work))}


@router.get("/lots/{lot_id}/drug-codes")
async def list_drug_codes(
    lot_id: LotId,
    work: Transaction,
    _: Signed,
    after: Annotated[str, Query(max_length=20)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """The traceability codes of a lot."""
    await inventory.lot(work, lot_id)
    found = await drug_codes.drug_codes(work, lot_id, after=after, limit=limit)
    return {"items": [asdict(each) for each in found], "next": found[-1].code if len(found) == limit else None}


@router.post("/lots/{lot_id}/drug-codes", status_code=201)
async def capture_drug_code(
    lot_id: LotId, body: DrugCodeBody, work: Transaction, _: Annotated[Caller, Depends(allow(*CAPTURERS))]
) -> DrugCode:
    """Keep a traceability code with its lot."""
    return await drug_codes.capture(work, body.code, lot_id=lot_id, parent_code=body.parent_code)
