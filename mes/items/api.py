"""The item master over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.items import service
from mes.items.model import Level, MasterItem
from mes.people.duties import Act, signers
from mes.people.signed_body import Body

router = APIRouter(prefix="/items", tags=["items"])
Author = Annotated[Caller, Depends(allow(*signers(Act.AUTHOR)))]
Code = Annotated[str, Path(min_length=1, max_length=100)]
UnitName = Annotated[str, Field(min_length=1, max_length=30)]
Quantity = Annotated[Decimal, Field(gt=0, lt=service.LARGEST, max_digits=28, decimal_places=12)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class UnitBody(Body):
    unit: UnitName
    factor: Quantity  # how much of the base unit is in one
    reason: Reason
    seen: int | None = None  # version of the unit that was looked at; 0: there was none


class GtinBody(Body):
    gtin: Annotated[str, Field(min_length=8, max_length=14)]
    level: Level
    quantity: Quantity = Decimal(1)
    reason: Reason


def item_json(found: MasterItem) -> dict[str, Any]:
    """An item as programs see it; numbers are text with every digit."""
    names = ("code", "kind", "name_en", "name_zh", "unit", "policy", "expires")
    units = [{"unit": each.unit, "factor": str(each.factor), "version": each.version} for each in found.units]
    trade = [{"gtin": t.gtin, "level": t.level, "quantity": str(t.quantity)} for t in found.trade]
    return {name: getattr(found.item, name) for name in names} | {"units": units, "gtins": trade}


@router.get("")
async def list_items(work: Transaction, _: Signed) -> dict[str, Any]:
    """All items, by code."""
    return {"items": [item_json(each) for each in await service.masters(work)], "next": None}


@router.get("/{code}")
async def show_item(code: Code, work: Transaction, _: Signed) -> dict[str, Any]:
    """One item."""
    return item_json(await service.master(work, code))


@router.get("/{code}/convert")
async def convert(
    code: Code,
    work: Transaction,
    _: Signed,
    quantity: Annotated[Decimal, Query(ge=0, max_digits=28, decimal_places=12)],
    unit: Annotated[str, Query(max_length=30)],
    to: Annotated[str, Query(max_length=30)],
) -> dict[str, Any]:
    """A quantity in another of the item's units."""
    told = await service.convert_of(work, code, quantity, unit, to)
    return {"item": code, "quantity": f"{told:f}", "unit": to}


@router.post("/{code}/units")
async def put_unit(code: Code, body: UnitBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Say how much one pack holds."""
    return item_json(await service.put_unit(work, code, body.unit, body.factor, reason=body.reason, seen=body.seen))


@router.post("/{code}/gtins", status_code=201)
async def add_gtin(code: Code, body: GtinBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Say which number a level of packaging is sold under."""
    return item_json(
        await service.add_gtin(work, code, body.gtin, level=body.level, quantity=body.quantity, reason=body.reason)
    )
