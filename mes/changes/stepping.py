"""A change takes a step: by who works with it, or by QA's signature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mes.actions import service as actions
from mes.actions.model import Action, Ask, Kind
from mes.changes.model import CHANGE, OVER, Change, Class, Facts, Status
from mes.changes.service import SQL, batches_after, change, demand_as_signed, impacts, locked, unanswered
from mes.changes.service import content as content
from mes.changes.service import record as record
from mes.documents import service as documents
from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role
from mes.transitions import Refused
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.REJECTED, Meaning.REVIEWED)
_COLUMNS = ("class", "verified_by", "regulatory_ref", "effective_at", "closed_at", "approval_id", "signature_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says with a step; empty where the step doesn't ask for it."""

    reason: str = ""
    class_: Class | None = None
    regulatory_ref: str = ""


async def plan_action(work: Work, change_id: int, asked: Ask, *, version: int) -> Action:
    """An action of its implementation; none is added after approval.

    Raises ChangeNotFound, StaleVersion, Refused, and what `ask` raises.
    """
    found = await locked(work, change_id, version)
    if found.status not in {Status.DRAFT, Status.SUBMITTED, Status.IMPACT_ASSESSED}:
        raise Refused("change", change_id, "plan_action", ["change_is_not_approved_yet"])
    made = await actions.ask(work, record(found), asked)
    await work.run(SQL["touch"], id=change_id)
    return made


async def take_step(work: Work, change_id: int, step: str, *, version: int, said: Said) -> Change:
    """A step without a signature: submit, assess, implement, verify, cancel.

    Raises ChangeNotFound, StaleVersion, Refused with the guards that failed.
    """
    before = await locked(work, change_id, version)
    await demand_as_signed(work, before)
    row = CHANGE.step(step, change_id, before.status, await _facts(work, before, said, work.actor))
    if row.signed:
        raise Refused("change", change_id, step, ["signed"])
    changed: dict[str, object] = {"class": said.class_, "regulatory_ref": said.regulatory_ref.strip() or None}
    if step == "verify":
        changed["verified_by"] = work.actor
    return await _write(work, before, step, row.target, changed, said.reason)


async def sign_step(
    work: Work,
    change_id: int,
    step: str,
    *,
    version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    regulatory_ref: str = "",
) -> Change:
    """A signed step: approve, reject, put_into_effect, close. Who signs is what the guards look at.

    Raises ChangeNotFound, StaleVersion, Refused with the guards that failed, and what `people.sign` raises.
    """
    before = await locked(work, change_id, version)
    await demand_as_signed(work, before)
    said = Said(reason=reason, regulatory_ref=regulatory_ref or before.regulatory_ref)
    facts = await _facts(work, before, said, credentials.username)
    row = CHANGE.step(step, change_id, before.status, facts)
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="change",
        record_id=change_id,
        record_version=before.version,
        content=await content(work, replace(before, regulatory_ref=said.regulatory_ref)) | {"step": step},
        roles=(Role.QA,),
        meanings=MEANINGS,
    )
    changed = _signed(step, row.target, work.now, signed.id) | {"regulatory_ref": said.regulatory_ref or None}
    return await _write(work, before, step, row.target, changed, reason)


def _signed(step: str, target: str, now: datetime, signature_id: int) -> dict[str, object]:
    changed: dict[str, object] = {"signature_id": signature_id}
    if step == "approve":
        changed["approval_id"] = signature_id
    if step == "put_into_effect":
        changed["effective_at"] = now
    if target in OVER:
        changed["closed_at"] = now
    return changed


async def _write(work: Work, before: Change, step: str, target: str, changed: dict[str, object], reason: str) -> Change:
    if target in OVER:
        changed = {"closed_at": work.now} | changed
    await work.run(SQL["step"], id=before.id, status=target, **(dict.fromkeys(_COLUMNS) | changed))
    now = {"status": target} | {name: value for name, value in changed.items() if value is not None}
    work.audit(f"change.{step}", "change", before.id, before={"status": before.status}, after=now, reason=reason)
    await work.emit("change.stepped", change_id=before.id, number=before.number, step=step, status=target)
    return await change(work, before.id)


async def _facts(work: Work, found: Change, said: Said, actor: str) -> Facts:
    planned = await actions.actions(work, record(found))
    return Facts(
        actor=actor,
        author=found.author,
        reason=said.reason,
        description=found.description,
        class_=said.class_ or found.class_,
        unanswered=unanswered(await impacts(work, found.id)),
        actions=len(planned),
        open_actions=sum(not each.done for each in planned),
        stale_documents=len([each for each in planned if each.document and not await _revised(work, found, each)]),
        doers=frozenset(each.done_by for each in planned if each.kind is Kind.IMPLEMENTATION and each.done_by),
        regulatory=found.regulatory,
        regulatory_ref=said.regulatory_ref or found.regulatory_ref,
        batches=len(await batches_after(work, found.id)),
    )


async def _revised(work: Work, found: Change, action: Action) -> bool:
    """Whether the document that an action revises has a version in force that is younger than the change."""
    effective = await documents.effective_document(work, action.document or "", work.now)
    return effective is not None and effective.effective_from is not None and effective.effective_from > found.opened_at
