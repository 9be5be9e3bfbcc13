"""Labels: choose what they are for, look at one, print as many as are needed; as a page for a browser, or as PDF."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame, language_of
from dashboards.render import environment, page
from dashboards.reports.printing import print_html
from mes.barcodes.own_labels import Own
from mes.barcodes.service import LONGEST_CODE, resolve
from mes.border import Caller, Signed, Transaction, allow
from mes.labels.model import MOST_COPIES, Label, SymbolKind
from mes.labels.service import label_of, print_labels
from mes.people.model import Role

router = APIRouter(prefix="/labels")
PRINTERS = (Role.WAREHOUSE, Role.OPERATOR, Role.LEAD, Role.QA, Role.ENGINEER, Role.ADMIN)
Printer = Annotated[Caller, Depends(allow(*PRINTERS))]
Code = Annotated[str, Query(max_length=LONGEST_CODE)]
_KIND_OF = {
    "lot": Own.LOT,
    "container": Own.CONTAINER,
    "equipment": Own.EQUIPMENT,
    "person": Own.PERSON,
    "location": Own.LOCATION,
    "order": Own.ORDER,
}


@router.get("")
async def labels(
    request: Request,
    work: Transaction,
    caller: Signed,
    kind: Own | None = None,
    code: Code = "",
    symbol: SymbolKind = SymbolKind.DATAMATRIX,
) -> HTMLResponse:
    """The form, with the label that it would print. Without a kind the code is resolved like any scan."""
    around = await frame(request, work, caller)
    if code and kind is None:
        found = await resolve(work, code)
        kind, code = _KIND_OF.get(found.thing), found.code
    label = await label_of(work, kind, code) if code and kind else None
    view = {
        "label": label,
        "kind": kind,
        "code": code,
        "symbol": symbol,
        "kinds": list(Own),
        "drawn": label.symbol(symbol) if label else None,
        "most": MOST_COPIES,
        "may_print": around.has(*PRINTERS),
    }
    return page(request, "labels.html", around, **view)


@router.post("/print")
async def printed(
    request: Request,
    work: Transaction,
    _: Printer,
    kind: Annotated[Own, Form()],
    code: Annotated[str, Form(max_length=LONGEST_CODE)],
    symbol: Annotated[SymbolKind, Form()] = SymbolKind.DATAMATRIX,
    copies: Annotated[int, Form()] = 1,
    form: Annotated[str, Form()] = "pdf",
) -> Response:
    """The labels, each on a page of its own size; the trail keeps who printed how many."""
    label = await print_labels(work, kind, code, copies=copies)
    html = sheet(label, symbol, copies, language_of(request))
    if form != "pdf":
        return HTMLResponse(html)
    made = await asyncio.to_thread(print_html, html)
    named = {"Content-Disposition": 'inline; filename="labels.pdf"'}
    return Response(made.pdf, media_type="application/pdf", headers=named)


def sheet(label: Label, symbol: SymbolKind, copies: int, language: str) -> str:
    """A document of labels alone."""
    template = environment(language).get_template("label-sheet.html")
    return template.render(label=label, drawn=label.symbol(symbol), copies=copies, language=language)
