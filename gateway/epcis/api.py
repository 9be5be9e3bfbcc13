"""EPCIS 2.0 over HTTP: events by their query parameters, and one document an excursion.

Beside `perPage` and `nextPageToken`, a query may have eventType, GE_/LT_eventTime, GE_/LT_recordTime, EQ_action,
EQ_bizStep, EQ_disposition, EQ_eventID, EQ_readPoint, EQ_bizLocation, MATCH_anyEPCClass, EQ_deviceID, EQ_bizRules,
EQ_type, EQ_exception, EXISTS_errorDeclaration, EXISTS_sensorElementList, and EQ_/GT_/GE_/LT_/LE_ with value, minValue,
maxValue or meanValue and a unit, as GE_maxValue_CEL=8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from gateway.epcis.capture import capture, language
from gateway.epcis.document import excursion_document, head
from gateway.epcis.keeping import SQL, Kept
from gateway.epcis.naming import Naming
from gateway.epcis.question import QueryParameterWrong, Question, read_question
from mes.border import Signed, Transaction
from telemetry.work import Work

router = APIRouter(prefix="/epcis", tags=["epcis"])
HEADERS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0", "GS1-Extensions": "isotherm"}
MEDIA = "application/ld+json"
_CHUNK = 500
_PAGING = frozenset({"perPage", "nextPageToken"})


@router.get("/events")
async def list_events(
    request: Request,
    work: Transaction,
    _: Signed,
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=1000)] = 30,
    token: Annotated[str, Query(alias="nextPageToken", max_length=20)] = "",
) -> JSONResponse:
    """Events in the order in which they were recorded. `Link: <...>; rel="next"` leads on where there are more."""
    asked = read_question((n, v) for n, v in request.query_params.multi_items() if n not in _PAGING)
    told = await language(work, naming(request))
    await capture(work, told)
    found, more = await _page(work, asked, _after(token), per_page)
    headers = dict(HEADERS)
    if more:
        pairs = [(n, v) for n, v in request.query_params.multi_items() if n != "nextPageToken"]
        query = urlencode([*pairs, ("nextPageToken", str(found[-1].seq))])
        headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [event.body for event in found]}}
    body = {"epcisBody": {"queryResults": results}}
    return _answer(head(told, work, "EPCISQueryDocument") | body, headers)


@router.get("/excursions/{excursion_id}")
async def show_excursion(
    excursion_id: Annotated[int, Path(ge=1, le=2**31 - 1)], request: Request, work: Transaction, _: Signed
) -> JSONResponse:
    """Everything that was ever told of one excursion, with what was declared wrong since. Raises ExcursionNotFound."""
    return _answer(await excursion_document(work, excursion_id, naming(request)), HEADERS)


def naming(request: Request) -> Naming:
    """How this plant names its things: as the program that runs the application was told, or by its own address."""
    found: Naming | None = getattr(request.app.state, "naming", None)
    return found or Naming()


async def _page(work: Work, asked: Question, after: int, wanted: int) -> tuple[list[Kept], bool]:
    """So many events that answer, and whether another one does."""
    found: list[Kept] = []
    times = {
        "ge_event": asked.times.get("GE_eventTime"),
        "lt_event": asked.times.get("LT_eventTime"),
        "ge_record": asked.times.get("GE_recordTime"),
        "lt_record": asked.times.get("LT_recordTime"),
        "event_ids": list(asked.asked["EQ_eventID"]) if "EQ_eventID" in asked.asked else None,
    }
    while True:
        chunk = await work.all(SQL["events"], Kept, after=after, limit=_CHUNK, **times)
        found += [event for event in chunk if asked.matches(event.body)]
        if len(found) > wanted or len(chunk) < _CHUNK:
            return found[:wanted], len(found) > wanted
        after = chunk[-1].seq


def _after(token: str) -> int:
    if token and not (token.isascii() and token.isdigit() and int(token) < 2**63):
        raise QueryParameterWrong(detail="nextPageToken")
    return int(token or 0)


def _answer(body: Mapping[str, Any], headers: Mapping[str, str]) -> JSONResponse:
    return JSONResponse(dict(body), headers=dict(headers), media_type=MEDIA)
