"""Edges and points: which edge is abnormal and why, what became of every reading, which points are silent and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards import edgecards
from dashboards.current import current
from dashboards.edgecards import EdgeCard, Facts
from dashboards.edgefigures import figures
from dashboards.edgewords import OwnWords, own_words
from dashboards.frame import frame, language_of
from dashboards.language import catalog
from dashboards.plantview import ReadingView
from dashboards.render import page
from gateway import aside, edge_configs
from gateway import edges as fates
from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.border import Signed, Transaction
from mes.plant import service as plant
from telemetry import store
from telemetry.errors import NotFound
from telemetry.point import is_edges_own
from telemetry.work import Work

router = APIRouter(prefix="/edges")
CURVE = timedelta(minutes=30)
LATELY = timedelta(hours=24)
_BUCKETS = 60
_A_PAGE = 20
_ILL = ("none", "bad", "old", "uncertain")
_DRAWN = ("backlog-age", "failed-writes", "reload-failures")


class EdgeUnknown(NotFound):
    """No edge of this name has ever sent anything."""


@router.get("")
async def edges(
    request: Request, work: Transaction, caller: Signed, code: str | None = None, below: int | None = None
) -> HTMLResponse:
    """All edges, all silent points; `code`, `below`: of what was set aside, for this reason, older than that."""
    around = await frame(request, work, caller)
    last = await store.last_values(work)
    readings = await current(work)
    known = {view.point.point_id for view in readings}
    rejected = await fates.rejected(work, code=code, below=below, limit=_A_PAGE)
    view = {
        "cards": edgecards.in_order(await _cards(work, own_words(last))),
        "counts": await aside.counts(work),
        "code": code,
        "rejected": rejected,
        "more": rejected[-1].id if len(rejected) == _A_PAGE else None,
        "given_up": await fates.gaps(work, limit=_A_PAGE),
        "well": sum(1 for view in readings if view.state not in _ILL),
        "unknown": [each for each in last if each.point_id not in known and not is_edges_own(each.name)],
    }
    return page(request, "edges.html", around, **view, **await _silent(work, readings))


@router.get("/{edge}")
async def edge(request: Request, work: Transaction, caller: Signed, edge: str) -> HTMLResponse:
    """All that is known about one edge. Raises EdgeUnknown."""
    around = await frame(request, work, caller)
    said = own_words(await store.last_values(work))
    found = next((card for card in await _cards(work, said) if card.fate.edge == edge), None)
    if found is None:
        raise EdgeUnknown(edge=edge)
    silent = await _silent(work, await current(work))
    silent["ill"] = [view for view in silent["ill"] if silent["senders"].get(view.point.point_id) == edge]
    view = {
        "card": found,
        "figures": figures(found.own, catalog(language_of(request))) if found.own else [],
        "pushed": await edge_configs.pushed(work, edge),
        "outcomes": await edge_configs.outcomes(work, edge),
        "rejected": await fates.rejected(work, edge=edge, limit=_A_PAGE),
        "given_up": await fates.gaps(work, edge=edge, limit=_A_PAGE),
    }
    return page(request, "edge.html", around, **view, **silent)


async def _cards(work: Work, said: dict[str, OwnWords]) -> list[EdgeCard]:
    lost = await alarms.standing(work, Kind.EDGE_LOST)
    lately = await fates.lately(work, work.now - LATELY)
    trends = await _trends(work, said)
    newest = await edge_configs.newest_outcomes(work)
    return [
        edgecards.card(
            Facts(
                fate=fate,
                now=work.now,
                own=said.get(fate.edge),
                lost=lost.get(fate.edge),
                lately=lately.get(fate.edge),
                config=newest.get(fate.edge),
                trends=trends.get(fate.edge, {}),
            )
        )
        for fate in await fates.edges(work)
    ]


async def _trends(work: Work, said: dict[str, OwnWords]) -> dict[str, dict[str, store.Trend]]:
    """By edge and measure, the last half hour of what is drawn or compared."""
    wanted = {own.points[m]: (edge, m) for edge, own in said.items() for m in _DRAWN if m in own.points}
    found: dict[str, dict[str, store.Trend]] = {edge: {} for edge in said}
    for trend in await store.trend(work, list(wanted), work.now - CURVE, work.now, _BUCKETS):
        edge, measure = wanted[trend.point_id]
        found[edge][measure] = trend
    return found


async def _silent(work: Work, readings: list[ReadingView]) -> dict[str, Any]:
    """Points that say nothing usable, with the edge that sent them last and whether that one is lost."""
    ill = [view for view in readings if view.state in _ILL]
    return {
        "ill": ill,
        "senders": await fates.senders(work, [view.point.point_id for view in ill]),
        "lost": await alarms.standing(work, Kind.EDGE_LOST),
        "machines": {machine.id: machine for machine in await plant.equipment(work)},
    }
