"""Genealogy of a lot: what it was made of, what came of it, and what all of that went through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from dashboards.charts import DAY_US
from dashboards.frame import frame
from dashboards.genealogy_graph import Graph, lay_out
from dashboards.lot_courses import gather
from dashboards.lot_picture import draw
from dashboards.message import SEE_OTHER
from dashboards.render import page
from dashboards.reports.printing import TRACES
from mes.barcodes.service import LONGEST_CODE, resolve
from mes.batches.records import batch_that_made
from mes.border import Signed, Transaction
from mes.genealogy import temperature
from mes.genealogy.model import Direction, Edge
from mes.genealogy.service import DEEPEST, Node, Trace, trace
from mes.inventory.model import Lot, Unusable
from mes.inventory.usable import why_unusable
from mes.plant import service as plant
from telemetry.clock import from_us, to_us
from telemetry.errors import NotFound

router = APIRouter(prefix="/genealogy")
LotId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Depth = Annotated[int, Field(ge=1, le=DEEPEST)]


class NoLotOnThisCode(NotFound):
    """This code stands for no lot: scan the label of a lot or of a container."""


@dataclass(frozen=True, slots=True)
class Row:
    """A lot of the table; levels below zero were used for the lot asked about, those above came of it."""

    node: Node
    level: int


@router.get("")
async def entrance(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Scan a lot."""
    return page(request, "genealogy.html", await frame(request, work, caller))


@router.post("")
async def scanned(work: Transaction, _: Signed, text: Annotated[str, Form(max_length=LONGEST_CODE)] = "") -> Response:
    """To the lot that was scanned. Raises CodeUnreadable, NothingHasThisCode, NoLotOnThisCode."""
    found = await resolve(work, text)
    if found.lot is None:
        raise NoLotOnThisCode(read=found.scan.hri)
    return RedirectResponse(f"/genealogy/{found.lot.id}", SEE_OTHER)


@router.get("/{lot_id}")
async def of_lot(
    request: Request, work: Transaction, caller: Signed, lot_id: LotId, depth: Depth = DEEPEST
) -> HTMLResponse:
    """The picture, the table, the temperature."""
    around = await frame(request, work, caller)
    back = await trace(work, lot_id, Direction.BACKWARD, depth=depth)
    ahead = await trace(work, lot_id, Direction.FORWARD, depth=depth)
    histories = await temperature.of_batch(work, lot_id, depth=depth)
    courses = await gather(work, histories)
    lots = {node.lot.id: node.lot for node in (*back.nodes, *ahead.nodes)}
    view = {
        "lot": lots[lot_id],
        "lots": lots,
        "edges": _edges(back, ahead),
        "graph": _graph(back, ahead),
        "rows": _rows(back, ahead),
        "back": back,
        "ahead": ahead,
        "batch": await batch_that_made(work, lot_id),
        "against": _against(lots, work.now, around.zone),
        "zones": {zone.id: zone for zone in await plant.zones(work)},
        "courses": courses,
        "picture": draw(courses, around.zone, to_us(work.now)) if courses else None,
        "colours": TRACES,
        "tick": lambda us, step_us: tick(us, step_us, around.zone),
    }
    return page(request, "genealogy-lot.html", around, **view)


def tick(us: float, step_us: int, zone: ZoneInfo) -> str:
    """What stands below a line of time: the day where these are days apart or a day begins, else the time of day."""
    here = from_us(int(us)).astimezone(zone)
    return here.strftime("%m-%d" if step_us >= DAY_US or (here.hour, here.minute) == (0, 0) else "%H:%M")


def _edges(back: Trace, ahead: Trace) -> list[Edge]:
    """Those of both, each once."""
    return list(dict.fromkeys((*back.edges, *ahead.edges)))


def _graph(back: Trace, ahead: Trace) -> Graph | None:
    return lay_out({node.lot.id for node in (*back.nodes, *ahead.nodes)}, _edges(back, ahead))


def _rows(back: Trace, ahead: Trace) -> list[Row]:
    """From what was used first to what came last; a lot that is on both sides (rework) stands on both."""
    before = [Row(node, -node.depth) for node in reversed(back.nodes) if node.depth]
    return [*before, *(Row(node, node.depth) for node in ahead.nodes)]


def _against(lots: Mapping[int, Lot], now: datetime, zone: ZoneInfo) -> dict[int, list[Unusable]]:
    return {id_: why_unusable(lot, now, zone) for id_, lot in lots.items()}
