"""Edges and points: what became of every edge's readings, what was set aside, which points are silent and why."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.current import current
from dashboards.frame import frame
from dashboards.render import page
from gateway import edges as fates
from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.border import Signed, Transaction
from mes.plant import service as plant
from telemetry import store

router = APIRouter(prefix="/edges")
_ILL = ("none", "bad", "old", "uncertain")


@router.get("")
async def edges(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """The page."""
    around = await frame(request, work, caller)
    readings = await current(work)
    known = {view.point.point_id for view in readings}
    view = {
        "edges": await fates.edges(work),
        "lost": await alarms.standing(work, Kind.EDGE_LOST),
        "rejected": await fates.rejected(work, limit=20),
        "ill": [view for view in readings if view.state in _ILL],
        "well": sum(1 for view in readings if view.state not in _ILL),
        "unknown": [value for value in await store.last_values(work) if value.point_id not in known],
        "machines": {machine.id: machine for machine in await plant.equipment(work)},
    }
    return page(request, "edges.html", around, **view)
