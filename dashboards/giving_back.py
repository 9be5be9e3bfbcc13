"""A form that was refused comes back as it was sent, for who works without scripts: nothing that was typed is lost.

The page that the form stood on is asked for again, in the same person's name, and its form is filled.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from dashboards.fields import fields_of
from dashboards.form_page import FormPage
from dashboards.frame import language_of
from dashboards.message import Message, without_message
from dashboards.render import text
from gateway.intake import form_of
from gateway.problems import Problem

_KEPT_HEADERS = frozenset({b"cookie", b"host", b"user-agent", b"accept-language"})
_NOT_OURS = "CrossSite"  # a form of another site: nothing of it is shown


async def stood_on(request: Request) -> str:
    """The address of the page of ours that a form stood on, with its query; "" where nobody knows."""
    told = (await _sent(request)).get("stood_on", ())
    parts = urlsplit(request.headers.get("referer", ""))
    came = f"{parts.path}?{parts.query}" if parts.netloc == request.url.netloc else ""
    page = told[-1] if told else came
    return without_message(page) if page.startswith("/") and not page.startswith(("//", "/api/", "/static/")) else ""


async def given_back(request: Request, problem: Problem, message: Message) -> HTMLResponse | None:
    """The page with the form as it was sent and the message in it; None: there is no such page or form any more."""
    if problem.code == _NOT_OURS or request.state.caller is None or not (page := await stood_on(request)):
        return None
    sent = await _sent(request)
    html = await _asked_again(request, page)
    found = FormPage.found(html, request.url.path, sent) if html else None
    if found is None:
        return None
    language, names = language_of(request), {str(tag.attributes["name"]) for tag in found.fields}
    places = _places(message, names)
    faults = {
        name: text(request, "_fault.html", language, name=name, codes=codes, message=message)
        for name, codes in places.items()
    }
    rest = message.without(code for codes in places.values() for code in codes)
    told = text(request, "_refusal.html", language, message=rest, placed=bool(places))
    return HTMLResponse(found.given_back(sent, faults, told, page), problem.status, dict(problem.headers))


def _places(message: Message, names: set[str]) -> Mapping[str, Sequence[str]]:
    """By field of the form: guards, or the error itself, that are told at it."""
    places: dict[str, list[str]] = {}
    for code in (*message.guards, message.code):
        if at := next((name for name in fields_of(code) if name in names), None):
            places.setdefault(at, []).append(code)
    for name in message.fields:
        if name in names:
            places.setdefault(name, []).append("")
    return places


async def _sent(request: Request) -> Mapping[str, Sequence[str]]:
    """By field: what was typed; empty where the body was not read."""
    found: dict[str, list[str]] = {}
    if "body" in request.scope["state"]:
        for name, value in (await form_of(request.scope, request.receive)).multi_items():
            if isinstance(value, str):
                found.setdefault(name, []).append(value)
    return found


async def _asked_again(request: Request, page: str) -> str:
    """The page as its reader gets it; "" where it is none."""
    path, _, query = page.partition("?")
    kept = {name: request.scope[name] for name in ("type", "asgi", "http_version", "scheme", "client", "server")}
    headers = [pair for pair in request.scope["headers"] if pair[0] in _KEPT_HEADERS]
    scope = kept | {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    answer: list[MutableMapping[str, Any]] = []

    async def receive() -> Mapping[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: MutableMapping[str, Any]) -> None:
        answer.append(message)

    await request.app(scope | {"root_path": "", "headers": headers, "state": {}}, receive, keep)
    if answer[0]["status"] != HTTPStatus.OK:
        return ""
    return b"".join(part.get("body", b"") for part in answer[1:]).decode(errors="replace")
