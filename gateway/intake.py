"""Bodies of writing requests are read whole before anything is done with them, up to a limit.

JSON with NaN or Infinity is refused here for all routes: JSON does not know them, Python's reader does.
`scope["state"]["body"]` is what came.
"""

from __future__ import annotations

import json

from fastapi import Request
from starlette.datastructures import FormData, Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import BodyTooLarge, refuse
from telemetry.errors import Invalid, PlantError

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LIMIT = 2 * 1024 * 1024
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NotANumber(Invalid):
    """NaN and Infinity are not numbers that can be sent."""


class Intake:
    """ASGI layer that reads bodies. `limit` in bytes."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in WRITES:
            await self.app(scope, receive, send)
            return
        try:
            body = await _read(receive, self.limit)
            if "json" in Headers(scope=scope).get("content-type", ""):
                _refuse_nan(body)
        except PlantError as error:
            await refuse(error, scope, receive, send)
            return
        scope["state"]["body"] = body
        await self.app(scope, replay(body, receive), send)


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that hands a body out that has been read already, and then goes on."""
    unread = [body]

    async def again() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return again


async def form_of(scope: Scope, receive: Receive) -> FormData:
    """The fields of a form that has been read; empty where the body is none."""
    if not Headers(scope=scope).get("content-type", "").startswith(_FORMS):
        return FormData()
    form = await Request(scope, replay(scope["state"]["body"], receive)).form()
    await form.close()  # files are read again by the route, from the body
    return form


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLarge(limit_bytes=limit)
        if not message.get("more_body", False):
            return b"".join(parts)


def _refuse_nan(body: bytes) -> None:
    def refused(name: str) -> None:
        raise NotANumber(found=name)

    if b"NaN" in body or b"Infinity" in body:
        try:
            json.loads(body, parse_constant=refused)
        except ValueError:
            # Not JSON at all: the route's own reader says so, with the position.
            return
