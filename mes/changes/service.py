"""Draft a change, hear the departments, approve it, make it, look at the batches after it.

Other slices ask `demand` before they change what is under change control, and `open_for` and `to_look_at` before an
order or a batch of a product goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from mes.actions import service as actions
from mes.actions.model import Record
from mes.changes.model import (
    BATCHES_AFTER_MAJOR,
    BEING_MADE,
    IN_HAND,
    BatchAfter,
    Change,
    Class,
    Department,
    Impact,
    Kind,
    Status,
    Use,
)
from mes.people import service as people
from mes.people.intact import demand_intact
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Conflict, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class ChangeNotFound(NotFound):
    """There is no such change control."""


class ChangeNeeded(Conflict):
    """This is under change control: open a change, let QA approve it, and give its number here."""


class ChangeNotApproved(Conflict):
    """This change is not approved, or it is over: only an approved change that is not closed allows this."""


class ChangeOfAnotherThing(Conflict):
    """This change is about something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    kind: Kind
    subject: str
    title: str
    description: str = ""
    reason: str = ""
    products: tuple[str, ...] = ()
    regulatory: bool = False
    blocks_orders: bool = False


async def draft_change(work: Work, draft: Draft) -> Change:
    """A new change, not submitted yet. Raises Refused where it has no title or subject."""
    given = {"title_given": bool(draft.title.strip()), "subject_given": bool(draft.subject.strip())}
    if failed := [name for name, holds in given.items() if not holds]:
        raise Refused("change", "new", "draft", failed)
    number = await plant.next_number(work, "CC")
    facts = asdict(draft) | {"products": sorted(set(draft.products)), "number": number}
    made: int = await work.scalar(SQL["draft"], **facts, actor=work.actor, now=work.now)
    work.audit("change.draft", "change", made, after=facts)
    await work.emit("change.drafted", change_id=made, number=number, subject=draft.subject)
    return await change(work, made)


async def change(work: Work, change_id: int) -> Change:
    """One change. Raises ChangeNotFound."""
    found = await work.one(SQL["change"], Change, id=change_id)
    if found is None:
        raise ChangeNotFound(change_id=change_id)
    return found


async def changes(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    subject: str | None = None,
    product: str | None = None,
    number: str | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Change]:
    """Changes, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    filters = {"subject": subject, "product": product, "number": number, "below": below}
    return await work.all(SQL["changes"], Change, statuses=chosen, **filters, limit=limit)


async def impacts(work: Work, change_id: int) -> list[Impact]:
    """What the departments have said so far."""
    return await work.all(SQL["impacts"], Impact, change_id=change_id)


async def say_impact(
    work: Work, change_id: int, *, version: int, department: Department, affected: bool, said: str
) -> Change:
    """What a change does to a department, or why nothing; said again, the new answer stands and the old is audited.

    Raises ChangeNotFound, StaleVersion, Refused.
    """
    found = await locked(work, change_id, version)
    guards = {"state_is_submitted": found.status is Status.SUBMITTED, "answer_given": bool(said.strip())}
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("change", change_id, "say_impact", failed)
    before = next((each for each in await impacts(work, change_id) if each.department == department), None)
    told = {"department": department, "affected": affected, "said": said.strip()}
    await work.run(SQL["say_impact"], change_id=change_id, actor=work.actor, now=work.now, **told)
    await work.run(SQL["touch"], id=change_id)
    was = {"affected": before.affected, "said": before.said} if before else None
    work.audit("change.say_impact", "change", change_id, before=was, after=told)
    return await change(work, change_id)


async def demand(work: Work, number: str | None, subject: str, what: str) -> Change:
    """The approved change under which `what` is done to its subject; that it was used stays with it.

    Raises ChangeNeeded, ChangeNotFound, ChangeNotApproved, ChangeOfAnotherThing, RecordNotAsSigned.
    """
    if not number or not number.strip():
        raise ChangeNeeded(subject=subject)
    found = await changes(work, number=number.strip(), limit=1)
    if not found:
        raise ChangeNotFound(number=number)
    if found[0].status not in IN_HAND:
        raise ChangeNotApproved(number=number, status=found[0].status)
    if found[0].subject != subject:
        raise ChangeOfAnotherThing(number=number, subject=found[0].subject, needed=subject)
    await demand_as_signed(work, found[0])
    told = {"subject": subject, "what": what}
    await work.run(SQL["use"], change_id=found[0].id, actor=work.actor, now=work.now, **told)
    work.audit("change.use", "change", found[0].id, after=told)
    return found[0]


def record(found: Change) -> Record:
    """What its actions belong to."""
    return Record("change", found.id)


async def content(work: Work, found: Change) -> dict[str, object]:
    """What a signature on a change is bound to: what it says, what departments said, what is to be done."""
    names = ("number", "kind", "class_", "subject", "products", "title", "description", "reason", "regulatory")
    facts = {name: getattr(found, name) for name in names}
    if found.regulatory_ref:
        facts["regulatory_ref"] = found.regulatory_ref
    said = [f"{each.department}: {each.affected} {each.said}" for each in await impacts(work, found.id)]
    asked = [f"{each.number} {each.text} {each.owner}" for each in await actions.actions(work, record(found))]
    looked = {f"batch {each.batch}": each.said for each in await batches_after(work, found.id)}
    return facts | {"impacts": said, "actions": asked} | looked


async def demand_as_signed(work: Work, found: Change) -> None:
    """Raises RecordNotAsSigned where a change is not what QA signed; the authority's reference may come later."""
    acts = ("step", "regulatory_ref")
    await demand_intact(work, "change", found.id, await content(work, found), of_the_act=acts)


