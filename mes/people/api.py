"""People, keys and signatures over HTTP. Administrators only, but for reading signatures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people import service, sessions
from mes.people.model import Person, Role, Signature

router = APIRouter(tags=["people"])
Admin = Annotated[Caller, Depends(allow(Role.ADMIN))]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPerson(_Body):
    username: Name
    printed_name: Name
    roles: list[Role]
    password: str = Field(max_length=1000, repr=False)
    language: Literal["zh", "en"] = "zh"


class Change(_Body):
    version: int
    reason: Reason


class NewRoles(Change):
    roles: list[Role]


class NewPassword(Change):
    password: str = Field(max_length=1000, repr=False)


class NewActive(Change):
    active: bool


class NewKey(_Body):
    name: Name
    roles: list[Role]


class Revocation(_Body):
    reason: Reason


@router.get("/people")
async def list_people(work: Transaction, _: Admin) -> dict[str, Any]:
    """Everyone who works here."""
    return {"items": await service.people(work), "next": None}


@router.post("/people", status_code=201)
async def create_person(body: NewPerson, work: Transaction, _: Admin) -> Person:
    """Add a person."""
    return await service.create_person(
        work, body.username, body.printed_name, body.roles, body.password, language=body.language
    )


@router.get("/people/{person_id}")
async def show_person(person_id: int, work: Transaction, _: Admin) -> Person:
    """One person."""
    return await service.person_by_id(work, person_id)


@router.post("/people/{person_id}/roles")
async def set_roles(person_id: int, body: NewRoles, work: Transaction, _: Admin) -> Person:
    """Give a person exactly these roles."""
    return await service.set_roles(work, person_id, body.roles, version=body.version, reason=body.reason)


@router.post("/people/{person_id}/unlock")
async def unlock(person_id: int, body: Change, work: Transaction, _: Admin) -> Person:
    """Let a locked person in again."""
    return await service.unlock(work, person_id, version=body.version, reason=body.reason)


@router.post("/people/{person_id}/password")
async def set_password(person_id: int, body: NewPassword, work: Transaction, _: Admin) -> Person:
    """Give a person a new password; every session of theirs ends."""
    return await service.set_password(work, person_id, body.password, version=body.version, reason=body.reason)


@router.post("/people/{person_id}/active")
async def set_active(person_id: int, body: NewActive, work: Transaction, _: Admin) -> Person:
    """Shut a person out who has left, or let them back."""
    return await service.set_active(work, person_id, body.active, version=body.version, reason=body.reason)


@router.get("/keys")
async def list_keys(work: Transaction, _: Admin) -> dict[str, Any]:
    """Keys of programs, without their secrets."""
    return {"items": await sessions.keys(work), "next": None}


@router.post("/keys", status_code=201)
async def issue_key(body: NewKey, work: Transaction, response: Response, _: Admin) -> dict[str, Any]:
    """Make a key. Its secret is in this answer and nowhere else."""
    issued = await sessions.issue_key(work, body.name, body.roles)
    response.headers["Cache-Control"] = "no-store"
    return {"key": issued.key, "secret": issued.secret}


@router.post("/keys/{key_id}/revoke")
async def revoke_key(key_id: int, body: Revocation, work: Transaction, _: Admin) -> sessions.ApiKey:
    """Let no program in with this key any more."""
    return await sessions.revoke_key(work, key_id, reason=body.reason)


@router.get("/signatures")
async def list_signatures(
    work: Transaction, _: Signed, record_type: Annotated[str, Query()], record_id: Annotated[str, Query()]
) -> dict[str, Any]:
    """The signatures on a record: name, meaning, reason, time."""
    return {"items": await service.signatures_of(work, record_type, record_id), "next": None}


@router.get("/signatures/{signature_id}")
async def show_signature(signature_id: int, work: Transaction, _: Signed) -> Signature:
    """One signature."""
    return await service.signature(work, signature_id)
