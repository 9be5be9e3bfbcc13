"""First passwords and the first key of a plant: made by chance."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mes.people import service as people
from mes.people import sessions
from mes.people.model import Role
from mes.plant.words import PersonWords
from telemetry.work import Work

KEY_NAME = "scripts"


@dataclass(frozen=True, slots=True)
class FirstEntry:
    """What a person needs to come in the first time."""

    username: str
    password: str
    printed_name: str
    roles: tuple[str, ...]


async def let_newcomers_in(work: Work, wanted: Sequence[PersonWords]) -> list[FirstEntry]:
    """Add the people of a plant folder who are not there yet, each with a password made by chance."""
    present = {person.username for person in await people.people(work)}
    return await let_in(work, [each for each in wanted if each.username not in present], {})


async def let_in(work: Work, wanted: Sequence[PersonWords], known: Mapping[str, str]) -> list[FirstEntry]:
    """Add the people of a plant folder, each with a password made by chance; `known` are passwords made before.

    A person who is there and whose password is not known gets a new one: only ever done to a plant of one's own.
    """
    present = {person.username: person for person in await people.people(work)}
    entries = []
    for each in wanted:
        password = known.get(each.username) or secrets.token_urlsafe(9)
        person = present.get(each.username)
        if person is None:
            await people.create_person(
                work, each.username, each.shown_name, each.roles, password, language=each.language
            )
        elif each.username not in known:
            await people.set_password(work, person.id, password, version=person.version, reason="first entry was lost")
        entries.append(FirstEntry(each.username, password, each.shown_name, each.roles))
    return entries


async def first_key(work: Work, known: str) -> str:
    """A key for scripts with every role but the administrator's: the one made before where it still opens."""
    if known and await sessions.key_of(work, known):
        return known
    name = f"{KEY_NAME}-{len(await sessions.keys(work)) + 1}"
    issued = await sessions.issue_key(work, name, [role for role in Role if role is not Role.ADMIN])
    return issued.secret
