"""Expected receipts: what was ordered and is due, late, partly or wholly here; a CSV of order lines is taken over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.border import Caller, Signed, Transaction, allow
from mes.people.duties import DUTIES, Act
from mes.purchasing import service
from mes.purchasing.api import LineId
from mes.purchasing.model import Arrival, Mistake
from mes.purchasing.reading import read_orders
from telemetry.work import Work

router = APIRouter(prefix="/expected")
EXPECTERS = DUTIES[Act.EXPECT_GOODS]
Expecter = Annotated[Caller, Depends(allow(*EXPECTERS))]


@router.get("")
async def expected(request: Request, work: Transaction, caller: Signed, shown: str = "open") -> HTMLResponse:
    """What is due, and what came of it."""
    return await _page(request, work, caller, shown)


@router.post("/import")
async def import_orders(
    request: Request, work: Transaction, caller: Expecter, file: Annotated[UploadFile, File()]
) -> Response:
    """A file, whole or not at all; mistakes are shown by row. Raises what `reading.read_orders` raises."""
    sheet = read_orders(await file.read())
    try:
        made = await service.import_lines(work, sheet.rows, mistakes=sheet.mistakes)
    except service.ImportRefused as refused:  # nothing is written yet: shown at once, row by row
        answer = await _page(request, work, caller, "open", refused.mistakes)
        answer.status_code = 422
        return answer
    return done("/expected", "expected.imported" if made.added or made.changed else "expected.unchanged")


@router.post("/{line_id}/close")
async def close(
    work: Transaction,
    _: Expecter,
    line_id: LineId,
    version: Annotated[int, Form()],
    reason: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Nothing more will come of it."""
    await service.close(work, line_id, version=version, reason=reason)
    return done("/expected", "expected.closed")


async def _page(
    request: Request, work: Work, caller: Caller, shown: str, mistakes: tuple[Mistake, ...] = ()
) -> HTMLResponse:
    around = await frame(request, work, caller)
    lines = await service.expected(work, open_only=shown != "all")
    came: dict[int, list[Arrival]] = {}
    for each in await service.arrivals(work, [line.id for line in lines]):
        came.setdefault(each.line_id, []).append(each)
    view = {
        "lines": lines,
        "came": came,
        "unapproved": {(each.order_number, each.line) for each in await service.unapproved(work, lines)},
        "today": await today(work),
        "shown": "all" if shown == "all" else "open",
        "mistakes": mistakes,
        "may_expect": around.has(*EXPECTERS),
    }
    return page(request, "expected.html", around, **view)
