"""Draft a document's next version, review it, approve it by signature; find the one to work by at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.audit import service as audit
from mes.documents.model import DOCUMENT, Document, DocumentFacts, Standing, Status
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

__all__ = ["Document", "Standing", "Status", "effective_document"]

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.APPROVED,)


class DocumentNotFound(NotFound):
    """There is no such document."""


class DocumentObsolete(Conflict):
    """This version is obsolete and must not be worked by: open the one in force."""


class DocumentInHand(Conflict):
    """A version of this document is being written or reviewed already: finish that one first."""


class DocumentLacksReason(Invalid):
    """A new version needs a code, a title in both languages, and a reason: what changes, and why."""


class DocumentToCome(Conflict):
    """Another version is approved already and comes into force later: withdraw that one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an author writes. Titles are asked for with the first version only."""

    code: str
    change_reason: str
    title_en: str = ""
    title_zh: str = ""
    text: str = ""
    url: str = ""


async def documents(work: Work) -> list[Document]:
    """Every version of every document, by code and number."""
    return await _versions(work)


async def versions(work: Work, code: str) -> list[Document]:
    """The versions of a document, oldest first. Raises DocumentNotFound."""
    found = await _versions(work, code=code)
    if not found:
        raise DocumentNotFound(document=code)
    return found


async def document(work: Work, version_id: int) -> Document:
    """One version. Raises DocumentNotFound."""
    found = await _versions(work, id=version_id)
    if not found:
        raise DocumentNotFound(version_id=version_id)
    return found[0]


async def effective_document(work: Work, code: str, at: datetime) -> Document | None:
    """The version to work by at a moment; None: no such document, or none in force (GMP 2010 Art. 158)."""
    found = await _versions(work, code=code, effective_at=at)
    return found[0] if found else None


async def effective_documents(work: Work, at: datetime) -> dict[str, Document]:
    """By code: every version that is in force at a moment."""
    return {each.code: each for each in await _versions(work, effective_at=at)}


async def demand_usable(work: Work, version_id: int) -> Document:
    """The version, to work by it now. Raises DocumentNotFound, DocumentObsolete."""
    found = await document(work, version_id)
    if found.standing(work.now) is not Standing.EFFECTIVE:
        raise DocumentObsolete(document=found.code, number=found.number, standing=found.standing(work.now).value)
    return found


async def draft(work: Work, said: Draft) -> Document:
    """Begin the next version, or a document's first. Raises DocumentLacksReason, DocumentInHand."""
    document_id = await _document_id(work, said)
    if any(v.effective_from is None for v in await _versions(work, code=said.code)):
        raise DocumentInHand(document=said.code)
    facts = {"text": said.text, "url": said.url, "reason": said.change_reason.strip(), "author": work.actor}
    made: int = await work.scalar(SQL["draft"], document_id=document_id, now=work.now, **facts)
    found = await document(work, made)
    after = {"number": found.number, "text": found.text, "url": found.url, "author": found.author}
    work.audit("document.draft", "document", said.code, after=after, reason=said.change_reason)
    return found


async def edit(work: Work, version_id: int, *, version: int, text: str, url: str) -> Document:
    """Write on while it is a draft. Raises DocumentNotFound, StaleVersion, Refused."""
    before = await _locked(work, version_id, version)
    DOCUMENT.step("edit", before.code, before.status, DocumentFacts())
    was = {"text": before.text, "url": before.url}
    return await _write(work, before, "edit", Status.DRAFT, was, {"text": text, "url": url}, "")


async def take_step(work: Work, version_id: int, step: str, *, version: int, reason: str = "") -> Document:
    """Submit for review, or return to the author. Raises DocumentNotFound, StaleVersion, Refused."""
    before = await _locked(work, version_id, version)
    facts = DocumentFacts(has_content=bool(before.text.strip() or before.url.strip()), reason=reason)
    target = Status(DOCUMENT.step(step, before.code, before.status, facts).target)
    return await _write(work, before, step, target, {"status": before.status}, {"status": target}, reason)


