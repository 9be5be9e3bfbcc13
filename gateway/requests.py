"""The outermost layer: an id for every request, one structured log line at its end, headers that browsers need.

The line tells who, what route, how it ended and how long it took. Never the query, a header or a body: they may hold
secrets.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import refuse

log = logging.getLogger("isotherm.requests")
failures = logging.getLogger("isotherm.gateway")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class RequestLog:
    """ASGI layer; `scope["state"]["request_id"]` is the id, told in `X-Request-Id` too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        state = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        state["caller"] = state["session_token"] = state["api_key"] = None  # until somebody is known
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope)
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        except Exception as unexpected:
            failures.exception("request %s failed", state["request_id"])
            if status:  # the answer is half way: only a broken connection can tell
                raise
            await refuse(unexpected, scope, receive, dressed)
        finally:
            log.info(_line(scope, state, status, time.perf_counter() - started))


def _add_headers(message: Message, scope: Scope) -> None:
    headers = MutableHeaders(scope=message)
    for name, text in HEADERS.items():
        headers.setdefault(name, text)
    headers["X-Request-Id"] = scope["state"]["request_id"]
    if scope.get("scheme") == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _line(scope: Scope, state: MutableMapping[str, Any], status: int, seconds: float) -> str:
    who = state.get("caller")
    facts = {
        "id": state["request_id"],
        "who": who.name if who else None,
        "from": scope["client"][0] if scope.get("client") else None,
        "method": scope["method"],
        "route": _route(scope),
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
    return json.dumps(facts, ensure_ascii=False)


def _route(scope: Scope) -> str:
    """The path with names in the places of its parameters, so that lines of one route can be counted."""
    names = {str(shown): f"{{{name}}}" for name, shown in scope.get("path_params", {}).items()}
    path: str = scope["path"]
    return "/".join(names.get(part, part) for part in path.split("/"))
