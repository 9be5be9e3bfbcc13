"""Signing in and out by JSON, and who one is. Pages use `authentication.enter` and `leave` for the same."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.authentication import enter, leave
from gateway.csrf import csrf_token, token_of
from mes.border import Signed, Transaction
from mes.people import service as people
from mes.people.model import Credentials
from telemetry.errors import Forbidden

router = APIRouter(tags=["session"])


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=200)
    password: str = Field(max_length=1000, repr=False)


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    old_password: str = Field(max_length=1000, repr=False)
    new_password: str = Field(max_length=1000, repr=False)


class NoPassword(Forbidden):
    """Only people have passwords; a program has its key."""


@router.post("/session")
async def sign_in(body: SignIn, request: Request, response: Response) -> dict[str, Any]:
    """Open a session: sets the cookie, and answers the token that writes by cookie must show."""
    opened = await enter(request, response, body.username, body.password)
    response.headers["Cache-Control"] = "no-store"
    person = opened.person
    return {
        "person": {
            "id": person.id,
            "username": person.username,
            "printed_name": person.printed_name,
            "language": person.language,
            "roles": person.roles,
        },
        "csrf_token": token_of(opened.token),
    }


@router.delete("/session", status_code=204)
async def sign_out(request: Request, response: Response, _: Signed) -> None:
    """End the session that the cookie belongs to."""
    await leave(request, response)


@router.post("/me/password", status_code=204)
async def change_password(body: NewPassword, work: Transaction, who: Signed) -> None:
    """Make a password of one's own; one signs in anew with it."""
    if who.person_id is None:
        raise NoPassword(caller=who.name)
    credentials = Credentials(who.name, body.old_password, who.terminal)
    await people.change_own_password(work, credentials, body.new_password)


@router.get("/me")
async def me(request: Request, who: Signed) -> dict[str, Any]:
    """Who calls, with which roles."""
    about = {"name": who.name, "roles": sorted(who.roles), "language": who.language, "person_id": who.person_id}
    return about | {"csrf_token": csrf_token(request)}
