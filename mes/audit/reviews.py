"""The review of the audit trail as a signed act (Annex 11 §9, GMP annex on computerised systems): of a batch, a person,
any record, or of what was changed after its first entry.

Whoever executed may not review. A review covers the rows that were there; a later row that changes the record asks for
another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from mes.audit.model import Checkpoint, Entry
from mes.audit.service import checkpoint
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Signature
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.REVIEWED,)
MOST = 20_000
"""Rows that one review may be about: nobody looks through more at a time."""


class NothingToReview(Invalid):
    """The audit trail holds no rows about this: choose a batch, a person, a record or a time that has some."""


class ReviewTooLarge(Invalid):
    """These are more rows than one person can review at a time: choose a shorter time."""


class FindingsMissing(Invalid):
    """Say what was found where the review ends with findings."""


class ReviewOfOwnWork(Conflict):
    """This person's own work is among these rows: somebody who did not take part must review them."""


class TrailGrown(Conflict):
    """Rows were added after you opened this: look at them as well, then sign."""


class ReviewNotFound(NotFound):
    """There is no such review."""


class Conclusion(StrEnum):
    NO_FINDINGS = "no_findings"
    FINDINGS = "findings"  # somebody must act on them


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Which rows: of a batch, a person, any kind of record with its id, or `changed`: all that was changed later."""

    scope: str  # batch, person, changed, or the kind of a record
    subject: str = ""
    from_time: datetime | None = None
    to_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    id: int
    scope: str
    subject: str
    from_time: datetime | None
    to_time: datetime | None
    last_seq: int  # the trail's end when it was looked at
    row_count: int
    rows_sha256: str  # of the rows' hashes, in order
    findings: str
    conclusion: Conclusion
    signature_id: int
    reviewed_by: str
    reviewed_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "conclusion", Conclusion(self.conclusion))

    def signed_content(self) -> dict[str, object]:
        """What its signature covers."""
        names = ("scope", "subject", "from_time", "to_time", "last_seq", "row_count", "rows_sha256", "findings")
        return {name: getattr(self, name) for name in (*names, "conclusion")}

    @property
    def range(self) -> Range:
        """Which rows it is about."""
        return Range(scope=self.scope, subject=self.subject, from_time=self.from_time, to_time=self.to_time)


async def rows(
    work: Work,
    about: Range,
    *,
    after_seq: int = 0,
    last_seq: int | None = None,
    limit: int = MOST + 1,
    newest: bool = False,
) -> list[Entry]:
    """The rows of a range, oldest first, from after a row to the trail's end or to a row that is told.

    `newest`: the last `limit` of them, newest first, as screens show them.
    """
    end = last_seq if last_seq is not None else (await checkpoint(work)).seq
    which = {"after_seq": after_seq, "last_seq": end, "limit": limit, "newest": newest}
    times = {"from_time": about.from_time, "to_time": about.to_time}
    if about.scope == "batch":
        return await work.all(SQL["batch_rows"], Entry, subject=about.subject, **times, **which)
    return await work.all(SQL["review_rows"], Entry, scope=about.scope, subject=about.subject, **times, **which)


async def sign_review(
    work: Work,
    about: Range,
    *,
    findings: str,
    conclusion: Conclusion,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    seen: int | None = None,
) -> Review:
    """Sign that the rows were looked through. `seen`: the trail's end on the page; rows since then refuse.

    Raises NothingToReview, ReviewTooLarge, FindingsMissing, TrailGrown, ReviewOfOwnWork, and what `people.sign` raises.
    """
    end = await checkpoint(work)
    found = await rows(work, about, last_seq=end.seq)
    _demand_reviewable(found, findings, conclusion)
    if seen is not None and any(each.seq > seen for each in found):
        raise TrailGrown(seen=seen)
    if credentials.username in executors(found, about):
        raise ReviewOfOwnWork(person=credentials.username)
    facts = _facts(about, found, end, findings, conclusion)
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="audit_review",
        record_id=f"{about.scope}:{about.subject}",
        record_version=len(await reviews(work, scope=about.scope, subject=about.subject)) + 1,
        content=facts,
        roles=signers(Act.REVIEW_TRAIL),
        meanings=MEANINGS,
    )
    who = {"signature_id": signed.id, "reviewed_by": credentials.username}
    made: int = await work.scalar(SQL["keep_review"], now=work.now, **facts, **who)
    after = facts | {"signature": signed.id}
    work.audit("audit.review", "audit_review", made, after=after, reason=reason)
    await work.emit("audit.reviewed", review_id=made, scope=about.scope, subject=about.subject, conclusion=conclusion)
    return await review(work, made)


def _demand_reviewable(found: Sequence[Entry], findings: str, conclusion: Conclusion) -> None:
    if not found:
        raise NothingToReview
    if len(found) > MOST:
        raise ReviewTooLarge(most=MOST)
    if conclusion is Conclusion.FINDINGS and not findings.strip():
        raise FindingsMissing


def _facts(
    about: Range, found: Sequence[Entry], end: Checkpoint, findings: str, conclusion: Conclusion
) -> dict[str, object]:
    return {
        "scope": about.scope,
        "subject": about.subject,
        "from_time": about.from_time,
        "to_time": about.to_time,
        "last_seq": end.seq,
        "row_count": len(found),
        "rows_sha256": rows_sha256(found),
        "findings": findings.strip(),
        "conclusion": conclusion,
    }


def rows_sha256(found: Iterable[Entry]) -> str:
    """One hash for all these rows: of their hashes, in order."""
    return sha256("".join(each.hash for each in found).encode()).hexdigest()


_QUALITY = ("signature.", "audit.", "exception.", "batch_exception.", "deviation.", "excursion.", "hold.", "session.")
_JUDGING = frozenset(
    {
        "review",
        "qa_review",
        "prod_review",
        "return",
        "certify",
        "release",
        "reject",
        "accept_review",
        "begin_qa_review",
        "close",
    }
)
"""Acts of those who judge a batch: they execute nothing, and are no reason to review the trail again."""


def executes(entry: Entry) -> bool:
    """Whether a row tells of work on the record itself, not of a judgement, a signature or a refused attempt."""
    step = entry.action.rpartition(".")[2]
    return not entry.action.endswith(".refused") and not entry.action.startswith(_QUALITY) and step not in _JUDGING


def executors(found: Iterable[Entry], about: Range) -> frozenset[str]:
    """User names of those whose work is under review; of a person's rows, that person."""
    if about.scope == "person":
        return frozenset({about.subject})
    signed = {
        str(each.after.get("signer"))
        for each in found
        if each.action == "signature.apply" and isinstance(each.after, dict) and each.after.get("meaning") in _DOING
    }
    return frozenset(each.actor for each in found if executes(each)) | signed


