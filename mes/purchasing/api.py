"""Expected receipts over HTTP: lines of purchase orders in, what is due and what has come out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.duties import DUTIES, Act
from mes.people.signed_body import Body
from mes.plant import service as plant
from mes.purchasing import service
from mes.purchasing.model import Arrival, Expected, Ordered
from mes.purchasing.reading import LONGEST, MOST_ROWS
from telemetry.work import Work

router = APIRouter(prefix="/expected-receipts", tags=["purchasing"])
Expecter = Annotated[Caller, Depends(allow(*DUTIES[Act.EXPECT_GOODS]))]
LineId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Word = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^\S(.*\S)?$")]


class OrderLineBody(Body):
    order_number: Word
    line: Word
    item: Word
    supplier: Word
    quantity: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
    unit: Word
    due_on: date


class CloseLineBody(Body):
    version: int
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.get("")
async def list_expected(
    work: Transaction,
    _: Signed,
    open_only: Annotated[bool, Query(description="without closed lines and those that have come whole")] = True,
    limit: Annotated[int, Query(ge=1, le=service.A_LIST)] = 200,
) -> dict[str, Any]:
    """Lines, the earliest due first."""
    return {"items": await _told(work, await service.expected(work, open_only=open_only, limit=limit)), "next": None}


@router.post("")
async def import_expected(
    body: Annotated[list[OrderLineBody], Field(min_length=1, max_length=MOST_ROWS)], work: Transaction, _: Expecter
) -> service.Imported:
    """Take lines over, all or none. Sent again, a line changes nothing, or what has not come of it."""
    return await service.import_lines(work, {n: Ordered(**each.model_dump()) for n, each in enumerate(body, 1)})


@router.get("/{line_id}")
async def show_expected(line_id: LineId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One line with the lots that came of it."""
    return (await _told(work, [await service.line(work, line_id)]))[0]


@router.post("/{line_id}/close")
async def close_expected(line_id: LineId, body: CloseLineBody, work: Transaction, _: Expecter) -> dict[str, Any]:
    """Nothing more will come of it."""
    return (await _told(work, [await service.close(work, line_id, version=body.version, reason=body.reason)]))[0]


async def _told(work: Work, lines: list[Expected]) -> list[dict[str, Any]]:
    today = work.now.astimezone(await plant.time_zone(work)).date()
    came = await service.arrivals(work, [each.id for each in lines])
    warned = await service.unapproved(work, lines)
    return [
        line_json(each, today, [a for a in came if a.line_id == each.id]) | {"approved": each not in warned}
        for each in lines
    ]


def line_json(each: Expected, today: date, came: list[Arrival]) -> dict[str, Any]:
    """A line as programs see it."""
    names = ("id", "order_number", "line", "item", "supplier", "unit", "due_on", "closed_by", "closed_at", "version")
    facts = {name: getattr(each, name) for name in names} | {"close_reason": each.close_reason, "state": each.state}
    amounts = {"quantity": str(each.quantity), "received": str(each.received), "missing": str(each.missing)}
    lots = [
        {"id": a.lot_id, "number": a.number, "quantity": str(a.quantity), "note": a.note, "at": a.arrived_at}
        for a in came
    ]
    return facts | amounts | {"late": each.is_late(today), "lots": lots}
