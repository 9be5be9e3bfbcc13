"""The acts on a whole batch record: production's review, quality's review, return, certificate, rejection.

Every act keeps the hash of the record as it was, and the gates that were shut. A record that changed after a signature
has lost it: it goes back to production, and everybody signs again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg.types.json import Json

from mes.batches import records as batches
from mes.batches.model import Batch, BatchFacts, BatchStatus
from mes.exceptions.model import UNJUDGED, Status
from mes.people import service as people
from mes.people.duties import DUTIES
from mes.people.duties import Act as Duty
from mes.people.model import Credentials, Meaning, Role, Signature, digest, written
from mes.release import concluding
from mes.release.content import present
from mes.release.facts import Facts
from mes.release.gates import against_certifier, judge
from mes.release.gathering import SQL, facts_of
from mes.release.model import Act, Code, Gate
from mes.transitions import Refused
from telemetry.errors import Conflict
from telemetry.work import Work

MEANINGS: dict[Act, tuple[Meaning, ...]] = {
    Act.REVIEW_PRODUCTION: (Meaning.REVIEWED,),
    Act.REVIEW_QUALITY: (Meaning.REVIEWED, Meaning.APPROVED),
    Act.CERTIFY: (Meaning.RELEASED,),
    Act.REJECT: (Meaning.REJECTED,),
}


class RecordGrown(Conflict):
    """The batch record changed after you opened it: look at it again, then sign."""


class ReleaseRefused(Refused):
    """The batch may not be released: the gates that are shut say what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What a person types to sign, and what they saw."""

    credentials: Credentials
    meaning: Meaning | str
    reason: str
    version: int  # of the batch
    seen: str | None = None  # hash of the record and its judgements as the page showed it; None: not held against it


def seen(facts: Facts) -> str:
    """The hash that a page shows, and that comes back with the signature."""
    return digest(written(present(facts)))


async def review_production(work: Work, batch_id: int, signing: Signing) -> Batch:
    """The line's lead has read the record: signed by somebody who made none of it.

    Raises BatchNotFound, StaleVersion, RecordGrown, Refused, and what `people.sign` raises.
    """
    facts = await _opened(work, batch_id, signing)
    uncommented = [each for each in facts.exceptions if each.status is Status.OPEN]
    _demand(facts, Act.REVIEW_PRODUCTION, {"exceptions_have_comments": not uncommented})
    await _stepped(work, facts, "prod_review", signing)
    await _sign(work, facts, Act.REVIEW_PRODUCTION, signing, DUTIES[Duty.REVIEW_PRODUCTION], facts.performers)
    return await batches.batch(work, batch_id)


async def review_quality(work: Work, batch_id: int, signing: Signing) -> Batch:
    """Quality has judged the exceptions and read what it had to: signed. Raises as `review_production` does."""
    facts = await _opened(work, batch_id, signing)
    production = facts.last_review(Act.REVIEW_PRODUCTION)
    guards = {
        "production_signature_holds": production is not None and facts.holds_still(production),
        "exceptions_are_judged": not [each for each in facts.exceptions if each.status in UNJUDGED],
    }
    if facts.batch.status is BatchStatus.PROD_REVIEWED:
        await _stepped(work, facts, "begin_qa_review", signing)
    else:
        guards["state_is_qa_review"] = facts.batch.status is BatchStatus.QA_REVIEW
    _demand(facts, Act.REVIEW_QUALITY, guards)
    kept_out = facts.performers | facts.production_reviewers
    await _sign(work, facts, Act.REVIEW_QUALITY, signing, DUTIES[Duty.JUDGE], kept_out)
    return await batches.batch(work, batch_id)


async def return_record(work: Work, batch_id: int, *, version: int | None, reason: str) -> Batch:
    """Send the record back to production for correction; what was signed must be signed again.

    Raises BatchNotFound, StaleVersion, Refused.
    """
    facts = await facts_of(work, batch_id)
    told = BatchFacts(reason=reason)
    after = await batches.step_batch(work, batch_id, "return_for_correction", told, version=version, reason=reason)
    await _keep(work, facts, Act.RETURN, reason, None)
    return after


async def certify(work: Work, batch_id: int, signing: Signing) -> Batch:
    """The qualified person certifies: the batch and its lot are released, its order is closed.

    Raises BatchNotFound, StaleVersion, RecordGrown, ReleaseRefused with the gates that are shut, Refused, and what
    `people.sign` raises.
    """
    facts = await _opened(work, batch_id, signing)
    gates = await certifiable(work, facts, signing.credentials.username)
    if shut := [gate for gate in gates if not gate.passed]:
        raise ReleaseRefused("batch", batch_id, "certify", [gate.code.value for gate in shut])
    await _stepped(work, facts, "release", signing)
    kept_out = facts.performers | facts.production_reviewers
    signature = await _sign(work, facts, Act.CERTIFY, signing, DUTIES[Duty.CERTIFY], kept_out)
    await concluding.release(work, facts, signature)
    return await batches.batch(work, batch_id)


async def certifiable(work: Work, facts: Facts, username: str) -> list[Gate]:
    """Every gate as it stands for this person's certificate."""
    known = {each.username: each.id for each in await people.people(work)}
    gates = [gate for gate in judge(facts) if gate.code is not Code.QUALIFIED_PERSON]
    against = against_certifier(facts, known.get(username))
    return [*gates, Gate(code=Code.QUALIFIED_PERSON, findings=tuple(against), looked_at=1)]