async def approve(
    work: Work,
    version_id: int,
    *,
    version: int,
    effective_from: datetime | None,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> Document:
    """QA signs, who wrote none of it; it is in force from the moment told, or at once, and the one before up to there.

    Raises DocumentNotFound, StaleVersion, Refused with the guards that failed, DocumentToCome, and what `people.sign`
    raises.
    """
    before = await _locked(work, version_id, version)
    since = effective_from or work.now
    wrote = await audit.actors(work, "document", before.code, ["document.draft", "document.edit"], number=before.number)
    who = {"authors": wrote | {before.author}, "signer": credentials.username}
    facts = DocumentFacts(**who, effective_from=since, now=work.now)  # type: ignore[arg-type]
    DOCUMENT.step("approve", before.code, before.status, facts)
    if await work.scalar(SQL["overtaken"], document_id=before.document_id, id=version_id, at=since):
        raise DocumentToCome(document=before.code)
    content = before.signed_content() | {"effective_from": since}
    signature_id = await _sign(work, before, credentials, meaning, reason, content)
    await work.run(SQL["supersede"], document_id=before.document_id, id=version_id, at=since)
    told = {"effective_from": since, "signature_id": signature_id}
    after = await _write(work, before, "approve", Status.APPROVED, {"status": before.status}, told, reason)
    await work.emit("document.approved", code=before.code, number=before.number, effective_from=since)
    return after


async def withdraw(
    work: Work, version_id: int, *, version: int, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Document:
    """QA takes a version out of force, or keeps it from ever coming: nobody may work by it any more.

    Raises DocumentNotFound, StaleVersion, Refused, and what `people.sign` raises.
    """
    before = await _locked(work, version_id, version)
    DOCUMENT.step("withdraw", before.code, before.status, DocumentFacts(reason=reason))
    if before.standing(work.now) is Standing.OBSOLETE:
        raise DocumentObsolete(document=before.code, number=before.number)
    await _sign(work, before, credentials, meaning, reason, before.signed_content())
    ends = max(work.now, before.effective_from or work.now)
    was, told = {"status": before.status}, {"obsolete_from": ends}
    after = await _write(work, before, "withdraw", Status.WITHDRAWN, was, told, reason)
    await work.emit("document.withdrawn", code=before.code, number=before.number)
    return after


async def _document_id(work: Work, said: Draft) -> int:
    code = said.code.strip()
    if not said.change_reason.strip() or not code:
        raise DocumentLacksReason(code=code)
    known: int | None = await work.scalar(SQL["document_id"], code=code)
    if known is not None:
        return known
    titles = {"title_en": said.title_en.strip(), "title_zh": said.title_zh.strip()}
    if not all(titles.values()):
        raise DocumentLacksReason(code=code)
    made: int | None = await work.scalar(SQL["make"], code=code, **titles)
    return made if made is not None else int(await work.scalar(SQL["document_id"], code=code))


async def _sign(
    work: Work,
    before: Document,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    content: dict[str, object],
) -> int:
    made = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="document_version",
        record_id=before.id,
        record_version=before.version,
        content=content,
        roles=signers(Act.APPROVE),
        meanings=MEANINGS,
    )
    return made.id


async def _locked(work: Work, version_id: int, version: int) -> Document:
    current: int | None = await work.scalar(SQL["lock"], id=version_id)
    if current is None:
        raise DocumentNotFound(version_id=version_id)
    if current != version:
        raise StaleVersion("document", version_id, yours=version, current=current)
    return await document(work, version_id)


_COLUMNS = ("text", "url", "effective_from", "obsolete_from", "signature_id")


async def _write(
    work: Work,
    before: Document,
    step: str,
    status: Status,
    was: Mapping[str, object],
    told: Mapping[str, object],
    reason: str,
) -> Document:
    changes = dict.fromkeys(_COLUMNS) | {name: fact for name, fact in told.items() if name in _COLUMNS}
    await work.run(SQL["change"], id=before.id, status=status, **changes)
    after = {"number": before.number, "status": status} | dict(told)
    work.audit(f"document.{step}", "document", before.code, before=was, after=after, reason=reason)
    return await document(work, before.id)


async def _versions(work: Work, **filters: object) -> list[Document]:
    return await work.all(SQL["versions"], Document, **{"id": None, "code": None, "effective_at": None} | filters)
