"""Signing in and out by JSON, and who one is. Pages use `authentication.enter` and `leave` for the same."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.authentication import enter, leave
from gateway.csrf import csrf_token, token_of
from mes.border import Signed

router = APIRouter(tags=["session"])


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=200)
    password: str = Field(max_length=1000, repr=False)


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


@router.get("/me")
async def me(request: Request, who: Signed) -> dict[str, Any]:
    """Who calls, with which roles."""
    about = {"name": who.name, "roles": sorted(who.roles), "language": who.language, "person_id": who.person_id}
    return about | {"csrf_token": csrf_token(request)}
