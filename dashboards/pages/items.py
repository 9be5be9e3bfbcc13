"""The item master: every item with its units and trade item numbers, and one item with what changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.items import service as items
from mes.items.model import Level, MasterItem
from mes.items.units import convert
from mes.people.duties import Act, signers
from mes.recipes import service as recipes
from mes.recipes.model import RecipeStatus
from telemetry.errors import Invalid

router = APIRouter(prefix="/items")
Author = Annotated[Caller, Depends(allow(*signers(Act.AUTHOR)))]
Field = Annotated[str, Form(max_length=1000)]
STARTED = "1"


class NumberUnreadable(Invalid):
    """This is no number: digits, with a point before the decimals."""


@router.get("")
async def item_list(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """All items, by kind and code."""
    around = await frame(request, work, caller)
    found = await items.masters(work)
    kinds = [(kind, _of(found, kind)) for kind in ("product", "raw", "reagent", "packaging")]
    return page(request, "items.html", around, kinds=[(kind, rows) for kind, rows in kinds if rows])


def _of(found: Sequence[MasterItem], kind: str) -> list[MasterItem]:
    return [each for each in found if each.item.kind == kind]


@router.get("/{code}")
async def item(
    request: Request,
    work: Transaction,
    caller: Signed,
    code: str,
    quantity: str = STARTED,
    unit: str = "",
    to: str = "",
) -> HTMLResponse:
    """One item: what it is, how it is counted and sold, by which records it is made, who changed it."""
    around = await frame(request, work, caller)
    found = await items.master(work, code)
    units = list(found.factors)
    unit, to = unit if unit in units else units[0], to if to in units else units[-1]
    view = {
        "master": found,
        "asked": {"quantity": quantity, "unit": unit, "to": to},
        "told": convert(number_of(quantity), unit, to, found.factors),
        "levels": list(Level),
        "recipes": await recipes.recipes(work, code, statuses=(RecipeStatus.EFFECTIVE,)),
        "may_write": around.has(*signers(Act.AUTHOR)),
        "trail": await audit.entries(work, entity="item", entity_id=code, limit=50),
    }
    return page(request, "item.html", around, **view)


def number_of(text: str) -> Decimal:
    """A number as people type it. Raises NumberUnreadable."""
    try:
        told = Decimal(text.strip())
    except InvalidOperation as error:
        raise NumberUnreadable(text=text[:40]) from error
    if not told.is_finite() or abs(told) >= items.LARGEST or -int(told.as_tuple().exponent) > _DECIMALS:
        raise NumberUnreadable(text=text[:40])
    return told


_DECIMALS = 12


@router.post("/{code}/units")
async def put_unit(
    work: Transaction,
    _: Author,
    code: str,
    unit: Field,
    factor: Field,
    seen: Annotated[int, Form()],
    reason: Field = "",
) -> Response:
    """Say how much one pack holds."""
    await items.put_unit(work, code, unit, number_of(factor), reason=reason, seen=seen)
    return done(f"/items/{code}", "item.unit")


@router.post("/{code}/gtins")
async def add_gtin(
    work: Transaction,
    _: Author,
    code: str,
    gtin: Field,
    level: Annotated[Level, Form()],
    quantity: Field,
    reason: Field = "",
) -> Response:
    """Say which number a level of packaging is sold under."""
    await items.add_gtin(work, code, gtin, level=level, quantity=number_of(quantity), reason=reason)
    return done(f"/items/{code}", "item.gtin")
