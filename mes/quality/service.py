"""What QA does with an excursion: acknowledge it, decide about each lot and sign, or sign that it was a false alarm.

Each takes the lock of the excursion's zone first, as the watch does, so that neither overtakes the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Json

from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Signature
from mes.quality import episodes, excursions
from mes.quality.assessment import NothingToAssess, advise
from mes.quality.evidence import evidence_of
from mes.quality.excursions import SQL, ExcursionNotFound
from mes.quality.model import Condition, Decision, Disposition, Excursion, ExcursionStatus
from mes.quality.states import EXCURSION, ExcursionFacts
from mes.transitions import StaleVersion
from telemetry.errors import Invalid
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED, Meaning.RELEASED, Meaning.REJECTED)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which assessment a person saw when they signed."""

    assessed_at: datetime
    sha256: str


class LotDecidedTwice(Invalid):
    """A lot gets one disposition: it stands twice in what was sent."""


async def acknowledge(work: Work, excursion_id: int, *, version: int, comment: str = "") -> Excursion:
    """QA knows of it: the evidence so far is frozen. Raises ExcursionNotFound, StaleVersion, Refused."""
    before = await locked(work, excursion_id, version)
    EXCURSION.step("acknowledge", excursion_id, before.status, ExcursionFacts())
    return await acknowledge_now(work, before, comment)


async def acknowledge_now(work: Work, before: Excursion, comment: str) -> Excursion:
    """Freeze the evidence of an excursion that is open; the caller holds its lock."""
    frozen = await evidence_of(work, before, await episodes.of_excursions(work, [before.id]))
    facts = {"actor": work.actor, "now": work.now, "evidence": Json(frozen)}
    after = await work.one(SQL["acknowledge"], Excursion, id=before.id, **facts)
    told = {"status": ExcursionStatus.UNDER_ASSESSMENT, "evidence": frozen}
    work.audit(
        "excursion.acknowledge", "excursion", before.id, before={"status": before.status}, after=told, reason=comment
    )
    await work.emit("excursion.acknowledged", excursion_id=before.id, number=before.number)
    return _there(after, before)


async def disposition(
    work: Work,
    excursion_id: int,
    *,
    version: int,
    decisions: Sequence[Decision],
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    shown: Shown | None = None,
) -> Excursion:
    """Decide about every lot that was exposed, with one signature, and let the decisions act on the lots.

    From `open` it acknowledges as well. Raises LotDecidedTwice, ExcursionNotFound, StaleVersion, Refused with the
    guards that failed, and what `people.sign` raises.
    """
    _each_once(decisions)
    before = await locked(work, excursion_id, version)
    await excursions.expose(work, before)  # a lot moved there a moment ago must be decided about as well
    exposed = {row.lot_id for row in await excursions.lots_of(work, [excursion_id])}
    advice, is_as_shown = await _advice(work, excursion_id, shown)
    decided = {each.lot_id for each in decisions}
    facts = ExcursionFacts(
        is_cleared=before.condition is Condition.CLEARED,
        undecided=frozenset(exposed - decided),
        strangers=frozenset(decided - exposed),
        every_decision_has_a_reason=all(each.reason.strip() for each in decisions),
        is_as_shown=is_as_shown,
    )
    EXCURSION.step("disposition", excursion_id, before.status, facts)
    if before.status is ExcursionStatus.OPEN:
        before = await acknowledge_now(work, before, reason)
    content = {"lots": [asdict(d) for d in sorted(decisions, key=lambda d: d.lot_id)], "assessment": advice}
    signature = await _sign(work, before, credentials, meaning, reason, content)
    for each in sorted(decisions, key=lambda d: d.lot_id):
        await _decide(work, before, each, signature)
    return await _judge(work, before, ExcursionStatus.DISPOSITIONED, signature, "disposition", advice)


def _each_once(decisions: Sequence[Decision]) -> None:
    """Of two words about one lot nobody could say which one was signed."""
    times = Counter(each.lot_id for each in decisions)
    if twice := sorted(lot_id for lot_id, n in times.items() if n > 1):
        raise LotDecidedTwice(lots=twice)


