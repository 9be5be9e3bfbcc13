"""Errors as clients get them: RFC 9457 problem+json, one table from an error's kind to its status.

What was sent is never sent back (it may hold a password); what is unexpected is logged under the request's id and told
as that id only. Pages may answer in their own dress: they set `app.state.error_page`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from telemetry.errors import Conflict, Forbidden, Invalid, NotFound, PlantError, Unauthenticated, Unavailable

log = logging.getLogger("isotherm.gateway")


class RateExceeded(PlantError):
    """Too many requests: wait a moment."""


class BodyTooLarge(Invalid):
    """What was sent is too large."""


class DatabaseUnavailable(Unavailable):
    """The database is not there at the moment: try again in a moment."""


class TextNotStorable(Invalid):
    """What was sent holds a value that can't be stored."""


STATUS: Mapping[type[PlantError], int] = {
    NotFound: 404,
    Conflict: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    BodyTooLarge: 413,
    Invalid: 422,
    RateExceeded: 429,
    Unavailable: 503,
    PlantError: 500,
}
_SHOWN_APART = ("failed_guards", "retry_after_s")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as it is told."""

    status: int
    code: str
    title: str
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> Response:
        """As problem+json."""
        apart = {name: self.facts[name] for name in _SHOWN_APART if name in self.facts}
        facts = {name: fact for name, fact in self.facts.items() if name not in apart}
        told = {"type": f"urn:isotherm:problem:{self.code}", "status": self.status, "code": self.code}
        body = told | {"title": self.title, "detail": self.detail, "facts": facts} | apart
        text = json.dumps(body, ensure_ascii=False, default=str)
        return Response(text, self.status, dict(self.headers), "application/problem+json")


def problem_of(error: Exception) -> Problem:
    """What is told about an error that was foreseen; anything else is told as `Unexpected`."""
    if isinstance(error, PlantError):
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        return Problem(status, error.code, error.title, str(error), error.facts, _headers(status, error.facts))
    if isinstance(error, RequestValidationError):
        return _not_valid(error)
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        code = "".join(word.capitalize() for word in phrase.replace("-", " ").split())
        return Problem(error.status_code, code, f"{phrase}.", phrase, headers=error.headers or {})
    if isinstance(error, psycopg.OperationalError):
        return problem_of(DatabaseUnavailable())
    if isinstance(error, psycopg.DataError):
        return problem_of(TextNotStorable())
    return Problem(500, "Unexpected", "Something went wrong here.", "It is in the log under this request's id.")


async def refuse(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer from a layer that lies outside the application's own error handling."""
    response = await _dress(Request(scope, receive), error)
    await response(scope, receive, send)


def install(app: FastAPI) -> None:
    """Let every error of the application be told this way."""
    for kind in (PlantError, RequestValidationError, HTTPException, psycopg.OperationalError, psycopg.DataError):
        app.add_exception_handler(kind, _dress)


ErrorPage = Callable[[Request, Problem], Awaitable[Response]]


async def _dress(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s %s: %r", request.method, request.url.path, error)
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is not None and not request.url.path.startswith("/api/"):
        return await page(request, problem)
    return problem.answer()


def _headers(status: int, facts: Mapping[str, object]) -> dict[str, str]:
    headers = {"WWW-Authenticate": 'Bearer realm="isotherm"'} if status == HTTPStatus.UNAUTHORIZED else {}
    if "retry_after_s" in facts:
        headers["Retry-After"] = str(facts["retry_after_s"])
    return headers


def _not_valid(error: RequestValidationError) -> Problem:
    """Where and what, without the value."""
    wrong = [
        {"where": ".".join(map(str, one["loc"])), "what": one["msg"], "kind": one["type"]} for one in error.errors()
    ]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong)
    return Problem(422, "InvalidRequest", "What was sent makes no sense.", detail, {"errors": wrong})
