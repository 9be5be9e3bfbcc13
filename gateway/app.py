"""The web application: all routes of the plant behind the same layers.

`isotherm` opens the pool and the clock and hands them in as `Doors`; `dashboards` hands in its page routers. The
lifespan starts and stops the live stream only: the pool belongs to whoever opened it. A server that is told to stop
calls `app.state.live.close()`, or its open streams hold it up.

A request passes, outside in: request log and security headers, rate limit, authentication, intake of the body,
cross-site guard, idempotency, routes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from gateway import edge_configs, edges, live, points, problems, session, slices
from gateway.authentication import Authentication
from gateway.csrf import CsrfGuard
from gateway.hub import Hub
from gateway.idempotency import Idempotency
from gateway.intake import Intake
from gateway.rates import Buckets, RateLimit, Rates
from gateway.requests import RequestLog
from mes.border import Doors
from mes.people.sessions import IDLE

API = "/api"
SIGN_IN = frozenset({"/api/session", "/sign-in"})
"""Where passwords are tried; pages post theirs to the second."""


def build_api(
    doors: Doors, *, idle: timedelta = IDLE, rates: Rates | None = None, pages: Sequence[BaseRoute] = ()
) -> FastAPI:
    """The application with everything under /api, and with `pages`. `idle`: after how long unused a session ends.

    Pages may set `app.state.error_page` for errors outside /api.
    """
    app = FastAPI(
        title="Isotherm",
        version=_version(),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_layers(doors, idle, rates or Rates()),
        routes=[*_routes(), *pages],
    )
    app.state.doors = doors
    app.state.live = Hub(doors)
    problems.install(app)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """All routes under /api. One list for every application of this process: FastAPI reads each signature once."""
    api = APIRouter()
    for router in (session.router, edges.router, edge_configs.router, points.router, live.router, *slices.ROUTERS):
        api.include_router(router, prefix=API)
    return api.routes


def _layers(doors: Doors, idle: timedelta, rates: Rates) -> list[Middleware]:
    return [
        Middleware(RequestLog),
        Middleware(RateLimit, rates=rates, buckets=Buckets(), sign_in=SIGN_IN),
        Middleware(Authentication, doors=doors, idle=idle),
        Middleware(Intake),
        Middleware(CsrfGuard),
        Middleware(Idempotency, doors=doors),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.live.start()
    try:
        yield
    finally:
        await app.state.live.stop()


def _version() -> str:
    try:
        return version("isotherm")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"