async def _decide(work: Work, excursion: Excursion, decision: Decision, signature: Signature) -> None:
    facts = {"disposition": decision.disposition, "reason": decision.reason, "lot_id": decision.lot_id}
    who = {"decided_by": signature.printed_name, "signature_id": signature.id}
    await work.run(SQL["decide"], excursion_id=excursion.id, now=work.now, **facts, **who)
    work.audit("excursion.decide", "excursion", excursion.id, after=facts | who, reason=decision.reason)
    lot = await inventory.lot(work, decision.lot_id)
    reason = f"{excursion.number} {decision.disposition}: {decision.reason}"
    if decision.disposition is Disposition.REJECT and lot.quality_status is not QualityStatus.REJECTED:
        await inventory.reject_lot(work, lot.id, signature_id=signature.id, reason=reason)
    if decision.disposition is Disposition.RETEST and lot.quality_status is QualityStatus.RELEASED:
        await inventory.quarantine_lot(work, lot.id, reason=reason)
    # The lot's own status now says what it may be used for: the excursion's hold has done its work in every case.
    for hold in await inventory.holds(work, lot_ids=[lot.id], cause=excursion.hold_cause):
        if hold.active:
            await inventory.lift_hold(work, hold.id, signature_id=signature.id, reason=reason)


async def declare_false_alarm(
    work: Work,
    excursion_id: int,
    *,
    version: int,
    evidence: str,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    shown: Shown | None = None,
) -> Excursion:
    """Sign that the product was not exposed, with evidence; its holds are lifted. Raises as `disposition` does."""
    before = await locked(work, excursion_id, version)
    advice, is_as_shown = await _advice(work, excursion_id, shown)
    is_cleared = before.condition is Condition.CLEARED
    facts = ExcursionFacts(is_cleared=is_cleared, evidence_text=evidence, is_as_shown=is_as_shown)
    EXCURSION.step("false_alarm", excursion_id, before.status, facts)
    if before.status is ExcursionStatus.OPEN:
        before = await acknowledge_now(work, before, reason)
    content = {"false_alarm": evidence, "assessment": advice}
    signature = await _sign(work, before, credentials, meaning, reason, content)
    for row in await excursions.lots_of(work, [excursion_id]):
        told = Decision(lot_id=row.lot_id, disposition=Disposition.NO_IMPACT, reason=evidence)
        await _decide(work, before, told, signature)
    return await _judge(work, before, ExcursionStatus.FALSE_ALARM, signature, "false_alarm", advice)


async def _sign(
    work: Work,
    excursion: Excursion,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    decided: Mapping[str, object],
) -> Signature:
    names = ("number", "started_at", "ended_at", "evidence")
    content = {name: getattr(excursion, name) for name in names} | dict(decided)
    return await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="excursion",
        record_id=excursion.id,
        record_version=excursion.version,
        content=content,
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )


async def _advice(work: Work, excursion_id: int, shown: Shown | None) -> tuple[dict[str, Any] | None, bool]:
    """What is frozen with the signature, and whether it is what the person saw. None: nothing is left to assess."""
    try:
        found = await advise(work, excursion_id, at=None if shown is None else shown.assessed_at)
    except NothingToAssess:
        return None, shown is None
    return found.document, shown is None or shown.sha256 == found.sha256


async def _judge(
    work: Work,
    before: Excursion,
    status: ExcursionStatus,
    signature: Signature,
    step: str,
    advice: dict[str, Any] | None,
) -> Excursion:
    facts = {"status": status, "signature_id": signature.id, "assessment": None if advice is None else Json(advice)}
    after = await work.one(SQL["judge"], Excursion, id=before.id, **facts)
    was, now = {"status": before.status}, {"status": status, "signature": signature.id}
    work.audit(f"excursion.{step}", "excursion", before.id, before=was, after=now, reason=signature.reason)
    await work.emit(f"excursion.{status}", excursion_id=before.id, number=before.number)
    return _there(after, before)


async def locked(work: Work, excursion_id: int, version: int) -> Excursion:
    """The excursion, kept from others to the end of the work. Raises ExcursionNotFound, StaleVersion."""
    zone_id = (await excursions.excursion(work, excursion_id)).zone_id
    await excursions.lock_zones(work, [zone_id])
    found = await work.one(SQL["lock"], Excursion, id=excursion_id)
    if found is None:
        raise ExcursionNotFound(excursion_id=excursion_id)
    if found.version != version:
        raise StaleVersion("excursion", excursion_id, yours=version, current=found.version)
    return found


def _there(found: Excursion | None, before: Excursion) -> Excursion:
    if found is None:
        raise ExcursionNotFound(excursion_id=before.id)
    return found
