"""What people do with a deviation: report, classify, investigate, submit, close, void, reopen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from mes.capa import service as capas
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.quality import deviation_lots, excursions
from mes.quality.closing import close_with_deviation
from mes.quality.deviation_lots import name_lot as name_lot
from mes.quality.deviations import SQL, DeviationNotFound, Draft, deviation, insert, write_step
from mes.quality.model import JUDGED, Deviation, ExcursionStatus, Severity
from mes.quality.states import DEVIATION, DeviationFacts
from mes.transitions import Refused, StaleVersion
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED)
REPORT_WITHIN = timedelta(hours=24)
"""After it happened; a later report says why (GMP 2010, article 250, asks for it at once)."""
CLOSE_WITHIN = timedelta(days=30)
_TEXTS = (
    "description",
    "root_cause",
    "other_batches",
    "immediate_action",
    "investigation",
    "extra_tests",
    "no_capa_why",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says with a step; empty where the step doesn't ask for it."""

    note: str = ""  # reason, justification, rationale
    severity: Severity | None = None
    description: str = ""
    root_cause: str = ""
    other_batches: str = ""
    immediate_action: str = ""
    investigation: str = ""
    departments: tuple[str, ...] = ()
    extra_tests: str = ""
    no_capa_why: str = ""


async def open_deviation(work: Work, draft: Draft) -> Deviation:
    """A deviation that a person drafts by hand. Raises Refused where it has no title."""
    if not (draft.title_en.strip() and draft.title_zh.strip()):
        raise Refused("deviation", "new", "open", ["title_given"])
    facts = {"title_en": draft.title_en, "title_zh": draft.title_zh, "description": draft.description}
    facts["number"] = await plant.next_number(work, "DEV")
    happened = draft.occurred_at or work.now
    made = await insert(work, facts | {"excursion_id": None, "occurred_at": happened, "reported_by": None})
    for lot_id in draft.lot_ids:
        await name_lot(work, made.id, lot_id)
    return made


async def take_step(work: Work, deviation_id: int, step: str, *, version: int, said: Said) -> Deviation:
    """A step without a signature: report, classify, investigate, submit, return, reopen.

    Raises DeviationNotFound, StaleVersion, Refused with the guards that failed.
    """
    before = await _locked(work, deviation_id, version)
    row = DEVIATION.step(step, deviation_id, before.status, await _facts(work, before, said))
    if row.signed:
        raise ValueError(f"{step} is signed")
    changes = _changes(work, step, before, said)
    if step in {"report", "classify"} and before.due_on is None:
        changes["due_on"] = (work.now + CLOSE_WITHIN).astimezone(await plant.time_zone(work)).date()
    after = await write_step(work, before, step, row.target, reason=said.note, **changes)
    if step == "reopen":
        await deviation_lots.hold_again(work, after)
    return after


async def sign_step(
    work: Work,
    deviation_id: int,
    step: str,
    *,
    version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    no_capa_why: str = "",
) -> Deviation:
    """A signed step: close, void. The reason is its justification. Closing judges its lots and closes its excursion.

    Raises DeviationNotFound, StaleVersion, Refused with the guards that failed, and what `people.sign` raises.
    """
    before = await _locked(work, deviation_id, version)
    said = Said(note=reason, no_capa_why=no_capa_why or before.no_capa_why)
    facts = await _facts(work, before, said, signer=credentials.username)
    row = DEVIATION.step(step, deviation_id, before.status, facts)
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="deviation",
        record_id=before.id,
        record_version=before.version,
        content=await content(work, replace(before, no_capa_why=said.no_capa_why)) | {"step": step},
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )
    signed = {"closed_at": work.now, "signature_id": signature.id, "no_capa_why": said.no_capa_why or None}
    after = await write_step(work, before, step, row.target, reason=reason, **signed)
    if step == "void":
        await deviation_lots.lift(work, after, signature)
        return after
    await deviation_lots.carry_out(work, after, signature)
    if before.excursion_id is not None:
        await close_with_deviation(work, before.excursion_id)
    return after


async def content(work: Work, found: Deviation) -> dict[str, object]:
    """What a signature on a deviation is bound to."""
    names = ("number", "severity", "title_en", "title_zh", *_TEXTS, "departments", "excursion_id")
    lots = deviation_lots.content(await deviation_lots.lots_of(work, [found.id]))
    return {name: getattr(found, name) for name in names} | {"lots": lots}


async def is_as_signed(work: Work, found: Deviation) -> bool:
    """Whether the signature that closed a deviation stands for what it says now; the reason it was given is its own."""
    signed = await people.verified_signatures_of(
        work, "deviation", found.id, await content(work, found), of_the_act=("step",)
    )
    return any(each.valid for each in signed if each.signature.id == found.signature_id)


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
    lots = await deviation_lots.lots_of(work, [before.id])
    texts = {name: getattr(said, name) or getattr(before, name) for name in _TEXTS if name != "immediate_action"}
    return DeviationFacts(
        severity=said.severity or before.severity,
        note=said.note,
        occurred_late=work.now - before.occurred_at > REPORT_WITHIN,
        departments=len(said.departments or before.departments),
        capas=len(await capas.capas(work, source=("deviation", before.id), limit=1)),
        lots_are_decided=(judged is None or judged in JUDGED) and all(row.disposition for row in lots),
        excursion_is_false_alarm=judged is None or judged is ExcursionStatus.FALSE_ALARM,
        signer_reported_it=signer == before.reported_by,
        **texts,
    )


def _changes(work: Work, step: str, before: Deviation, said: Said) -> dict[str, object]:
    given = {name: text.strip() for name in _TEXTS if (text := getattr(said, name)).strip()}
    told: dict[str, object] = given | ({"departments": sorted(set(said.departments))} if said.departments else {})
    match step:
        case "report":
            return told | {"reported_by": work.actor, "reported_at": work.now}
        case "classify":
            return told | {"severity": said.severity, "classified_by": work.actor, "reported_at": before.opened_at}
    return told
