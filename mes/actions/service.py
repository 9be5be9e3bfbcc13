"""Ask for an action, do it, put its date off. The record that it belongs to checks when it may be asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from mes.actions.model import Action, Ask, Extension, Record
from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class ActionNotFound(NotFound):
    """There is no such action."""


class ActionOwnerUnknown(Invalid):
    """The owner of an action must be a person who works here: give the user name."""


class DueDayPast(Invalid):
    """An action is due today or later."""


class DueDayEarlier(Invalid):
    """An action's date can only be put off to a later day."""


async def ask(work: Work, record: Record, asked: Ask) -> Action:
    """A new action of a record. Raises ActionOwnerUnknown, DueDayPast, Refused where it has no text."""
    if not asked.text.strip():
        raise Refused(record.type, record.id, "ask", ["action_text_given"])
    await demand_owner(work, asked.owner)
    if asked.due_on < work.now.astimezone(await plant.time_zone(work)).date():
        raise DueDayPast(due_on=asked.due_on)
    said = {"kind": asked.kind, "text": asked.text.strip(), "owner": asked.owner, "due_on": asked.due_on}
    said["document"] = asked.document or None
    made = await work.one(SQL["add"], Action, record_type=record.type, record_id=record.id, **said)
    if made is None:
        raise ActionNotFound(record=record.type, record_id=record.id)
    work.audit("action.ask", record.type, record.id, after=said | {"number": made.number})
    await work.emit("action.asked", action_id=made.id, record=record.type, record_id=record.id, owner=asked.owner)
    return made


async def demand_owner(work: Work, username: str) -> None:
    """Who owns work is a person who works here. Raises ActionOwnerUnknown."""
    if not await work.scalar(SQL["knows_person"], username=username):
        raise ActionOwnerUnknown(owner=username)


async def actions(
    work: Work, record: Record | None = None, *, owner: str | None = None, open_only: bool = False
) -> list[Action]:
    """Actions of a record in their order, or of all records by their dates."""
    of = {"record_type": record.type, "record_id": record.id} if record else dict.fromkeys(("record_type", "record_id"))
    return await work.all(SQL["actions"], Action, **of, owner=owner, open_only=open_only)


async def extensions(work: Work, record: Record) -> list[Extension]:
    """Every time a date of this record was put off, oldest first."""
    return await work.all(SQL["extensions"], Extension, record_type=record.type, record_id=record.id)


async def finish(work: Work, action_id: int, *, version: int, evidence: str) -> Action:
    """It is done, and this shows it. Raises ActionNotFound, StaleVersion, Refused."""
    before = await _locked(work, action_id, version)
    guards = {"action_is_open": not before.done, "action_evidence_given": bool(evidence.strip())}
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("action", action_id, "finish", failed)
    after = await _one(work, "finish", action_id, evidence=evidence.strip(), actor=work.actor, now=work.now)
    told = {"number": before.number, "evidence": after.evidence}
    work.audit("action.finish", before.record_type, before.record_id, after=told)
    await work.emit("action.finished", action_id=action_id, record=before.record_type, record_id=before.record_id)
    return after


async def extend(
    work: Work, action_id: int, *, version: int, due_on: date, credentials: Credentials, reason: str
) -> Action:
    """Put its date off, signed by QA; every time counts.

    Raises ActionNotFound, StaleVersion, Refused, DueDayEarlier, and what `people.sign` raises.
    """
    before = await _locked(work, action_id, version)
    if before.done:
        raise Refused("action", action_id, "extend", ["action_is_open"])
    if due_on <= before.due_on:
        raise DueDayEarlier(due_on=due_on, was=before.due_on)
    content = {"record": f"{before.record_type}:{before.record_id}", "action": before.number, "text": before.text}
    signed = await people.sign(
        work,
        credentials,
        Meaning.APPROVED,
        reason,
        record_type="action",
        record_id=action_id,
        record_version=before.version,
        content=content | {"was_due_on": before.due_on, "due_on": due_on},
        roles=(Role.QA,),
    )
    kept = {"was_due_on": before.due_on, "due_on": due_on, "reason": signed.reason, "signature_id": signed.id}
    await work.run(SQL["keep_extension"], action_id=action_id, now=work.now, **kept)
    after = await _one(work, "extend", action_id, due_on=due_on)
    was, now = {"due_on": before.due_on}, {"number": before.number, "due_on": due_on, "extended": after.extended}
    work.audit("action.extend", before.record_type, before.record_id, before=was, after=now, reason=signed.reason)
    return after


async def _locked(work: Work, action_id: int, version: int) -> Action:
    found = await _one(work, "lock", action_id)
    if found.version != version:
        raise StaleVersion("action", action_id, yours=version, current=found.version)
    return found


async def _one(work: Work, block: str, action_id: int, **facts: object) -> Action:
    found = await work.one(SQL[block], Action, id=action_id, **facts)
    if found is None:
        raise ActionNotFound(action_id=action_id)
    return found