_DOING = (Meaning.PERFORMED, Meaning.VERIFIED)


async def reviewed(work: Work, entity: str, entity_id: object) -> Signature | None:
    """The signature of the latest review of a record's trail, such as a batch's; None: there is none, it ended with
    findings, or somebody has worked on the record since.
    """
    latest = await reviews(work, scope=entity, subject=str(entity_id), limit=1)
    if not latest or latest[0].conclusion is Conclusion.FINDINGS:
        return None
    about = Range(scope=entity, subject=str(entity_id))
    if any(executes(each) for each in await rows(work, about, after_seq=latest[0].last_seq)):
        return None
    return await people.signature(work, latest[0].signature_id)


async def reviews(
    work: Work, *, scope: str | None = None, subject: str | None = None, below: int | None = None, limit: int = 200
) -> list[Review]:
    """Signed reviews, newest first. `below`: the last id of the page before."""
    return await work.all(SQL["reviews"], Review, id=None, scope=scope, subject=subject, below=below, limit=limit)


async def review(work: Work, review_id: int) -> Review:
    """One. Raises ReviewNotFound."""
    found = await work.one(SQL["reviews"], Review, id=review_id, scope=None, subject=None, below=None, limit=1)
    if found is None:
        raise ReviewNotFound(review_id=review_id)
    return found
