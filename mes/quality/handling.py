"""What people do with a deviation: report, classify, investigate, submit, close, void, reopen."""

from __future__ import annotations

from dataclasses import dataclass

from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.quality import excursions
from mes.quality.closing import close_with_deviation
from mes.quality.deviations import SQL, DeviationNotFound, Draft, deviation, insert, write_step
from mes.quality.model import JUDGED, Deviation, ExcursionStatus, Severity
from mes.quality.states import DEVIATION, DeviationFacts
from mes.transitions import StaleVersion
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says with a step; empty where the step doesn't ask for it."""

    note: str = ""  # reason, justification, rationale
    severity: Severity | None = None
    description: str = ""
    root_cause: str = ""
    other_batches: str = ""


async def open_deviation(work: Work, draft: Draft) -> Deviation:
    """A deviation that a person drafts by hand."""
    facts = {"title_en": draft.title_en, "title_zh": draft.title_zh, "description": draft.description}
    facts["number"] = await plant.next_number(work, "DEV")
    return await insert(work, facts | {"excursion_id": None, "occurred_at": work.now, "reported_by": None})


async def take_step(work: Work, deviation_id: int, step: str, *, version: int, said: Said) -> Deviation:
    """A step without a signature: report, classify, investigate, submit, return, reopen.

    Raises DeviationNotFound, StaleVersion, Refused with the guards that failed.
    """
    before = await _locked(work, deviation_id, version)
    row = DEVIATION.step(step, deviation_id, before.status, await _facts(work, before, said))
    if row.signed:
        raise ValueError(f"{step} is signed")
    return await write_step(work, before, step, row.target, reason=said.note, **_changes(work, step, before, said))


async def sign_step(
    work: Work,
    deviation_id: int,
    step: str,
    *,
    version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> Deviation:
    """A signed step: close, void. The reason is its justification. Closing also closes its excursion.

    Raises DeviationNotFound, StaleVersion, Refused with the guards that failed, and what `people.sign` raises.
    """
    before = await _locked(work, deviation_id, version)
    facts = await _facts(work, before, Said(note=reason), signer=credentials.username)
    row = DEVIATION.step(step, deviation_id, before.status, facts)
    names = ("number", "severity", "title_en", "title_zh", "description", "root_cause", "other_batches")
    content = {name: getattr(before, name) for name in names} | {"excursion_id": before.excursion_id, "step": step}
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="deviation",
        record_id=before.id,
        record_version=before.version,
        content=content,
        roles=(Role.QA,),
        meanings=MEANINGS,
    )
    signed = {"closed_at": work.now, "signature_id": signature.id}
    after = await write_step(work, before, step, row.target, reason=reason, **signed)
    if before.excursion_id is not None and step == "close":
        await close_with_deviation(work, before.excursion_id)
    return after


async def _locked(work: Work, deviation_id: int, version: int) -> Deviation:
    """The zone of its excursion first, then the record: the order in which the watch takes them."""
    found = await deviation(work, deviation_id)
    if found.excursion_id is not None:
        zone_id = (await excursions.excursion(work, found.excursion_id)).zone_id
        await excursions.lock_zones(work, [zone_id])
    held = await work.one(SQL["lock"], Deviation, id=deviation_id)
    if held is None:
        raise DeviationNotFound(deviation_id=deviation_id)
    if held.version != version:
        raise StaleVersion("deviation", deviation_id, yours=version, current=held.version)
    return held


async def _facts(work: Work, before: Deviation, said: Said, signer: str = "") -> DeviationFacts:
    judged = None
    if before.excursion_id is not None:
        judged = (await excursions.excursion(work, before.excursion_id)).status
    return DeviationFacts(
        severity=said.severity or before.severity,
        root_cause=said.root_cause or before.root_cause,
        other_batches=said.other_batches or before.other_batches,
        note=said.note or said.description,
        lots_are_decided=judged is None or judged in JUDGED,
        excursion_is_false_alarm=judged is None or judged is ExcursionStatus.FALSE_ALARM,
        signer_reported_it=signer == before.reported_by,
    )


def _changes(work: Work, step: str, before: Deviation, said: Said) -> dict[str, object]:
    texts = ("description", "root_cause", "other_batches")
    told: dict[str, object] = {name: getattr(said, name).strip() for name in texts if getattr(said, name).strip()}
    match step:
        case "report":
            return told | {"reported_by": work.actor, "reported_at": work.now}
        case "classify":
            return told | {"severity": said.severity, "classified_by": work.actor, "reported_at": before.opened_at}
    return told