async def uses(work: Work, change_id: int) -> list[Use]:
    """What was done under a change, oldest first."""
    return await work.all(SQL["uses"], Use, change_id=change_id)


async def open_for(work: Work, product: str) -> list[Change]:
    """Changes that are being made now and keep orders of this product from being released."""
    found = await changes(work, statuses=BEING_MADE, product=product)
    return [each for each in found if each.blocks_orders]


async def to_look_at(work: Work, product: str, batch: str, began_at: datetime) -> list[Change]:
    """Major changes in effect for which this batch is one of the first, looked at already or not (article 244)."""
    asked = {"product": product, "batch": batch, "began_at": began_at, "batches": BATCHES_AFTER_MAJOR}
    return await work.all(SQL["due_for"], Change, **asked)


async def batches_after(work: Work, change_id: int | None = None, *, batch: str | None = None) -> Sequence[BatchAfter]:
    """Batches looked at after a change, or changes for which a batch was looked at."""
    return await work.all(SQL["batches"], BatchAfter, change_id=change_id, batch=batch)


async def look_at_batch(
    work: Work, change_id: int, *, batch: str, credentials: Credentials, reason: str
) -> Sequence[BatchAfter]:
    """QA has looked at a batch made after the change; the reason is what was found.

    Raises ChangeNotFound, Refused, and what `people.sign` raises.
    """
    await work.run(SQL["lock"], id=change_id)
    found = await change(work, change_id)
    known = {each.batch for each in await batches_after(work, change_id)}
    guards = {"change_is_in_effect": found.status is Status.EFFECTIVE, "batch_is_new_here": batch not in known}
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("change", change_id, "look_at_batch", failed)
    signed = await people.sign(
        work,
        credentials,
        Meaning.REVIEWED,
        reason,
        record_type="change",
        record_id=change_id,
        record_version=found.version,
        content={"number": found.number, f"batch {batch}": reason.strip()},
        roles=(Role.QA,),
    )
    told = {"batch": batch, "said": signed.reason}
    await work.run(SQL["look_at_batch"], change_id=change_id, signature_id=signed.id, now=work.now, **told)
    work.audit("change.look_at_batch", "change", change_id, after=told, reason=signed.reason)
    return await batches_after(work, change_id)


async def locked(work: Work, change_id: int, version: int) -> Change:
    """The change, held until the end of this work. Raises ChangeNotFound, StaleVersion."""
    await work.run(SQL["lock"], id=change_id)
    found = await change(work, change_id)
    if found.version != version:
        raise StaleVersion("change", change_id, yours=version, current=found.version)
    return found


def unanswered(said: Iterable[Impact]) -> list[Department]:
    """Departments that have not said yet what it does to them."""
    heard = {each.department for each in said}
    return [each for each in Department if each not in heard]


def is_major(found: Change) -> bool:
    """Whether batches after it are looked at."""
    return found.class_ is Class.MAJOR
