"""What is written down while an order is worked on, over HTTP: labour, hand-overs, words, parts, proofs, the log."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.maintenance import checks, codes, labour, parts, records
from mes.maintenance.api import LARGEST, SHOP_FLOOR, Crew, Id, as_json
from mes.maintenance.checks import CheckKind

router = APIRouter(prefix="/maintenance", tags=["maintenance"])
Anybody = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
Text = Annotated[str, Field(max_length=2000)]


class LabourBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person: Annotated[str, Field(max_length=200)]
    minutes: Annotated[Decimal, Field(max_digits=8, decimal_places=2)]
    note: Text = ""


class HandOverBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=LARGEST)
    to: Annotated[str, Field(max_length=200)]
    note: Text


class WordBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Text


class PartBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    part_id: int = Field(ge=1, le=LARGEST)
    quantity: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)]
    bring_back: bool = False


class ProofBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: CheckKind
    evidence: Text


@router.get("/failure-codes")
async def list_codes(work: Transaction, _: Signed) -> dict[str, Any]:
    """Problem, cause and remedy codes."""
    return {kind: [asdict(each) for each in found] for kind, found in (await codes.failure_codes(work)).items()}


@router.get("/orders/{order_id}/work")
async def show_work(order_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Labour, parts, checks and log of an order."""
    found = await records.order(work, order_id)
    used = [{"number": each.number, "quantity": str(each.quantity)} for each in await parts.used_in(work, found.id)]
    return {
        "labour": [asdict(each) | {"minutes": str(each.minutes)} for each in await labour.labour(work, found.id)],
        "parts": used,
        "checks": [asdict(each) for each in await checks.checks(work, found.id)],
        "log": [asdict(each) for each in await records.log_of(work, found.id)],
    }


@router.post("/orders/{order_id}/labour")
async def book_labour(order_id: Id, body: LabourBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Book a person's minutes."""
    return await as_json(work, await labour.book_labour(work, order_id, **body.model_dump()))


@router.post("/orders/{order_id}/hand-over")
async def hand_over(order_id: Id, body: HandOverBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Give the work to a colleague, with a note."""
    return await as_json(work, await labour.hand_over(work, order_id, **body.model_dump()))


@router.post("/orders/{order_id}/comments")
async def comment(order_id: Id, body: WordBody, work: Transaction, _: Anybody) -> dict[str, Any]:
    """Say something that stays with the order."""
    await labour.comment(work, order_id, body.note)
    return await as_json(work, await records.order(work, order_id))


@router.post("/orders/{order_id}/parts")
async def use_part(order_id: Id, body: PartBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Take parts for an order, or bring them back."""
    book = parts.bring_back if body.bring_back else parts.use
    left = await book(work, order_id, body.part_id, body.quantity)
    return {"part": left.number, "stock": str(left.stock), "low": left.low}


@router.post("/orders/{order_id}/checks")
async def finish_check(order_id: Id, body: ProofBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Name the proof of a check after the work."""
    await checks.finish_check(work, order_id, body.kind, body.evidence)
    return await as_json(work, await records.order(work, order_id))
