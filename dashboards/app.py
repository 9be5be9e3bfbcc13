"""The whole web application: the gateway's, with the pages on it: routes, built files, the dress of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from dashboards.assets import MOUNT, Assets, HashedFiles
from dashboards.frame import language_of
from dashboards.giving_back import given_back, stood_on
from dashboards.message import SEE_OTHER, of_problem, refused
from dashboards.pages import (
    actions,
    alarms,
    audit,
    batches,
    capa,
    changes,
    complaints,
    customers,
    deviations,
    dispensing,
    documents,
    edges,
    entrance,
    excursions,
    forecasts,
    gauges,
    genealogy,
    health,
    items,
    labels,
    lots,
    maintenance,
    maintenance_machines,
    maintenance_plans,
    mapping,
    notifications,
    operations,
    orders,
    overview,
    people,
    policies,
    purchasing,
    recall,
    recipe_forms,
    recipes,
    reports,
    rounds,
    scanner,
    sensors,
    set_aside,
    shipments,
    stockroom,
    suppliers,
    training,
    trends,
    trips,
)
from dashboards.render import text
from gateway.app import build_api
from gateway.problems import Problem
from gateway.rates import Rates
from mes.border import Doors
from mes.people.sessions import IDLE

PAGES = (
    people,
    documents,
    training,
    suppliers,
    audit,
    entrance,
    overview,
    policies,
    trends,
    forecasts,
    alarms,
    notifications,
    excursions,
    deviations,
    recipe_forms,
    recipes,
    recall,
    complaints,
    changes,
    capa,
    actions,
    items,
    batches,
    lots,
    gauges,
    genealogy,
    labels,
    scanner,
    stockroom,
    purchasing,
    shipments,
    customers,
    dispensing,
    orders,
    operations,
    maintenance_machines,
    maintenance_plans,
    maintenance,
    health,
    rounds,
    edges,
    set_aside,
    reports,
    trips,
    sensors,
    mapping,
)


def build(doors: Doors, *, idle: timedelta = IDLE, rates: Rates | None = None, assets: Assets | None = None) -> FastAPI:
    """API, live stream and pages. Raises AssetsNotBuilt where `make assets` has not run."""
    built = assets or Assets()
    app = build_api(doors, idle=idle, rates=rates, pages=_routes())
    app.state.assets = built
    app.state.error_page = error_page
    app.state.overview_cards, app.state.overview_lock = {}, asyncio.Lock()
    app.mount(MOUNT, HashedFiles(directory=built.dist), name="static")
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """The routes of all pages, one list for every application of this process."""
    pages = APIRouter()
    for screen in PAGES:
        pages.include_router(screen.router, include_in_schema=False)
    return pages.routes


async def error_page(request: Request, problem: Problem) -> Response:
    """What was refused, in words: for the form that htmx sent, in the form given back, or on a page of its own."""
    message = of_problem(problem)
    if problem.status == HTTPStatus.UNAUTHORIZED and request.state.caller is None and request.url.path != "/sign-in":
        return _to_sign_in(request)
    if "hx-request" in request.headers:
        shown = text(request, "_message.html", language_of(request), message=message)
        stays = {"HX-Push-Url": "false"}  # the address of the page, not of the form's target: it can be loaded again
        return HTMLResponse(shown, problem.status, dict(problem.headers) | stays)
    if request.method == "POST" and problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return await given_back(request, problem, message) or refused(await stood_on(request) or "/", message)
    shown = text(request, "error.html", language_of(request), message=message, status=problem.status)
    return HTMLResponse(shown, problem.status, dict(problem.headers))


def _to_sign_in(request: Request) -> Response:
    to = f"/sign-in?{urlencode({'to': request.url.path})}"
    if "hx-request" in request.headers:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": to})
    return RedirectResponse(to, SEE_OTHER)
