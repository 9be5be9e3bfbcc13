"""What people do with an exception: say what happened, accept it as without impact, send it into a deviation, close it.

Accepting and closing are signed by QA. A deviation that takes an exception in names the batch's lot, which is on hold
from then on until the deviation is closed.
"""

from __future__ import annotations

from mes.batches import records as batches
from mes.batches.model import Batch, BatchStatus
from mes.exceptions.model import EXCEPTION, BatchException, Facts, Status
from mes.exceptions.service import SQL, ExceptionNotFound, exception
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.quality import deviations, handling
from mes.quality.model import Deviation, DeviationStatus
from mes.transitions import StaleVersion
from telemetry.work import Work

MEANINGS = (Meaning.REVIEWED, Meaning.APPROVED)
_DECIDED = frozenset({BatchStatus.RELEASED, BatchStatus.REJECTED})
_OVER = frozenset({DeviationStatus.CLOSED, DeviationStatus.VOID})


async def comment(work: Work, exception_id: int, *, version: int, text: str) -> BatchException:
    """Whoever was there says what happened. Raises ExceptionNotFound, StaleVersion, Refused."""
    before, batch = await _locked(work, exception_id, version)
    facts = Facts(severity=before.severity, comment=text, batch_is_undecided=batch.status not in _DECIDED)
    told = {"comment": text.strip(), "commented_by": work.actor, "commented_at": work.now}
    return await _step(work, before, "comment", facts, reason=text, **told)


async def accept(
    work: Work, exception_id: int, credentials: Credentials, *, version: int, meaning: Meaning | str, rationale: str
) -> BatchException:
    """QA signs that a minor exception has no impact on the batch; the rationale is the signature's reason.

    Raises ExceptionNotFound, StaleVersion, Refused, and what `people.sign` raises.
    """
    before, batch = await _locked(work, exception_id, version)
    facts = Facts(
        severity=before.severity,
        rationale=rationale,
        batch_is_undecided=batch.status not in _DECIDED,
        judge_is_not_the_performer=credentials.username != before.raised_by,
    )
    return await _signed(work, before, "accept", facts, credentials, meaning)


async def escalate(
    work: Work, exception_id: int, *, version: int, reason: str, deviation_id: int | None = None
) -> BatchException:
    """Send it into a deviation that is open, or a new one; the deviation names the batch's lot.

    Raises ExceptionNotFound, StaleVersion, Refused, DeviationNotFound.
    """
    before, batch = await _locked(work, exception_id, version)
    asked = Facts(
        severity=before.severity,
        rationale=reason,
        batch_is_undecided=batch.status not in _DECIDED,
        deviation_is_open=True,
    )
    EXCEPTION.step("escalate", exception_id, before.status, asked)  # before a deviation is drafted for nothing
    found = await _deviation(work, before, batch, reason, deviation_id)
    facts = Facts(severity=before.severity, rationale=reason, deviation_is_open=found.status not in _OVER)
    told = {"deviation_id": found.id, "rationale": reason.strip(), "judged_by": work.actor, "judged_at": work.now}
    after = await _step(work, before, "escalate", facts, reason=reason, **told)
    if batch.lot_id is not None:
        await handling.name_lot(work, found.id, batch.lot_id)
    return after


async def _deviation(
    work: Work, about: BatchException, batch: Batch, reason: str, deviation_id: int | None
) -> Deviation:
    if deviation_id is not None:
        return await deviations.deviation(work, deviation_id)
    draft = deviations.Draft(
        title_en=f"Batch {batch.number}: {about.kind.replace('_', ' ')}",
        title_zh=f"批次 {batch.number}：生产异常（{about.kind}）",
        description=reason.strip(),
        occurred_at=about.raised_at,
    )
    return await handling.open_deviation(work, draft)


async def close(
    work: Work, exception_id: int, credentials: Credentials, *, version: int, meaning: Meaning | str, rationale: str
) -> BatchException:
    """QA signs that the closed deviation covers it. Raises as `accept` does."""
    before, _ = await _locked(work, exception_id, version)
    found = await deviations.deviation(work, before.deviation_id) if before.deviation_id else None
    closed = found is not None and found.status is DeviationStatus.CLOSED
    facts = Facts(severity=before.severity, rationale=rationale, deviation_is_closed=closed)
    return await _signed(work, before, "close", facts, credentials, meaning)


async def _signed(
    work: Work,
    before: BatchException,
    step: str,
    facts: Facts,
    credentials: Credentials,
    meaning: Meaning | str,
) -> BatchException:
    EXCEPTION.step(step, before.id, before.status, facts)
    signature = await people.sign(
        work,
        credentials,
        meaning,
        facts.rationale,
        record_type="batch_exception",
        record_id=before.id,
        record_version=before.version,
        content=before.content | {"step": step},
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )
    told = {"rationale": facts.rationale.strip(), "judged_by": signature.printed_name, "judged_at": work.now}
    return await _step(work, before, step, facts, reason=facts.rationale, signature_id=signature.id, **told)


async def _step(
    work: Work, before: BatchException, step: str, facts: Facts, *, reason: str, **changes: object
) -> BatchException:
    row = EXCEPTION.step(step, before.id, before.status, facts)
    names = ("comment", "commented_by", "commented_at", "rationale", "judged_by", "judged_at")
    asked = {name: changes.get(name) for name in (*names, "signature_id", "deviation_id")}
    after = await work.one(SQL["step"], BatchException, id=before.id, status=row.target, **asked)
    if after is None:
        raise ExceptionNotFound(exception_id=before.id)
    was = {"status": before.status, "comment": before.comment}
    now = {"status": after.status, "batch_id": before.batch_id} | {k: v for k, v in changes.items() if v is not None}
    work.audit(f"batch_exception.{step}", "batch_exception", before.id, before=was, after=now, reason=reason)
    told = {"exception_id": before.id, "step": step, "status": after.status}
    await work.emit("batch.exception_judged", batch_id=before.batch_id, **told)
    return after


async def _locked(work: Work, exception_id: int, version: int) -> tuple[BatchException, Batch]:
    """The exception, kept from others to the end of the work, and its batch."""
    found = await work.one(SQL["lock"], BatchException, id=exception_id) or await exception(work, exception_id)
    if found.version != version:
        raise StaleVersion("batch_exception", exception_id, yours=version, current=found.version)
    return found, await batches.batch(work, found.batch_id)


def is_covered(found: BatchException) -> bool:
    """Whether it was judged to the end: without impact, or by a closed deviation."""
    return found.status in {Status.ACCEPTED, Status.CLOSED}
