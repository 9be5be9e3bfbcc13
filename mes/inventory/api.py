"""Lots over HTTP: lists with their holds and places, holds, moves, and QA's signed decisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import decisions, fefo, receiving, service, stock
from mes.inventory.model import Lot
from mes.inventory.sheets import LotSheet, Place, lot_sheets, sheets_at
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.stability import service as stability
from mes.stability.told import left_json
from telemetry.work import Work

router = APIRouter(tags=["inventory"])

SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)
MOVERS = (Role.WAREHOUSE, Role.OPERATOR, Role.LEAD, Role.QA)

Handler = Annotated[Caller, Depends(allow(*MOVERS))]
Anyone = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
LotId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FilledBody(Body):
    number: str = Field(min_length=1, max_length=100, description="what the container's label says")
    quantity: Quantity


class ReceiptBody(Body):
    """What is bought names its supplier, the supplier's lot and the certificate of analysis."""

    number: str = Field(min_length=1)
    item: str
    quantity: Quantity | None = Field(None, description="in the item's unit; unless said, what is in the containers")
    zone_id: Id
    supplier: str = Field("", description="code of an approved supplier")
    supplier_lot: str = ""
    coa: str = Field("", description="reference of the certificate of analysis")
    containers: list[FilledBody] = Field([], max_length=500)
    expires_on: date | None = None
    manufactured_on: date | None = None
    retest_on: date | None = None
    assay_pct: Annotated[Decimal, Field(gt=0, le=200, max_digits=12, decimal_places=6)] | None = None
    gtin: Annotated[str, Field(pattern="^[0-9]{14}$")] | None = None
    received_at: AwareDatetime | None = None
    reason: str = Field("", description="a note; needed where more came than 110 % of the expected line")
    expected_line_id: Id | None = Field(None, description="line of a purchase order that it came of")


class HoldBody(Body):
    reason: str = Field(min_length=1)


class MoveBody(Body):
    to_zone_id: Id
    from_zone_id: Id | None = None
    quantity: Quantity | None = None
    at: AwareDatetime | None = None
    reason: str = ""


class SignedBody(Body):
    """A decision with both components of a signature."""

    username: str | None = None  # default: who is signed in
    password: str
    meaning: Meaning
    reason: str


class JudgementBody(SignedBody):
    version: int


class QuarantineBody(Body):
    version: int
    reason: str = Field(min_length=1)


@router.get("/items/{code}/pick")
async def explain_pick(
    code: str,
    need: Annotated[Decimal, Query(gt=0, max_digits=20, decimal_places=6)],
    work: Transaction,
    _: Signed,
    min_remaining_days: Annotated[int, Query(ge=0, le=3660)] = 0,
) -> dict[str, Any]:
    """Which lots to take for a need, first expired first out, and why not the others."""
    await service.item_named(work, code)
    lots = await service.lots(work, item=code)
    pick = fefo.pick(lots, need, work.now, await plant.time_zone(work), min_remaining_days=min_remaining_days)
    left = await stability.left_of(work, [lot.id for lot in lots])
    taken = [
        {"lot": lot_json(row.lot), "quantity": str(row.quantity), "stability": left_json(left.get(row.lot.id))}
        for row in pick.allocations
    ]
    refused = [
        {"lot": lot_json(row.lot), "reasons": row.reasons, "stability": left_json(left.get(row.lot.id))}
        for row in pick.rejections
    ]
    return {"allocations": taken, "rejections": refused, "missing": str(pick.missing), "complete": pick.complete}


