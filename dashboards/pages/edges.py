"""Edges and points: what became of every reading, what was set aside or given up, which points are silent and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

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
from telemetry.point import is_edges_own, parse_point

router = APIRouter(prefix="/edges")
_ILL = ("none", "bad", "old", "uncertain")
_LINK = "link-"


@dataclass(slots=True)
class OwnWords:
    """What an edge says of itself: what waits there, what it gave up, which of its devices answer."""

    backlog: int | None = None
    backlog_age_s: float | None = None
    dropped: int | None = None
    links: dict[str, int] = field(default_factory=dict)  # by device: 2 connected, 1 degraded, 0 lost


def own_words(last: Iterable[store.LastValue]) -> dict[str, OwnWords]:
    """By edge, from the points that edges have of themselves."""
    found: dict[str, OwnWords] = defaultdict(OwnWords)
    for each in last:
        if not is_edges_own(each.name) or each.value is None:
            continue
        name = parse_point(each.name)
        edge = found[name.equipment]
        if name.measure.startswith(_LINK):
            edge.links[name.measure.removeprefix(_LINK)] = int(each.value)
        elif name.measure == "backlog":
            edge.backlog = int(each.value)
        elif name.measure == "backlog-age":
            edge.backlog_age_s = each.value
        elif name.measure == "dropped":
            edge.dropped = int(each.value)
    return dict(found)


@router.get("")
async def edges(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """The page."""
    around = await frame(request, work, caller)
    readings = await current(work)
    known = {view.point.point_id for view in readings}
    last = await store.last_values(work)
    view = {
        "said": own_words(last),
        "edges": await fates.edges(work),
        "lost": await alarms.standing(work, Kind.EDGE_LOST),
        "rejected": await fates.rejected(work, limit=20),
        "given_up": await fates.gaps(work, limit=20),
        "ill": [view for view in readings if view.state in _ILL],
        "well": sum(1 for view in readings if view.state not in _ILL),
        "unknown": [each for each in last if each.point_id not in known and not is_edges_own(each.name)],
        "machines": {machine.id: machine for machine in await plant.equipment(work)},
    }
    return page(request, "edges.html", around, **view)
