"""Cross-site request forgery: a write by cookie must show a token that only our own pages can know.

The token is made from the session's, so nothing is stored. Forms send it as the field `csrf_token`, scripts as the
header `X-CSRF-Token`. Writes that a browser says another site started are refused even without a session.
"""

from __future__ import annotations

import hmac

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.intake import WRITES, form_of
from gateway.problems import refuse
from telemetry.errors import Forbidden

HEADER, FIELD = "X-CSRF-Token", "csrf_token"


class CrossSite(Forbidden):
    """This request was not made by a page of this plant: load the page anew and try again."""


def csrf_token(request: Request) -> str:
    """What a page puts into its forms and into `<meta name="csrf-token">`; empty while nobody is signed in."""
    token: str | None = request.state.session_token
    return token_of(token) if token else ""


class CsrfGuard:
    """ASGI layer behind `Authentication` and `Intake`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in WRITES and not await _is_ours(scope, receive):
            await refuse(CrossSite(), scope, receive, send)
            return
        await self.app(scope, receive, send)


async def _is_ours(scope: Scope, receive: Receive) -> bool:
    if scope["state"]["api_key"] is not None:
        return True  # no browser adds a key by itself
    headers = Headers(scope=scope)
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    token: str | None = scope["state"]["session_token"]
    if token is None:
        return True
    shown = headers.get(HEADER) or (await form_of(scope, receive)).get(FIELD)
    return isinstance(shown, str) and hmac.compare_digest(shown.encode(), token_of(token).encode())


def token_of(token: str) -> str:
    """The token that belongs to a session's."""
    return hmac.new(token.encode(), b"csrf", "sha256").hexdigest()
