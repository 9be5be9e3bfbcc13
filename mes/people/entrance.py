"""Checks the two components, name and password. Every sign-in and every signature comes through here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.people import passwords
from mes.people.model import Credentials, Person
from mes.people.refusals import PasswordRequired, PersonLocked, PersonNotFound, WrongPassword
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int
    password_hash: str
    active: bool
    failures: int
    locked_at: datetime | None


async def person_by_id(work: Work, person_id: int) -> Person:
    """One person with roles. Raises PersonNotFound."""
    person = await work.one(SQL["person"], Person, id=person_id)
    if person is None:
        raise PersonNotFound(person_id=person_id)
    return person


async def authenticate(work: Work, credentials: Credentials) -> Person:
    """The person whose name and password these are. Raises PasswordRequired, PersonLocked, WrongPassword."""
    if not credentials.password:
        raise PasswordRequired
    kept = await work.one(SQL["password_of"], _Kept, username=credentials.username)
    if kept is not None and kept.locked_at is not None:
        raise PersonLocked(kept.id, credentials.terminal)
    right = await passwords.matches(kept.password_hash if kept else None, credentials.password)
    if kept is None or not right or not kept.active:
        raise WrongPassword(kept.id if kept else None, credentials.terminal)
    await work.run(SQL["forget_failures"], id=kept.id)
    return await person_by_id(work, kept.id)
