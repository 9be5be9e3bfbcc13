"""Electronic signatures (21 CFR 11.50, 11.70, 11.200): the password every time, bound to the content by its hash."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from mes.people.entrance import authenticate
from mes.people.model import Credentials, Meaning, Person, Signature, digest, written
from mes.people.refusals import MeaningMismatch, ReasonMissing, SameSigner, SignatureNotFound, SignerRoleMissing
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


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
    ReasonMissing, PasswordRequired, WrongPassword, PersonLocked, SignerRoleMissing, SameSigner.
    """
    said = _meaning(meaning, meanings)
    if not reason.strip():
        raise ReasonMissing
    person = await authenticate(work, credentials)
    role = _role(person, tuple(roles), record_type, record_id)
    if person.id in not_by:
        raise SameSigner(person.id, record_type, record_id)
    signer = {"person_id": person.id, "printed_name": person.printed_name, "role": role}
    record = {"record_type": record_type, "record_id": str(record_id), "record_version": record_version}
    said_of_it = {"meaning": said, "reason": reason.strip(), "terminal": credentials.terminal}
    made = await _keep(work, content, signer | record | said_of_it)
    told = {"signature": made.id, "signer": person.username, "role": role, "meaning": said}
    after = told | {"sha256": made.content_sha256}
    work.audit("signature.apply", record_type, record_id, after=after, reason=made.reason)
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


async def verify_signature(work: Work, signature_id: int, content: Mapping[str, object]) -> bool:
    """Whether the record still says what was signed, and the kept copy as well. Raises SignatureNotFound."""
    found = await signature(work, signature_id)
    kept: str = await work.scalar(SQL["signed_content"], id=signature_id)
    return found.content_sha256 == digest(written(content)) == digest(kept)


def _meaning(meaning: Meaning | str, allowed: Collection[Meaning]) -> Meaning:
    try:
        said = Meaning(meaning)
    except ValueError as unknown:
        raise MeaningMismatch(meaning=str(meaning), allowed=" | ".join(allowed)) from unknown
    if said not in allowed:
        raise MeaningMismatch(meaning=said.value, allowed=" | ".join(allowed))
    return said


def _role(person: Person, allowed: tuple[str, ...], record_type: str, record_id: object) -> str:
    for role in allowed:
        if role in person.roles:
            return role
    raise SignerRoleMissing(person.id, record_type, record_id, needs=" | ".join(allowed))
