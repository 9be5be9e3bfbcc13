"""Complaints over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.actions.api import LARGEST, Id
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.complaints import service
from mes.complaints.model import COMPLAINT, QA, STAFF, Complaint, Status
from mes.people.model import Credentials, Meaning
from mes.quality.model import Severity
from mes.quality.told import deviation_json

router = APIRouter(prefix="/complaints", tags=["quality"])
Staff = Annotated[Caller, Depends(allow(*STAFF))]
Quality = Annotated[Caller, Depends(allow(*QA))]


class ReceiptBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: str
    description: str
    received_on: date
    lot_number: str = ""
    serial: str = ""
    adverse: bool = False


class StepBody(BaseModel):
    """`version` always; the rest where the step asks for it."""

    model_config = ConfigDict(extra="forbid")

    version: int
    severity: Severity | None = None
    finding: str = ""
    answer: str = ""
    justified: bool | None = None


class CloseBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    username: str | None = None
    password: str = Field(repr=False)
    meaning: Meaning = Meaning.APPROVED
    reason: str


class VersionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int


def complaint_json(found: Complaint) -> dict[str, Any]:
    """A complaint as programs see it."""
    return {name: getattr(found, name) for name in Complaint.__slots__} | {"steps": COMPLAINT.open_steps(found.status)}


@router.get("")
async def list_complaints(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    lot_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Complaints, newest first."""
    found = await service.complaints(work, statuses=status, lot_id=lot_id, below=cursor, limit=limit)
    return {"items": [complaint_json(each) for each in found], "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
async def record_complaint(body: ReceiptBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """Take one in."""
    return complaint_json(await service.record_complaint(work, service.Receipt(**body.model_dump())))


@router.get("/{complaint_id}")
async def show_complaint(complaint_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One complaint."""
    return complaint_json(await service.complaint(work, complaint_id))


@router.post("/{complaint_id}/deviation", status_code=201)
async def open_deviation(complaint_id: Id, body: VersionBody, work: Transaction, _: Quality) -> dict[str, Any]:
    """Open the deviation that follows from it; its lot goes on hold."""
    return deviation_json(await service.open_deviation(work, complaint_id, version=body.version))


@router.post("/{complaint_id}/close")
async def close_complaint(complaint_id: Id, body: CloseBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Close it, signed."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    after = await service.close_complaint(
        work, complaint_id, version=body.version, credentials=who, meaning=body.meaning, reason=body.reason
    )
    return complaint_json(after)


@router.post("/{complaint_id}/{step}")
async def take_step(
    complaint_id: Id, step: Literal["investigate", "answer"], body: StepBody, work: Transaction, caller: Staff
) -> dict[str, Any]:
    """A step without a signature. Only QA classifies."""
    if step == "investigate" and not caller.roles & QA:
        raise RoleMissing(needs=" | ".join(sorted(QA)), caller=caller.name)
    said = service.Said(**body.model_dump(exclude={"version"}))
    return complaint_json(await service.take_step(work, complaint_id, step, version=body.version, said=said))
