"""Stability over HTTP: what is left of lots, their ledger, lifting a hold, and splitting and merging lots."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.people.model import Credentials, Meaning, Role
from mes.stability import parting, service
from mes.stability.told import left_json

router = APIRouter(tags=["stability"])
Handler = Annotated[Caller, Depends(allow(Role.WAREHOUSE, Role.OPERATOR, Role.LEAD, Role.QA))]
Quality = Annotated[Caller, Depends(allow(Role.QA, Role.QP))]
LotId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SplitBody(Body):
    lot_id: Id
    number: str = Field(min_length=1)
    quantity: Quantity
    zone_id: Id | None = None
    reason: str = Field(min_length=1)


class MergeBody(Body):
    number: str = Field(min_length=1)
    lot_ids: list[Id] = Field(min_length=2)
    zone_id: Id
    reason: str = Field(min_length=1)


class LiftBody(Body):
    username: str | None = None
    password: str = Field(repr=False)
    meaning: Meaning
    reason: str


@router.get("/lots/{lot_id}/stability")
async def show_budget(lot_id: LotId, work: Transaction, _: Signed) -> dict[str, Any]:
    """What is left of each band, and the ledger, newest first. Null where the item has no stability profile."""
    await inventory.lot(work, lot_id)
    left = (await service.left_of(work, [lot_id])).get(lot_id)
    rows = [asdict(entry) for entry in await service.entries(work, lot_id)]
    return {"budget": left_json(left), "entries": rows}


@router.post("/lots/split", status_code=201)
async def split(body: SplitBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Make a lot of its own of a part; it begins with what the lot has drawn."""
    made = await parting.split(
        work, body.lot_id, number=body.number, quantity=body.quantity, zone_id=body.zone_id, reason=body.reason
    )
    return {"lot_id": made.id, "number": made.number}


@router.post("/lots/merge", status_code=201)
async def merge(body: MergeBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Make one lot of several; of each band it begins with the most that any of them has drawn."""
    made = await parting.merge(work, body.lot_ids, number=body.number, zone_id=body.zone_id, reason=body.reason)
    return {"lot_id": made.id, "number": made.number}


@router.post("/lots/{lot_id}/stability/lift")
async def lift(lot_id: LotId, body: LiftBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Lift the hold of a budget that is exhausted no longer, signed."""
    credentials = Credentials(body.username or caller.name, body.password, caller.terminal)
    lifted = await service.lift_hold(work, lot_id, credentials, meaning=body.meaning, reason=body.reason)
    return {"lifted": [asdict(hold) for hold in lifted]}
