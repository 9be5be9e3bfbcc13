"""Deviations over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.people.model import Role
from mes.quality import deviations, handling
from mes.quality.excursion_api import LARGEST, Body, Id, Quality, SignedBody
from mes.quality.model import DeviationStatus, Severity
from mes.quality.states import DEVIATION
from mes.quality.told import deviation_json

router = APIRouter(prefix="/deviations", tags=["quality"])
SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)
Anyone = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
Step = Literal["report", "classify", "investigate", "submit", "return", "reopen"]
BY_ANYONE = frozenset({"report", "submit"})


class DraftBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title_en: str = Field(min_length=1)
    title_zh: str = Field(min_length=1)
    description: str = ""


class StepBody(Body):
    """`version` always; the rest where the step asks for it."""

    note: str = ""
    severity: Severity | None = None
    description: str = ""
    root_cause: str = ""
    other_batches: str = ""


@router.get("")
async def list_deviations(
    work: Transaction,
    _: Signed,
    status: Annotated[list[DeviationStatus] | None, Query()] = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Deviations, newest first."""
    found = await deviations.deviations(work, statuses=status, below=cursor, limit=limit)
    items = [deviation_json(each) | {"steps": DEVIATION.open_steps(each.status)} for each in found]
    return {"items": items, "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
async def open_deviation(body: DraftBody, work: Transaction, _: Anyone) -> dict[str, Any]:
    """Draft a deviation by hand."""
    return deviation_json(await handling.open_deviation(work, deviations.Draft(**body.model_dump())))


@router.get("/{deviation_id}")
async def show_deviation(deviation_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One deviation, and the steps that its state offers."""
    found = await deviations.deviation(work, deviation_id)
    return deviation_json(found) | {"steps": DEVIATION.open_steps(found.status)}


@router.post("/{deviation_id}/close")
async def close_deviation(deviation_id: Id, body: SignedBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Close it, signed; the reason is the justification."""
    return await _sign(deviation_id, "close", body, work, caller)


@router.post("/{deviation_id}/void")
async def void_deviation(deviation_id: Id, body: SignedBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """A duplicate or an error, signed."""
    return await _sign(deviation_id, "void", body, work, caller)


async def _sign(deviation_id: int, step: str, body: SignedBody, work: Transaction, caller: Caller) -> dict[str, Any]:
    signed = await handling.sign_step(
        work,
        deviation_id,
        step,
        version=body.version,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
    )
    return deviation_json(signed)


@router.post("/{deviation_id}/{step}")
async def take_step(deviation_id: Id, step: Step, body: StepBody, work: Transaction, caller: Anyone) -> dict[str, Any]:
    """A step without a signature. Only QA classifies, investigates, returns and reopens."""
    if step not in BY_ANYONE and Role.QA not in caller.roles:
        raise RoleMissing(needs=Role.QA, caller=caller.name)
    said = handling.Said(**body.model_dump(exclude={"version"}))
    return deviation_json(await handling.take_step(work, deviation_id, step, version=body.version, said=said))
