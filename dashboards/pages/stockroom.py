"""The warehouse by scanner: receive, move, count, pick. One field has the focus, Enter sends, the result stands big."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from dashboards.frame import frame
from dashboards.message import SEE_OTHER
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import containers, counting, fefo, receiving, stock
from mes.inventory import service as inventory
from mes.inventory.model import Standing
from mes.materials import scanning
from mes.people.model import Meaning, Role
from mes.plant import service as plant
from mes.purchasing import service as purchasing
from mes.suppliers import service as suppliers
from telemetry.work import Work

router = APIRouter()
Handler = Annotated[Caller, Depends(allow(Role.WAREHOUSE, Role.OPERATOR, Role.LEAD, Role.QA))]
Quantity = Annotated[Decimal, Form(gt=0, max_digits=20, decimal_places=6)]
Count = Annotated[Decimal, Form(ge=0, max_digits=20, decimal_places=6)]
Text = Annotated[str, Form()]
Needed = Annotated[str, Form(min_length=1)]
Day = Annotated[str, Form(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
_TYPED = (
    *("number", "supplier_lot", "coa", "assay_pct", "manufactured_on", "expires_on", "retest_on"),
    *("place", "quantity", "filled", "note"),
)
COUNTERS = (Meaning.PERFORMED, Meaning.APPROVED)


@router.get("/receive")
async def receive_page(
    request: Request,
    work: Transaction,
    caller: Signed,
    lot: str = "",
    expected: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> HTMLResponse:
    """The form of a receipt, filled from an expected line where one is named, and the lot that was received last."""
    line = None if expected is None else await purchasing.line(work, expected)
    view = {
        "items": [item for item in await inventory.items(work) if item.is_bought],
        "suppliers": await suppliers.suppliers(work),
        "line": line,
        "due": await purchasing.expected(work, open_only=True),
        "typed": {name: request.query_params.get(name, "") for name in _TYPED},
    }
    return await _page(request, work, caller, "receive", lot, **view)


@router.post("/receive/expected")
async def receive_expected(work: Transaction, _: Signed, code: Needed) -> Response:
    """To the form, filled from the line that was scanned or chosen."""
    return RedirectResponse(f"/receive?expected={(await purchasing.named(work, code)).id}", SEE_OTHER)


@router.post("/receive")
async def receive(
    request: Request,
    work: Transaction,
    _: Handler,
    number: Needed,
    item: Needed,
    supplier: Needed,
    supplier_lot: Needed,
    place: Needed,
    coa: Text = "",
    quantity: Annotated[Decimal | None, Form(gt=0, max_digits=20, decimal_places=6)] = None,
    filled: Text = "",
    expires_on: Day = "",
    manufactured_on: Day = "",
    retest_on: Day = "",
    assay_pct: Annotated[Decimal | None, Form(gt=0, le=200)] = None,
    expected_line_id: Annotated[int | None, Form(ge=1, le=2**31 - 1)] = None,
    note: Text = "",
) -> Response:
    """A lot into quarantine. `filled`: a container a line, its number and its quantity."""
    receipt = receiving.Receipt(
        number=number.strip(),
        item=item,
        supplier=supplier,
        supplier_lot=supplier_lot.strip(),
        coa=coa.strip(),
        zone_id=(await scanning.place(work, place)).id,
        quantity=quantity or Decimal(0),
        filled=receiving.filled_of(filled),
        expires_on=_day(expires_on),
        manufactured_on=_day(manufactured_on),
        retest_on=_day(retest_on),
        assay_pct=assay_pct,
        expected_line_id=expected_line_id,
        reason=note.strip(),
    )
    try:
        lot = await receiving.receive(work, receipt)
    except purchasing.OverDelivery:  # nothing is written yet: the same form once more, with room for a note
        return await _typed_again(request, expected_line_id)
    return _next("/receive", "stock.received", lot.number)


@router.get("/move")
async def move_page(request: Request, work: Transaction, caller: Signed, lot: str = "", to: str = "") -> HTMLResponse:
    """Scan what, scan where."""
    return await _page(request, work, caller, "move", lot, to=to)


@router.post("/move")
async def move(
    work: Transaction, _: Handler, code: Needed, to: Needed, quantity: Text = "", version: Text = ""
) -> Response:
    """A container, or what stands of a lot."""
    what, where = await scanning.material(work, code), await scanning.place(work, to)
    if what.container is not None:
        stale = int(version) if version.isdecimal() else None
        await containers.move(work, what.container.id, to_zone_id=where.id, version=stale)
    else:
        amount = Decimal(quantity) if quantity else None
        await stock.move_lot(work, what.lot.id, to_zone_id=where.id, quantity=amount)
    return _next("/move", "stock.moved", what.code, to=where.code)


@router.get("/count")
async def count_page(
    request: Request,
    work: Transaction,
    caller: Signed,
    lot: str = "",
    code: str = "",
    place: str = "",
    counted: str = "",
    booked: str = "",
) -> HTMLResponse:
    """Count blind; only a variance shows what the book says, and asks for its reason and a signature."""
    asked = {"code": code, "place": place, "counted": counted, "booked": booked}
    found = await counting.counts(work, limit=20)
    numbers = {each.id: each.number for each in await inventory.lots(work, lot_ids=[row.lot_id for row in found])}
    return await _page(
        request, work, caller, "count", lot, asked=asked, counts=found, numbers=numbers, meanings=COUNTERS
    )


@router.post("/count")
async def count(
    work: Transaction,
    _: Handler,
    code: Needed,
    place: Needed,
    counted: Count,
    signed: SignedForm,
    booked: Annotated[Decimal | None, Form()] = None,
) -> Response:
    """What was counted; with what the book said and a signature where the two differ."""
    what, where = await scanning.material(work, code), await scanning.place(work, place)
    explained = None
    if booked is not None:
        explained = counting.Explained(signed.credentials, signed.reason, booked, signed.meaning)
    try:
        await counting.count(work, what.lot.id, where.id, counted, container=what.container, explained=explained)
    except counting.CountDiffers as differs:
        said = {"code": code, "place": place, "counted": str(counted), "booked": str(differs.facts["booked"])}
        return RedirectResponse(f"/count?{urlencode(said | {'refused': 'CountDiffers'})}", SEE_OTHER)
    return _next("/count", "stock.counted", what.code)


@router.get("/pick")
async def pick_page(
    request: Request,
    work: Transaction,
    caller: Signed,
    item: str = "",
    need: Decimal | None = None,
    days: int = 0,
) -> HTMLResponse:
    """First expired, first out: what to take, and every other lot with why not."""
    found: fefo.Pick | None = None
    places: dict[int, list[Standing]] = {}
    if item and need is not None and need > 0:
        lots = await inventory.lots(work, item=(await inventory.item_named(work, item)).code)
        lots = [lot for lot in lots if lot.quantity]
        found = fefo.pick(lots, need, work.now, await plant.time_zone(work), min_remaining_days=max(days, 0))
        for stay in await inventory.standings(work, [row.lot.id for row in found.allocations], now_only=True):
            places.setdefault(stay.lot_id, []).append(stay)
    items = await inventory.items(work)
    view = {"items": items, "item": item, "need": need, "days": days, "pick": found, "places": places}
    return await _page(request, work, caller, "pick", "", **view)


async def _typed_again(request: Request, line_id: int | None) -> Response:
    form = await request.form()
    said = {name: str(form[name]) for name in _TYPED if form.get(name)}
    return RedirectResponse(f"/receive?{urlencode(said | {'expected': line_id, 'refused': 'OverDelivery'})}", SEE_OTHER)


async def _page(request: Request, work: Work, caller: Caller, name: str, number: str, **view: Any) -> HTMLResponse:
    around = await frame(request, work, caller)
    told = await scanning.material(work, number) if number else None
    zones = {zone.id: zone for zone in await plant.zones(work)}
    return page(request, f"stock-{name}.html", around, told=told, zones=zones, **view)


def _next(page_: str, code: str, lot: str, **said: str) -> RedirectResponse:
    return RedirectResponse(f"{page_}?{urlencode({'done': code, 'lot': lot} | said)}", SEE_OTHER)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
