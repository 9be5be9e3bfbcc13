"""What administrators do with people, and the doors to what everyone does: sign in, hold a key, sign.

Other slices import from here only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.people import passwords
from mes.people.entrance import authenticate as authenticate
from mes.people.entrance import person_by_id as person_by_id
from mes.people.model import Credentials as Credentials
from mes.people.model import Meaning as Meaning
from mes.people.model import Person, Role
from mes.people.model import Signature as Signature
from mes.people.model import Verified as Verified
from mes.people.refusals import (
    AdministratorHasDuties,
    NameTaken,
    OwnRolesChanged,
    PasswordTooShort,
    PersonChanged,
    PersonChangeWithoutReason,
    RoleUnknown,
)
from mes.people.refusals import ReauthRequired as ReauthRequired
from mes.people.signatures import Subject as Subject
from mes.people.signatures import sign as sign
from mes.people.signatures import sign_series as sign_series
from mes.people.signatures import signature as signature
from mes.people.signatures import signatures_of as signatures_of
from mes.people.signatures import signers_of as signers_of
from mes.people.signatures import verified_signatures_of as verified_signatures_of
from mes.people.signatures import verify_signature as verify_signature
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
SHORTEST = 8


async def create_person(
    work: Work, username: str, printed_name: str, roles: Iterable[str], password: str, *, language: str = "zh"
) -> Person:
    """Add a person. Raises NameTaken, RoleUnknown, AdministratorHasDuties, PasswordTooShort."""
    known = _known(roles)
    kept = await _hashed(password)
    made: int | None = await work.scalar(
        SQL["create_person"], username=username, printed_name=printed_name, language=language, password_hash=kept
    )
    if made is None:
        raise NameTaken(username=username)
    await work.run(SQL["add_roles"], id=made, roles=known)
    after = {"username": username, "printed_name": printed_name, "roles": known}
    work.audit("person.create", "person", made, after=after)
    return await person_by_id(work, made)


async def people(work: Work) -> list[Person]:
    """Everyone, by username."""
    return await work.all(SQL["people"], Person)


async def set_roles(work: Work, person_id: int, roles: Iterable[str], *, version: int, reason: str) -> Person:
    """Give a person exactly these roles; nobody does so for themselves.

    Raises PersonNotFound, PersonChanged, RoleUnknown, AdministratorHasDuties, OwnRolesChanged.
    """
    known = _known(roles)
    before = await person_by_id(work, person_id)
    if before.username == work.actor:
        raise OwnRolesChanged(person=before.username)
    await _change(work, "touch_person", person_id, version, reason)
    await work.run(SQL["drop_roles"], id=person_id, roles=known, now=work.now)
    await work.run(SQL["add_roles"], id=person_id, roles=known)
    facts = {"before": {"roles": before.roles}, "after": {"roles": known}}
    work.audit("person.roles", "person", person_id, **facts, reason=reason)
    return await person_by_id(work, person_id)


async def unlock(work: Work, person_id: int, *, version: int, reason: str) -> Person:
    """Let a locked person in again. Raises PersonNotFound, PersonChanged."""
    before = await person_by_id(work, person_id)
    await _change(work, "unlock", person_id, version, reason)
    was = {"failures": before.failures, "locked_at": before.locked_at}
    work.audit("person.unlock", "person", person_id, before=was, reason=reason)
    await alarms.clear(work, Kind.ACCESS, before.username, at=work.now)
    return await person_by_id(work, person_id)


async def set_password(work: Work, person_id: int, password: str, *, version: int, reason: str) -> Person:
    """Give a person a new password and end every session. Raises PersonNotFound, PersonChanged, PasswordTooShort."""
    await person_by_id(work, person_id)
    await _change(work, "set_password", person_id, version, reason, password_hash=await _hashed(password))
    await work.run(SQL["end_sessions"], person_id=person_id, now=work.now)
    work.audit("person.password.set", "person", person_id, reason=reason)
    return await person_by_id(work, person_id)


async def change_own_password(work: Work, credentials: Credentials, password: str) -> Person:
    """Who knows the old password makes a new one; every session ends.

    Raises PasswordRequired, WrongPassword, PersonLocked, PasswordTooShort.
    """
    person = await authenticate(work, credentials)
    return await set_password(work, person.id, password, version=person.version, reason="by its owner")


async def set_active(work: Work, person_id: int, active: bool, *, version: int, reason: str) -> Person:
    """Let a person who left no longer in (or back). The record stays. Raises PersonNotFound, PersonChanged."""
    before = await person_by_id(work, person_id)
    await _change(work, "set_active", person_id, version, reason, active=active)
    await work.run(SQL["end_sessions"], person_id=person_id, now=work.now)
    facts = {"before": {"active": before.active}, "after": {"active": active}}
    work.audit("person.active", "person", person_id, **facts, reason=reason)
    return await person_by_id(work, person_id)


async def _change(work: Work, block: str, person_id: int, version: int, reason: str, **values: object) -> None:
    if not reason.strip():
        raise PersonChangeWithoutReason(person_id=person_id)
    if await work.scalar(SQL[block], id=person_id, version=version, **values) is None:
        raise PersonChanged(person_id=person_id, yours=version)


async def _hashed(password: str) -> str:
    if len(password) < SHORTEST:
        raise PasswordTooShort
    return await passwords.hashed(password)


def _known(roles: Iterable[str]) -> list[str]:
    asked = sorted(set(roles))
    unknown = sorted(set(asked) - set(Role))
    if unknown:
        raise RoleUnknown(roles=unknown)
    if Role.ADMIN in asked and len(asked) > 1:
        raise AdministratorHasDuties(roles=asked)
    return asked
