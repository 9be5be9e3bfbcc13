"""Training over HTTP: the matrix, needs, records, and who may not work by a document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.duties import Act, signers
from mes.people.model import Role
from mes.people.service import person_by_id
from mes.people.signed_body import Body, SignedBody
from mes.training import service
from mes.training.model import Method, Need, TrainingRecord

Approver = Annotated[Caller, Depends(allow(*signers(Act.APPROVE)))]
router = APIRouter(prefix="/training", tags=["training"])
LARGEST = 2**31 - 1
Id = Annotated[int, Field(ge=1, le=LARGEST)]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class NeedBody(Body):
    code: Code
    role: Role
    valid_days: Annotated[int | None, Field(ge=1, le=36_500)] = None
    reason: Reason


class EndBody(Body):
    code: Code
    role: Role
    reason: Reason


class RecordBody(SignedBody):
    person_id: Id
    version_id: Id
    method: Method
    trained_on: date
    passed: bool = True


class ReadBody(SignedBody):
    version_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


@router.get("/matrix")
async def show_matrix(work: Transaction, _: Signed) -> dict[str, Any]:
    """How every person stands to every document in force."""
    cells = [
        {
            "person_id": cell.person.id,
            "username": cell.person.username,
            "code": cell.document.code,
            "number": cell.document.number,
            "state": cell.state,
            "needed": cell.is_needed,
            "valid_until": cell.record.valid_until if cell.record else None,
        }
        for cell in await service.matrix(work)
    ]
    return {"items": cells, "next": None}


@router.get("/untrained/{person_id}")
async def show_untrained(
    person_id: Annotated[int, Path(ge=1, le=LARGEST)],
    work: Transaction,
    _: Signed,
    code: Annotated[list[str] | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """Which of these documents the person may not work by now."""
    await person_by_id(work, person_id)
    return {"items": await service.untrained(work, person_id, code or [], work.now), "next": None}


@router.get("/records")
async def list_records(
    work: Transaction, _: Signed, person_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None
) -> dict[str, Any]:
    """Training records, oldest first."""
    return {"items": await service.records(work, person_id=person_id), "next": None}


@router.get("/needs")
async def list_needs(work: Transaction, _: Signed) -> dict[str, Any]:
    """Which role must know which document."""
    return {"items": await service.needs(work), "next": None}


@router.post("/needs", status_code=201)
async def put_need(body: NeedBody, work: Transaction, who: Approver) -> Need:
    """A role must know a document."""
    need = Need(code=body.code, role=body.role, valid_days=body.valid_days)
    await service.put_need(work, who.roles, need, reason=body.reason)
    return need


@router.post("/needs/end", status_code=204)
async def end_need(body: EndBody, work: Transaction, who: Approver) -> None:
    """A role need not know it any more."""
    await service.end_need(work, who.roles, body.code, body.role, reason=body.reason)


@router.post("/records", status_code=201)
async def record_training(body: RecordBody, work: Transaction, who: Signed) -> TrainingRecord:
    """A trainer signs how a person's training ended."""
    said = service.Training(
        person_id=body.person_id,
        version_id=body.version_id,
        method=body.method,
        trained_on=body.trained_on,
        passed=body.passed,
    )
    return await service.record_training(
        work, said, credentials=body.credentials(who), meaning=body.meaning, reason=body.reason
    )


@router.post("/read", status_code=201)
async def read_and_understood(body: ReadBody, work: Transaction, who: Signed) -> dict[str, Any]:
    """Sign that one read and understood these versions: one password, a signature each."""
    made = await service.read_and_understood(
        work, body.version_ids, credentials=body.credentials(who), meaning=body.meaning, reason=body.reason
    )
    return {"items": made, "next": None}
