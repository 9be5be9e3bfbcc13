"""Lots with their holds, where they stand and what is left of their stability; one lot with all that happened to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.lot_stock import stock_of
from dashboards.lot_view import LotView, Trace, gather
from dashboards.message import done
from dashboards.pages.trends import MOST_POINTS, between
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.inventory.usable import why_unusable
from mes.people.model import Role
from mes.plant import service as plant
from mes.stability import parting
from mes.stability import service as stability

router = APIRouter(prefix="/lots")
HANDLERS = (Role.WAREHOUSE, Role.OPERATOR, Role.LEAD, Role.QA)
JUDGES = (Role.QA, Role.QP)
Quantity = Annotated[Decimal, Form(gt=0, max_digits=20, decimal_places=6)]
_A_PAGE = 100


@router.get("")
async def lots(
    request: Request,
    work: Transaction,
    caller: Signed,
    hold: bool | None = None,
    zone: int | None = None,
    after: int = 0,
) -> HTMLResponse:
    """The list, filtered by hold and by place."""
    around = await frame(request, work, caller)
    found = await inventory.lots(work, hold=hold, zone_id=zone, after=after, limit=_A_PAGE)
    ids = [lot.id for lot in found]
    holds = [hold for hold in await inventory.holds(work, lot_ids=ids) if hold.active]
    standings = await inventory.standings(work, ids, now_only=True)
    view = {
        "rows": found,
        "holds": {id_: [h for h in holds if h.lot_id == id_] for id_ in ids},
        "places": {id_: [s for s in standings if s.lot_id == id_] for id_ in ids},
        "against": {lot.id: why_unusable(lot, work.now, around.zone) for lot in found},
        "left": await stability.left_of(work, ids),
        "zones": {each.id: each for each in await plant.zones(work)},
        "hold": hold,
        "zone_id": zone,
        "more": found[-1].id if len(found) == _A_PAGE else None,
    }
    return page(request, "lots.html", around, **view)


@router.get("/{lot_id}")
async def lot(
    request: Request,
    work: Transaction,
    caller: Signed,
    lot_id: Annotated[int, Field(ge=1, le=2**31 - 1)],
    stay: int | None = None,
) -> HTMLResponse:
    """One lot; `stay` says which of its stays the curve shows, else the last one with a probe."""
    around = await frame(request, work, caller)
    view, stock = await gather(work, lot_id), await stock_of(work, lot_id)
    chosen = _chosen(view, stay)
    held = any(h.active and h.cause.startswith("stability:") for h in view.holds)
    is_free = view.left is None or view.left.budget.exhausted is None
    told = {
        "may_lift": around.has(*JUDGES) and held and is_free,
        "may_split": around.has(*HANDLERS) and bool(view.standing) and not view.lot.active_holds,
        "chosen": chosen,
        "query": _query(chosen),
        "live": chosen is not None and chosen.stay.to_time is None,
    }
    return page(request, "lot.html", around, view=view, stock=stock, **told)


def _chosen(view: LotView, stay: int | None) -> Trace | None:
    asked = next((trace for trace in view.traces if trace.stay.id == stay), None)
    return asked or next((t for t in reversed(view.traces) if t.point_ids), None)


def _query(chosen: Trace | None) -> str:
    """Address of the curve's data; empty where no probe tells of the place."""
    if chosen is None or not chosen.point_ids:
        return ""
    points = "".join(f"point={id_}&" for id_ in chosen.point_ids[:MOST_POINTS])
    return points + between(chosen.stay.from_time, chosen.stay.to_time)


@router.post("/{lot_id}/split")
async def split(
    lot_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*HANDLERS))],
    number: Annotated[str, Form(min_length=1)],
    quantity: Quantity,
    reason: Annotated[str, Form(min_length=1)],
    zone_id: Annotated[int | None, Form()] = None,
) -> Response:
    """Make a lot of its own of a part."""
    made = await parting.split(work, lot_id, number=number, quantity=quantity, zone_id=zone_id, reason=reason)
    return done(f"/lots/{made.id}", "lot.split")


@router.post("/{lot_id}/stability/lift")
async def lift(
    lot_id: int, work: Transaction, _: Annotated[Caller, Depends(allow(*JUDGES))], signed: SignedForm
) -> Response:
    """Lift the hold of a budget that is exhausted no longer, signed."""
    await stability.lift_hold(work, lot_id, signed.credentials, meaning=signed.meaning, reason=signed.reason)
    return done(f"/lots/{lot_id}", "stability.lifted")
