"""Machines over HTTP: the status label, its history, and cleanings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.equipment import service as equipment
from mes.people.model import Credentials, Role
from mes.plant import service as plant

router = APIRouter(tags=["equipment"])

LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Text = Annotated[str, Field(max_length=2000)]
Crew = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD))]
Looking = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD, Role.QC))]


class MethodBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    method: Text


class FinishBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=LARGEST)
    username: Annotated[str, Field(max_length=200)] | None = None
    password: Annotated[str, Field(max_length=1000)] = ""

    def credentials(self, who: Caller) -> Credentials:
        """What was typed to sign with."""
        return Credentials(self.username or who.name, self.password, who.terminal)


class CheckBody(FinishBody):
    passed: bool
    remark: Text = ""


@router.get("/equipment/{equipment_id}/label")
async def show_label(equipment_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """A machine's status label: what runs on it, since when it is clean, what of it is out of calibration."""
    return asdict(await equipment.label(work, equipment_id, work.now))


@router.get("/equipment/{equipment_id}/history")
async def show_history(equipment_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Every change of its status, and its cleanings."""
    await plant.machine(work, equipment_id)
    log = [asdict(entry) for entry in await equipment.log_of(work, equipment_id)]
    return {"log": log, "cleanings": [asdict(each) for each in await equipment.cleanings(work, equipment_id)]}


@router.post("/equipment/{equipment_id}/cleanings", status_code=201)
async def start_cleaning(equipment_id: Id, body: MethodBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Begin to clean a machine."""
    return asdict(await equipment.start_cleaning(work, equipment_id, method=body.method))


@router.post("/cleanings/{cleaning_id}/finish")
async def finish_cleaning(cleaning_id: Id, body: FinishBody, work: Transaction, who: Crew) -> dict[str, Any]:
    """Who cleaned signs."""
    signer = body.credentials(who)
    return asdict(await equipment.finish_cleaning(work, cleaning_id, signer, version=body.version))


@router.post("/cleanings/{cleaning_id}/check")
async def check_cleaning(cleaning_id: Id, body: CheckBody, work: Transaction, who: Looking) -> dict[str, Any]:
    """Another person has looked whether it is clean."""
    found = await equipment.check_cleaning(
        work, cleaning_id, body.credentials(who), passed=body.passed, remark=body.remark, version=body.version
    )
    return asdict(found)