async def reject(work: Work, batch_id: int, signing: Signing) -> Batch:
    """The batch is no good: it and its lot are rejected for ever. The safe direction asks for no gate.

    Raises BatchNotFound, StaleVersion, RecordGrown, Refused, and what `people.sign` raises.
    """
    facts = await _opened(work, batch_id, signing)
    await _stepped(work, facts, "reject", signing)
    signature = await _sign(work, facts, Act.REJECT, signing, (Role.QA, Role.QP), ())
    await concluding.reject(work, facts, signature)
    return await batches.batch(work, batch_id)


async def _opened(work: Work, batch_id: int, signing: Signing) -> Facts:
    await work.run(SQL["lock"], batch_id=batch_id)
    facts = await facts_of(work, batch_id)
    if signing.seen is not None and signing.seen != seen(facts):
        raise RecordGrown(batch=facts.batch.number)
    return facts


async def _stepped(work: Work, facts: Facts, step: str, signing: Signing) -> None:
    told = BatchFacts(signed=True, reason=signing.reason)
    await batches.step_batch(work, facts.batch.id, step, told, version=signing.version, reason=signing.reason)


def _demand(facts: Facts, act: Act, guards: dict[str, bool]) -> None:
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("batch", facts.batch.id, act, failed)


async def _sign(
    work: Work,
    facts: Facts,
    act: Act,
    signing: Signing,
    roles: Sequence[Role],
    kept_out: Collection[int | None],
) -> Signature:
    """Sign the record as it was read; the step that goes with it is taken in the same work."""
    now = present(facts)
    if act is Act.REVIEW_PRODUCTION:
        del now["judged_sha256"]  # quality goes on judging after production has signed
    signature = await people.sign(
        work,
        signing.credentials,
        signing.meaning,
        signing.reason,
        record_type="batch",
        record_id=facts.batch.id,
        record_version=facts.batch.version,
        content=now | {"act": act},
        roles=roles,
        meanings=MEANINGS[act],
        not_by=kept_out,
    )
    await _keep(work, facts, act, signing.reason, signature)
    return signature


async def _keep(work: Work, facts: Facts, act: Act, note: str, signature: Signature | None) -> None:
    shut = [gate.code for gate in judge(facts) if not gate.passed]
    told = {"batch_id": facts.batch.id, "step": act, "note": note, "found": Json(shut)}
    who = {"signature_id": signature.id if signature else None, "person_id": signature.person_id if signature else None}
    sha256 = str(present(facts)["record_sha256"])
    await work.run(SQL["review"], **told, **who, record_sha256=sha256, actor=work.actor, now=work.now)
