"""Sign in, sign out, choose the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from dashboards.frame import LANGUAGE_COOKIE, language_of
from dashboards.language import known
from dashboards.message import SEE_OTHER, Message, from_query, of_problem
from dashboards.render import text
from gateway.authentication import enter, leave
from gateway.problems import problem_of
from mes.people.refusals import PasswordRequired, PersonLocked, WrongPassword

router = APIRouter()
_YEAR_S = 365 * 86_400


@router.get("/sign-in")
async def ask(request: Request, to: str = "/") -> HTMLResponse:
    """The form."""
    return _form(request, to, from_query(request.query_params))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session and go on to the page that was asked for."""
    answer = RedirectResponse(_ours(to), SEE_OTHER)
    try:
        await enter(request, answer, username.strip(), password)
    except (WrongPassword, PersonLocked, PasswordRequired) as refusal:  # on record already: here it is told
        problem = problem_of(refusal)
        return _form(request, to, of_problem(problem), username=username, status=problem.status)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    answer = RedirectResponse("/sign-in", SEE_OTHER)
    await leave(request, answer)
    return answer


@router.post("/language")
async def choose_language(
    request: Request, language: Annotated[str, Form()], to: Annotated[str, Form()] = "/"
) -> Response:
    """Keep the choice in this browser."""
    answer = RedirectResponse(_ours(to), SEE_OTHER)
    answer.set_cookie(LANGUAGE_COOKIE, known(language), max_age=_YEAR_S, httponly=True, samesite="lax", path="/")
    return answer


def _form(request: Request, to: str, message: Message | None, *, username: str = "", status: int = 200) -> HTMLResponse:
    language = language_of(request)
    shown = text(request, "sign-in.html", language, to=_ours(to), message=message, username=username)
    return HTMLResponse(shown, status)


def _ours(to: str) -> str:
    """A path of this site; anything else leads to the overview."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
