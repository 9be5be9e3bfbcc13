"""A change that QA has approved, for stories that change what is under change control."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mes.actions.model import Ask
from mes.actions.model import Kind as ActionKind
from mes.changes import service as changes
from mes.changes import stepping
from mes.changes.model import Change, Class, Department, Kind
from mes.people.model import Credentials, Meaning
from telemetry.work import Work


async def approved_change(
    work: Work, subject: str, *, author: str, approver: Credentials, class_: Class = Class.MINOR, **more: object
) -> Change:
    """Drafted by `author`, answered by every department, approved by the other."""
    approving, work = work, replace(work, actor=author)
    draft = changes.Draft(kind=Kind.PROCESS, subject=subject, title="A change", description="of a story", **more)  # type: ignore[arg-type]
    made = await changes.draft_change(work, draft)
    due = (work.now + timedelta(days=7)).date()
    asked = Ask(kind=ActionKind.IMPLEMENTATION, text="do it", owner=author, due_on=due)
    await stepping.plan_action(work, made.id, asked, version=made.version)
    made = await changes.change(work, made.id)
    made = await stepping.take_step(work, made.id, "submit", version=made.version, said=stepping.Said())
    for department in Department:
        told = {"department": department, "affected": False, "said": "nothing"}
        made = await changes.say_impact(work, made.id, version=made.version, **told)  # type: ignore[arg-type]
    said = stepping.Said(class_=class_)
    made = await stepping.take_step(work, made.id, "assess", version=made.version, said=said)
    signed = {"credentials": approver, "meaning": Meaning.APPROVED, "reason": "judged"}
    return await stepping.sign_step(approving, made.id, "approve", version=made.version, **signed)  # type: ignore[arg-type]