@router.get("/lots")
async def list_lots(
    work: Transaction,
    _: Signed,
    hold: bool | None = None,
    zone: str | None = None,
    item: str | None = None,
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Lots by id; `zone` (id or code): some of it stands there, or within it, now."""
    zone_id = None if zone is None else await _zone_id(work, zone)
    found = await service.lots(work, hold=hold, zone_id=zone_id, item=item, after=cursor, limit=limit)
    left = await stability.left_of(work, [lot.id for lot in found])
    items = [sheet_json(s) | {"stability": left_json(left.get(s.lot.id))} for s in await lot_sheets(work, found)]
    return {"items": items, "next": found[-1].id if len(found) == limit else None}


@router.post("/lots", status_code=201)
async def receive_lot(body: ReceiptBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Take a lot in, into quarantine: what is bought from an approved supplier only, container by container."""
    said = body.model_dump(exclude={"containers", "quantity"})
    filled = tuple(receiving.Filled(each.number, each.quantity) for each in body.containers)
    receipt = receiving.Receipt(**said, quantity=body.quantity or Decimal(0), filled=filled)
    return await _sheet(work, (await receiving.take_in(work, receipt)).id)


@router.get("/lots/{lot_id}")
async def show_lot(lot_id: LotId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One lot, with every place where it stood and every hold it had."""
    return await _sheet(work, lot_id)


@router.post("/lots/{lot_id}/holds", status_code=201)
async def place_hold(lot_id: LotId, body: HoldBody, work: Transaction, _: Anyone) -> dict[str, Any]:
    """Block a lot at once. No signature: it is the safe direction."""
    return asdict(await decisions.hold_by_hand(work, lot_id, reason=body.reason))


@router.post("/lots/{lot_id}/moves", status_code=201)
async def move_lot(lot_id: LotId, body: MoveBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Move a lot or a part of it; answers where it stands now, without where it stood before."""
    standings = await stock.move_lot(work, lot_id, **body.model_dump())
    return sheet_json((await sheets_at(work, [await service.lot(work, lot_id)], standings))[0])


@router.post("/lots/{lot_id}/quarantine")
async def quarantine_lot(lot_id: LotId, body: QuarantineBody, work: Transaction, _: Anyone) -> dict[str, Any]:
    """Take a released lot back for a retest. No signature: it is the safe direction."""
    await service.quarantine_lot(work, lot_id, reason=body.reason, version=body.version)
    return await _sheet(work, lot_id)


@router.post("/lots/{lot_id}/{decision}")
async def judge_lot(
    lot_id: LotId, decision: Literal["release", "reject"], body: JudgementBody, work: Transaction, who: Signed
) -> dict[str, Any]:
    """QA's signed decision on a lot."""
    await decisions.judge_lot(
        work,
        lot_id,
        decision,
        _credentials(body, who),
        version=body.version,
        meaning=body.meaning,
        reason=body.reason,
    )
    return await _sheet(work, lot_id)


@router.post("/holds/{hold_id}/lift")
async def lift_hold(hold_id: LotId, body: SignedBody, work: Transaction, who: Signed) -> dict[str, Any]:
    """Lift a hold that a person placed. An excursion's holds are lifted by its disposition only."""
    credentials = _credentials(body, who)
    lifted = await decisions.lift_by_hand(work, hold_id, credentials, meaning=body.meaning, reason=body.reason)
    return asdict(lifted)


def lot_json(lot: Lot) -> dict[str, Any]:
    """A lot as programs see it."""
    item = {"id": lot.item_id, "code": lot.item, "name_en": lot.item_en, "name_zh": lot.item_zh}
    names = ("id", "number", "quality_status", "unit", "received_at", "expires_on", "version", "active_holds")
    return {name: getattr(lot, name) for name in names} | {"item": item, "quantity": str(lot.quantity)}


def sheet_json(sheet: LotSheet) -> dict[str, Any]:
    """A lot with its places and holds."""
    holds = [asdict(hold) | {"active": hold.active} for hold in sheet.holds]
    about = {"usable": not sheet.against, "why_unusable": sheet.against, "holds": holds}
    return lot_json(sheet.lot) | about | {"places": [_place_json(place) for place in sheet.places]}


def _place_json(place: Place) -> dict[str, Any]:
    zone, stay = place.zone, place.standing
    names = {"zone_id": zone.id, "code": zone.code, "name_en": zone.name_en, "name_zh": zone.name_zh}
    return names | {"from": stay.from_time, "to": stay.to_time, "quantity": str(stay.quantity), "by": stay.moved_by}


async def _sheet(work: Work, lot_id: int) -> dict[str, Any]:
    sheet = sheet_json((await lot_sheets(work, [await service.lot(work, lot_id)], history=True))[0])
    return sheet | {"stability": left_json((await stability.left_of(work, [lot_id])).get(lot_id))}


async def _zone_id(work: Work, told: str) -> int:
    """A zone told by id or by code."""
    if told.isdecimal() and len(told) < 10:
        return (await plant.zone(work, int(told))).id
    return (await plant.zone_named(work, told)).id


def _credentials(body: SignedBody, who: Caller) -> Credentials:
    return Credentials(body.username or who.name, body.password, who.terminal)
