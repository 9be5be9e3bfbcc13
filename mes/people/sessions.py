"""Sessions of people and keys of programs. Both are random secrets of which the database holds the SHA-256 only."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mes.people.entrance import authenticate
from mes.people.model import ApiKey as ApiKey
from mes.people.model import Credentials, Person, Role, digest
from mes.people.refusals import KeyNotFound, KeyRevokedWithoutReason, NameTaken, RoleUnknown
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
IDLE = timedelta(minutes=30)
"""How long a session may lie unused."""
_SEEN_EVERY = timedelta(seconds=15)
KEY_PREFIX = "iso_"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as it is handed out, once."""

    person: Person
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """A key as it is handed out, once."""

    key: ApiKey
    secret: str = field(repr=False)


async def sign_in(work: Work, credentials: Credentials) -> Opened:
    """Open a session. Raises PasswordRequired, WrongPassword, PersonLocked."""
    person = await authenticate(work, credentials)
    token = secrets.token_urlsafe(32)
    await work.run(SQL["open_session"], id=digest(token), person_id=person.id, now=work.now)
    work.audit("session.open", "person", person.id, after={"terminal": credentials.terminal})
    return Opened(person, token)


async def person_of(work: Work, token: str, *, idle: timedelta = IDLE, counts: bool = True) -> Person | None:
    """Who is signed in with this token; None: nobody, or not any more. `counts`: whether this is a sign of life."""
    person = await work.one(SQL["session_person"], Person, id=digest(token), idle_since=work.now - idle)
    if person is not None and counts:
        # Not at every request: a page that loads ten parts needn't write ten times.
        await work.run(SQL["see_session"], id=digest(token), now=work.now, not_before=work.now - _SEEN_EVERY)
    return person


async def sign_out(work: Work, token: str) -> None:
    """End a session; one that has ended already stays so."""
    person_id: int | None = await work.scalar(SQL["end_session"], id=digest(token), now=work.now)
    if person_id is not None:
        work.audit("session.end", "person", person_id)


async def issue_key(work: Work, name: str, roles: Iterable[str]) -> Issued:
    """Make a key for a program. Its secret can't be shown again. Raises NameTaken, RoleUnknown."""
    asked = sorted(set(roles))
    if unknown := sorted(set(asked) - set(Role)):
        raise RoleUnknown(roles=unknown)
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    key = await work.one(SQL["issue_key"], ApiKey, name=name, digest=digest(secret), roles=asked, now=work.now)
    if key is None:
        raise NameTaken(key=name)
    work.audit("key.issue", "api_key", key.id, after={"name": name, "roles": asked})
    return Issued(key, secret)


async def key_of(work: Work, secret: str) -> ApiKey | None:
    """The key with this secret, unless it is revoked."""
    return await work.one(SQL["key_of"], ApiKey, digest=digest(secret))


async def keys(work: Work) -> list[ApiKey]:
    """All keys, revoked ones too."""
    return await work.all(SQL["keys"], ApiKey)


async def revoke_key(work: Work, key_id: int, *, reason: str) -> ApiKey:
    """No request with this key is let in any more. Raises KeyNotFound, KeyRevokedWithoutReason."""
    if not reason.strip():
        raise KeyRevokedWithoutReason(key_id=key_id)
    key = await work.one(SQL["revoke_key"], ApiKey, id=key_id, now=work.now)
    if key is None:
        raise KeyNotFound(key_id=key_id)
    work.audit("key.revoke", "api_key", key.id, after={"name": key.name}, reason=reason)
    return key
