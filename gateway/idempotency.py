"""A write that is sent twice is done once: same caller, same route, same Idempotency-Key within a day.

The second is answered with the first answer. The key comes in the header `Idempotency-Key`, or from a form as the field
`idempotency_key`. Where the first try is still running, broke off, or answered with a secret, nothing is done either:
the second is told so (AnswerNotKept), and looks at the record.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import psycopg
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.intake import WRITES, form_of
from gateway.problems import refuse
from mes.border import Doors
from telemetry import queries
from telemetry.errors import Conflict, Invalid, PlantError
from telemetry.work import alone

SQL = queries.load(Path(__file__).with_name("idempotency.sql"))
HEADER, FIELD = "Idempotency-Key", "idempotency_key"
KEPT_FOR = timedelta(hours=24)
_LONGEST = 200


class KeyTooLong(Invalid):
    """An idempotency key has at most 200 characters."""


class KeyReused(Conflict):
    """This idempotency key was sent before with something else in it."""


class AnswerNotKept(Conflict):
    """The first request with this key is running, broke off, or its answer is not kept: look before you repeat it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: str
    status: int | None
    media_type: str | None
    location: str | None
    body: bytes | None

    def answer(self) -> Response:
        if self.status is None or self.body is None:
            raise AnswerNotKept
        headers = {"Idempotent-Replay": "true"} | ({"Location": self.location} if self.location else {})
        return Response(self.body, self.status, headers, self.media_type)


class Idempotency:
    """ASGI layer, the last before the routes."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app, self.doors = app, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = await _key(scope, receive)
        if key is None:
            await self.app(scope, receive, send)
            return
        try:
            name = _name(scope, key)
            kept = await self._claim(name, _digest(scope))
            answer = kept.answer() if kept else None
        except (PlantError, psycopg.OperationalError) as error:
            await refuse(error, scope, receive, send)
            return
        if answer is not None:
            await answer(scope, receive, send)
        else:
            await self._carry_out(name, scope, receive, send)

    async def _claim(self, name: dict[str, str], digest: str) -> _Kept | None:
        """None: ours to carry out. Otherwise what is kept of the first. Raises KeyReused."""
        now = self.doors.clock.now()
        async with alone(self.doors.pool, "gateway", now) as work:
            claim = name | {"digest": digest}
            if await work.scalar(SQL["claim"], **claim, now=now, too_old=now - KEPT_FOR) is not None:
                return None
            kept = await work.one(SQL["kept"], _Kept, **name)
        if kept is not None and kept.digest != digest:
            raise KeyReused
        return kept

    async def _carry_out(self, name: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def hold(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, hold)
        await self._keep(name, messages)  # before the answer leaves: who has it may send again at once
        for message in messages:
            await send(message)

    async def _keep(self, name: dict[str, str], messages: list[Message]) -> None:
        start, *bodies = messages
        headers = Headers(raw=start["headers"])
        secret = headers.get("cache-control") == "no-store" or "set-cookie" in headers
        body = None if secret else b"".join(message.get("body", b"") for message in bodies)
        async with alone(self.doors.pool, "gateway", self.doors.clock.now()) as work:
            if start["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
                await work.run(SQL["free"], **name)
                return
            facts = {"media_type": headers.get("content-type"), "location": headers.get("location"), "body": body}
            await work.run(SQL["keep"], **name, **facts, status=start["status"])


async def _key(scope: Scope, receive: Receive) -> str | None:
    if scope["type"] != "http" or scope["method"] not in WRITES or scope["state"]["caller"] is None:
        return None
    shown = Headers(scope=scope).get(HEADER) or (await form_of(scope, receive)).get(FIELD)
    return shown if isinstance(shown, str) and shown else None


def _name(scope: Scope, key: str) -> dict[str, str]:
    if len(key) > _LONGEST:
        raise KeyTooLong
    route = f"{scope['method']} {scope['path']}"
    return {"caller": scope["state"]["caller"].name, "route": route, "key": key}


def _digest(scope: Scope) -> str:
    """Of the body, keyed: a body may hold a password, and a plain hash of it could be guessed at."""
    state = scope["state"]
    secret: str = state["api_key"] or state["session_token"]
    return hmac.new(secret.encode(), state["body"], "sha256").hexdigest()
