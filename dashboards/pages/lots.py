"""Lots with their holds, and where they stand."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.frame import frame
from dashboards.render import page
from mes.border import Signed, Transaction
from mes.inventory import service as inventory
from mes.inventory.model import why_unusable
from mes.plant import service as plant

router = APIRouter(prefix="/lots")
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
        "zones": {each.id: each for each in await plant.zones(work)},
        "hold": hold,
        "zone_id": zone,
        "more": found[-1].id if len(found) == _A_PAGE else None,
    }
    return page(request, "lots.html", around, **view)
