"""Who sends a request: a program with `Authorization: Bearer KEY`, or a person with the session cookie.

Puts a `Caller` (or None) on `request.state.caller`. Under /api nobody gets in without one, but for the few open
addresses; pages outside /api decide for themselves. Pages sign people in and out with `enter` and `leave`.
"""

from __future__ import annotations

from datetime import timedelta

import psycopg
from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.problems import refuse
from mes.border import Caller, Doors, transaction
from mes.people import sessions
from mes.people.model import Credentials, Person
from telemetry.errors import PlantError, Unauthenticated
from telemetry.work import alone

COOKIE = "isotherm_session"
OPEN = frozenset(
    {("GET", "/api/health"), ("HEAD", "/api/health"), ("GET", "/api/openapi.json"), ("POST", "/api/session")}
)
"""What needs no caller."""
_STATIC = "/static/"
_NO_SIGN_OF_LIFE = frozenset({"/api/live"})  # a page left open asks by itself: that does not keep a session alive


class KeyUnknown(Unauthenticated):
    """This key is not known, or it has been revoked."""


class Authentication:
    """ASGI layer that finds the caller. `idle`: how long a session may lie unused."""

    def __init__(self, app: ASGIApp, doors: Doors, idle: timedelta = sessions.IDLE) -> None:
        self.app, self.doors, self.idle = app, doors, idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._identify(scope)
            except (PlantError, psycopg.OperationalError) as error:
                await refuse(error, scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _identify(self, scope: Scope) -> None:
        state = scope["state"]
        path: str = scope["path"]
        is_open = (scope["method"], path) in OPEN or path.startswith(_STATIC)
        state["api_key"], token = presented(scope)
        if state["api_key"] is not None and not is_open:
            state["caller"] = await self._program(state["api_key"], terminal(scope))
        elif token is not None and not is_open:
            state["caller"] = await self._person(token, scope)
            state["session_token"] = token if state["caller"] else None
        if state["caller"] is None and not is_open and path.startswith("/api/"):
            raise Unauthenticated(path=path)

    async def _program(self, secret: str, address: str) -> Caller:
        async with alone(self.doors.pool, "gateway", self.doors.clock.now()) as work:
            key = await sessions.key_of(work, secret)
        if key is None:
            raise KeyUnknown
        return Caller(f"key:{key.name}", frozenset(key.roles), terminal=address)

    async def _person(self, token: str, scope: Scope) -> Caller | None:
        counts = scope["path"] not in _NO_SIGN_OF_LIFE
        async with alone(self.doors.pool, "gateway", self.doors.clock.now()) as work:
            person = await sessions.person_of(work, token, idle=self.idle, counts=counts)
        return caller_of(person, terminal(scope)) if person else None


def presented(scope: Scope) -> tuple[str | None, str | None]:
    """The key and the session's token that a request shows, checked or not."""
    headers = Headers(scope=scope)
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    key = secret.strip() if scheme.lower() == "bearer" else None
    return key, _cookie(headers.get("cookie", "")) if key is None else None


def caller_of(person: Person, address: str) -> Caller:
    """A person who calls."""
    return Caller(person.username, frozenset(person.roles), person.language, person.id, address)


def terminal(scope: Scope) -> str:
    """The address that a request comes from."""
    client = scope.get("client")
    return client[0] if client else ""


async def enter(request: Request, response: Response, username: str, password: str) -> sessions.Opened:
    """Sign a person in: opens a session and puts its cookie on the response.

    Raises PasswordRequired, WrongPassword, PersonLocked.
    """
    doors: Doors = request.app.state.doors
    credentials = Credentials(username, password, terminal(request.scope))
    async with transaction(doors, "gateway") as work:
        opened = await sessions.sign_in(work, credentials)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, opened.token, httponly=True, samesite="lax", secure=secure, path="/")
    return opened


async def leave(request: Request, response: Response) -> None:
    """Sign the caller out: ends the session and takes the cookie away."""
    token: str | None = request.state.session_token
    if token is not None:
        async with transaction(request.app.state.doors, request.state.caller.name) as work:
            await sessions.sign_out(work, token)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def _cookie(header: str) -> str | None:
    for part in header.split(";"):
        name, _, text = part.strip().partition("=")
        if name == COOKIE and text:
            return text
    return None
