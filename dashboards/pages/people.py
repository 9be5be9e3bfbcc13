"""People, for administrators: who works here with which roles, keys of programs, and the matrix of separated duties."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.audit import service as audit
from mes.border import Caller, Transaction, allow
from mes.people import service as people
from mes.people import sessions
from mes.people.duties import DUTIES, SEPARATED
from mes.people.model import Role

router = APIRouter(prefix="/people")
Admin = Annotated[Caller, Depends(allow(Role.ADMIN))]
Field = Annotated[str, Form()]
Roles = Annotated[list[Role] | None, Form()]
Version = Annotated[int, Form()]


@router.get("")
async def everyone(request: Request, work: Transaction, caller: Admin) -> HTMLResponse:
    """Everyone, the keys, and who may do what."""
    return await _list(request, work, caller)


async def _list(
    request: Request, work: Transaction, caller: Caller, issued: sessions.Issued | None = None
) -> HTMLResponse:
    around = await frame(request, work, caller)
    view = {
        "staff": await people.people(work),
        "keys": await sessions.keys(work),
        "issued": issued,
        "roles": Role,
        "duties": DUTIES,
        "separated": SEPARATED,
    }
    answer = page(request, "people.html", around, **view)
    if issued is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("")
async def hire(
    work: Transaction,
    _: Admin,
    username: Field,
    printed_name: Field,
    password: Field,
    roles: Roles = None,
    language: Annotated[Literal["zh", "en"], Form()] = "zh",
) -> Response:
    """Add a person."""
    made = await people.create_person(
        work, username.strip(), printed_name.strip(), roles or [], password, language=language
    )
    return done(f"/people/{made.id}", "person.created")


@router.post("/keys")
async def issue_key(request: Request, work: Transaction, caller: Admin, name: Field, roles: Roles = None) -> Response:
    """Make a key; its secret is on this page and nowhere else."""
    return await _list(request, work, caller, await sessions.issue_key(work, name.strip(), roles or []))


@router.post("/keys/{key_id}/revoke")
async def revoke_key(work: Transaction, _: Admin, key_id: int, reason: Field) -> Response:
    """Let no program in with this key any more."""
    await sessions.revoke_key(work, key_id, reason=reason)
    return done("/people#keys", "key.revoked")


@router.get("/{person_id}")
async def person(request: Request, work: Transaction, caller: Admin, person_id: int) -> HTMLResponse:
    """One person."""
    around = await frame(request, work, caller)
    view = {
        "person": await people.person_by_id(work, person_id),
        "roles": Role,
        "shortest": people.SHORTEST,
        "trail": await audit.entries(work, entity="person", entity_id=person_id, limit=50),
    }
    return page(request, "person.html", around, **view)


@router.post("/{person_id}/roles")
async def set_roles(
    work: Transaction, _: Admin, person_id: int, version: Version, reason: Field, roles: Roles = None
) -> Response:
    """Exactly these roles."""
    await people.set_roles(work, person_id, roles or [], version=version, reason=reason)
    return done(f"/people/{person_id}", "person.changed")


@router.post("/{person_id}/unlock")
async def unlock(work: Transaction, _: Admin, person_id: int, version: Version, reason: Field) -> Response:
    """Let a person in again who was locked out."""
    await people.unlock(work, person_id, version=version, reason=reason)
    return done(f"/people/{person_id}", "person.unlocked")


@router.post("/{person_id}/password")
async def reset(
    work: Transaction, _: Admin, person_id: int, version: Version, password: Field, reason: Field
) -> Response:
    """Another password; every session ends."""
    await people.set_password(work, person_id, password, version=version, reason=reason)
    return done(f"/people/{person_id}", "person.password_set")


@router.post("/{person_id}/active")
async def set_active(
    work: Transaction, _: Admin, person_id: int, version: Version, reason: Field, active: Annotated[bool, Form()]
) -> Response:
    """Shut a person out who has left, or let them back."""
    await people.set_active(work, person_id, active, version=version, reason=reason)
    return done(f"/people/{person_id}", "person.changed")
