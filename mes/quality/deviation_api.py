"""Deviations over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.changes.model import Department
from mes.people.model import Role
from mes.quality import deviation_lots, deviations, handling
from mes.quality.excursion_api import LARGEST, Body, Id, Quality, SignedBody
from mes.quality.model import Decision, Deviation, DeviationStatus, Disposition, Severity
from mes.quality.states import DEVIATION
from mes.quality.told import deviation_json
from telemetry.work import Work

router = APIRouter(prefix="/deviations", tags=["quality"])
SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)
Lot = Annotated[int, Field(ge=1, le=LARGEST)]
Anyone = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
Step = Literal["report", "classify", "investigate", "submit", "return", "reopen"]
BY_ANYONE = frozenset({"report", "submit"})


class DraftBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title_en: str = Field(min_length=1)
    title_zh: str = Field(min_length=1)
    description: str = ""
    lot_ids: list[Lot] = Field(default_factory=list, max_length=100)  # on hold from now on


class StepBody(Body):
    """`version` always; the rest where the step asks for it."""

    note: str = ""
    severity: Severity | None = None
    description: str = ""
    root_cause: str = ""
    other_batches: str = ""
    immediate_action: str = ""
    investigation: str = ""
    departments: list[Department] = Field(default_factory=list)
    extra_tests: str = ""
    no_capa_why: str = ""

    def said(self) -> handling.Said:
        """What the step is told."""
        told = self.model_dump(exclude={"version", "departments"})
        return handling.Said(**told, departments=tuple(self.departments))


class CloseBody(SignedBody):
    no_capa_why: str = ""  # of a major one that leads to no CAPA


class LotBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lot_id: Lot
    reason: str = ""


class DecideBody(Body):
    disposition: Disposition
    reason: str


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
    told = body.model_dump(exclude={"lot_ids"})
    return deviation_json(await handling.open_deviation(work, deviations.Draft(**told, lot_ids=tuple(body.lot_ids))))


@router.get("/{deviation_id}")
async def show_deviation(deviation_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One deviation with the lots that it names, and the steps that its state offers."""
    return await _shown(work, await deviations.deviation(work, deviation_id))


@router.post("/{deviation_id}/lots", status_code=201)
async def name_lot(deviation_id: Id, body: LotBody, work: Transaction, _: Anyone) -> dict[str, Any]:
    """It is about this lot as well: on hold at once."""
    await deviation_lots.name_lot(work, deviation_id, body.lot_id, reason=body.reason)
    return await _shown(work, await deviations.deviation(work, deviation_id))


@router.post("/{deviation_id}/lots/{lot_id}")
async def decide_lot(deviation_id: Id, lot_id: Id, body: DecideBody, work: Transaction, _: Quality) -> dict[str, Any]:
    """What shall become of a lot with the closing signature."""
    decision = Decision(lot_id=lot_id, disposition=body.disposition, reason=body.reason)
    return await _shown(work, await deviation_lots.decide(work, deviation_id, decision, version=body.version))


@router.post("/{deviation_id}/close")
async def close_deviation(deviation_id: Id, body: CloseBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Close it, signed; the reason is the justification."""
    return await _sign(deviation_id, "close", body, work, caller, no_capa_why=body.no_capa_why)


@router.post("/{deviation_id}/void")
async def void_deviation(deviation_id: Id, body: SignedBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """A duplicate or an error, signed."""
    return await _sign(deviation_id, "void", body, work, caller)


async def _shown(work: Work, found: Deviation) -> dict[str, Any]:
    named = [asdict(each) for each in await deviation_lots.lots_of(work, [found.id])]
    return deviation_json(found) | {"lots": named, "steps": DEVIATION.open_steps(found.status)}


async def _sign(
    deviation_id: int, step: str, body: SignedBody, work: Transaction, caller: Caller, *, no_capa_why: str = ""
) -> dict[str, Any]:
    signed = await handling.sign_step(
        work,
        deviation_id,
        step,
        version=body.version,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
        no_capa_why=no_capa_why,
    )
    return deviation_json(signed)


@router.post("/{deviation_id}/{step}")
async def take_step(deviation_id: Id, step: Step, body: StepBody, work: Transaction, caller: Anyone) -> dict[str, Any]:
    """A step without a signature. Only QA classifies, investigates, returns and reopens."""
    if step not in BY_ANYONE and Role.QA not in caller.roles:
        raise RoleMissing(needs=Role.QA, caller=caller.name)
    return deviation_json(await handling.take_step(work, deviation_id, step, version=body.version, said=body.said()))
