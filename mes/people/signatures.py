"""Electronic signatures (21 CFR 11.50, 11.70, 11.200): the password every time, bound to the content by its hash."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mes.people.entrance import authenticate
from mes.people.model import Credentials, Meaning, Person, Signature, Verified, digest, written
from mes.people.refusals import (
    MeaningMismatch,
    ReasonMissing,
    ReauthRequired,
    SameSigner,
    SignatureNotFound,
    SignerRoleMissing,
)
from telemetry import queries
from telemetry.errors import Invalid
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class NothingToSign(Invalid):
    """There is nothing to sign: choose at least one record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One record of a series, with what is signed of it."""

    record_type: str
    record_id: object
    record_version: int
    content: Mapping[str, object]
    not_by: Collection[int | None] = ()


async def sign(
    work: Work,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    *,
    record_type: str,
    record_id: object,
    record_version: int,
    content: Mapping[str, object],
    roles: Iterable[str],
    meanings: Collection[Meaning] = tuple(Meaning),
    not_by: Collection[int | None] = (),
) -> Signature:
    """Sign a record's content; a session is never enough.

    `roles`: any one of them may sign, the first that the person has is kept. `meanings`: what this act may be signed
    with. `not_by`: ids of people who may not sign, since they did or signed the step before. Raises MeaningMismatch,
    ReasonMissing, ReauthRequired, WrongPassword, PersonLocked, SignerRoleMissing, SameSigner.
    """
    subject = Subject(
        record_type=record_type, record_id=record_id, record_version=record_version, content=content, not_by=not_by
    )
    return (await sign_series(work, credentials, meaning, reason, [subject], roles=roles, meanings=meanings))[0]


async def sign_series(
    work: Work,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    subjects: Sequence[Subject],
    *,
    roles: Iterable[str],
    meanings: Collection[Meaning] = tuple(Meaning),
) -> list[Signature]:
    """Sign several records with one password, a signature each: all of them, or none.

    Raises NothingToSign, and as `sign` does.
    """
    if not subjects:
        raise NothingToSign
    said = _meaning(meaning, meanings)
    if not reason.strip():
        raise ReasonMissing
    if not credentials.password:
        raise ReauthRequired
    person, allowed = await authenticate(work, credentials), tuple(roles)
    signed_as = {"meaning": said, "reason": reason.strip(), "terminal": credentials.terminal}
    return [await _sign_one(work, person, subject, allowed, signed_as) for subject in subjects]


async def _sign_one(
    work: Work, person: Person, subject: Subject, allowed: tuple[str, ...], signed_as: Mapping[str, object]
) -> Signature:
    role = _role(person, allowed, subject)
    if person.id in subject.not_by:
        raise SameSigner(person.id, subject.record_type, subject.record_id)
    signer = {"person_id": person.id, "printed_name": person.printed_name, "role": role}
    record = {"record_type": subject.record_type, "record_id": str(subject.record_id)}
    facts = signer | record | {"record_version": subject.record_version} | dict(signed_as)
    made = await _keep(work, subject.content, facts)
    told = {"signature": made.id, "signer": person.username, "role": role, "meaning": made.meaning}
    after = told | {"sha256": made.content_sha256}
    work.audit("signature.apply", subject.record_type, subject.record_id, after=after, reason=made.reason)
    return made


async def _keep(work: Work, content: Mapping[str, object], facts: Mapping[str, object]) -> Signature:
    text = written(content)
    made: int = await work.scalar(SQL["sign"], **facts, content=text, content_sha256=digest(text), now=work.now)
    return await signature(work, made)


async def signature(work: Work, signature_id: int) -> Signature:
    """One signature. Raises SignatureNotFound."""
    found = await work.one(SQL["signature"], Signature, id=signature_id)
    if found is None:
        raise SignatureNotFound(signature_id=signature_id)
    return found


async def signatures_of(work: Work, record_type: str, record_id: object) -> list[Signature]:
    """All signatures on a record, oldest first."""
    return await work.all(SQL["signatures_of"], Signature, record_type=record_type, record_id=str(record_id))


async def signers_of(work: Work, signature_ids: Collection[int]) -> frozenset[int]:
    """Ids of the people who made these signatures."""
    found = await (await work.db.execute(SQL["signers"], {"ids": list(signature_ids)})).fetchall()
    return frozenset(row[0] for row in found)


async def verify_signature(work: Work, signature_id: int, content: Mapping[str, object]) -> bool:
    """Whether the record still says what was signed, and the kept copy as well. Raises SignatureNotFound."""
    found = await signature(work, signature_id)
    kept: str = await work.scalar(SQL["signed_content"], id=signature_id)
    return found.content_sha256 == digest(written(content)) == digest(kept)


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int
    text: str


async def verified_signatures_of(
    work: Work,
    record_type: str,
    record_id: object,
    content: Mapping[str, object],
    *,
    of_the_act: Collection[str] = (),
) -> list[Verified]:
    """All signatures on a record, oldest first, each held against what the record says now.

    `content`: the record's present facts, at least those that were signed; several signatures may sign different ones.
    `of_the_act`: signed facts that say what was done then, such as a step's name, and that no record tells later.
    A signed fact that is missing in `content` counts as changed.
    """
    kept = await work.all(SQL["signed_texts"], _Kept, record_type=record_type, record_id=str(record_id))
    texts = {each.id: each.text for each in kept}
    now = json.loads(written(content))
    return [
        held_against(each, texts[each.id], now, frozenset(of_the_act))
        for each in await signatures_of(work, record_type, record_id)
    ]


def held_against(
    signature: Signature, kept: str, now: Mapping[str, object], of_the_act: frozenset[str] = frozenset()
) -> Verified:
    """A signature with what differs from what was signed. `kept`: its copy; `now`: present facts as JSON has them."""
    if digest(kept) != signature.content_sha256:
        return Verified(signature, is_kept=False, differs=())
    signed: dict[str, object] = json.loads(kept)
    differs = [name for name, fact in signed.items() if name not in of_the_act and now.get(name, _ABSENT) != fact]
    return Verified(signature, is_kept=True, differs=tuple(differs))


_ABSENT = object()


def _meaning(meaning: Meaning | str, allowed: Collection[Meaning]) -> Meaning:
    try:
        said = Meaning(meaning)
    except ValueError as unknown:
        raise MeaningMismatch(meaning=str(meaning), allowed=" | ".join(allowed)) from unknown
    if said not in allowed:
        raise MeaningMismatch(meaning=said.value, allowed=" | ".join(allowed))
    return said


def _role(person: Person, allowed: tuple[str, ...], subject: Subject) -> str:
    for role in allowed:
        if role in person.roles:
            return role
    raise SignerRoleMissing(person.id, subject.record_type, subject.record_id, needs=" | ".join(allowed))
