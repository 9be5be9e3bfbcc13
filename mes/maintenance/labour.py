"""Who worked on an order and for how long; words and hand-overs between shifts. Only added to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mes.maintenance import records
from mes.maintenance.model import Order, Status
from mes.maintenance.records import ENTITY, SQL
from mes.people import service as people
from mes.transitions import Refused
from telemetry.errors import Invalid
from telemetry.work import Work

MOST_MIN = Decimal(24 * 60)


class WorkerUnknown(Invalid):
    """Nobody of this user name works here."""


class LabourWrong(Invalid):
    """Between one minute and 24 hours are booked at once; less only takes back what was booked, with a reason."""


class NoteMissing(Invalid):
    """Say what the next one must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labour:
    id: int
    order_id: int
    person: str
    minutes: Decimal  # below nothing: takes a mistake back
    note: str
    booked_by: str
    booked_at: datetime


async def labour(work: Work, order_id: int) -> list[Labour]:
    """Labour booked on an order, oldest first."""
    return await work.all(SQL["labour"], Labour, order_id=order_id)


def total_min(rows: Iterable[Labour], person: str | None = None) -> Decimal:
    """Minutes altogether, or of one person."""
    return sum((row.minutes for row in rows if person in {None, row.person}), Decimal(0))


async def demand_worker(work: Work, username: str) -> None:
    """Raises WorkerUnknown unless an active person has this user name."""
    known = {each.username for each in await people.people(work) if each.active}
    if username not in known:
        raise WorkerUnknown(username=username)


async def book_labour(work: Work, order_id: int, *, person: str, minutes: Decimal, note: str = "") -> Order:
    """Book minutes of a person on an order that is being worked on, or is done and not verified.

    Less than nothing takes back what was booked, with a note. Raises WorkerUnknown, LabourWrong, Refused.
    """
    found = await records.locked(work, order_id)
    demand_open(found, "book_labour")
    await demand_worker(work, person)
    booked = total_min(await labour(work, order_id), person)
    takes_back = minutes < 0 and bool(note.strip()) and booked + minutes >= 0
    if not (takes_back or 1 <= minutes <= MOST_MIN):
        raise LabourWrong(minutes=minutes, booked=booked)
    said = {"person": person, "minutes": minutes, "note": note.strip()}
    await work.run(SQL["book_labour"], order_id=order_id, actor=work.actor, now=work.now, **said)
    await records.write(work, order_id, "labour", note, person=person, minutes=minutes)
    work.audit(f"{ENTITY}.labour", ENTITY, order_id, after=said)
    return found


async def hand_over(work: Work, order_id: int, *, to: str, note: str, version: int) -> Order:
    """Give the work to a colleague of the next shift, with what they must know. Raises NoteMissing, WorkerUnknown."""
    found = await records.locked(work, order_id, version)
    demand_open(found, "hand_over", {Status.IN_PROGRESS, Status.ON_HOLD})
    if not note.strip():
        raise NoteMissing
    await demand_worker(work, to)
    after = await work.one(SQL["hand_over"], Order, id=order_id, assigned_to=to)
    await records.write(work, order_id, "handed_over", note, to=to, by=found.assigned_to)
    was, now = {"assigned_to": found.assigned_to}, {"assigned_to": to}
    work.audit(f"{ENTITY}.hand_over", ENTITY, order_id, before=was, after=now, reason=note.strip())
    return after or found


async def comment(work: Work, order_id: int, note: str) -> None:
    """Say something that stays with the order. Raises NoteMissing, OrderNotFound."""
    found = await records.order(work, order_id)
    if not note.strip():
        raise NoteMissing
    await records.write(work, found.id, "commented", note)
    work.audit(f"{ENTITY}.comment", ENTITY, order_id, after={"told": note.strip()})


def demand_open(
    found: Order, step: str, states: Iterable[Status] = (Status.IN_PROGRESS, Status.ON_HOLD, Status.DONE)
) -> None:
    """Raises Refused unless the order is in one of these states."""
    if found.status not in set(states):
        raise Refused(ENTITY, found.id, step, ["order_is_being_worked_on"], state=found.status)
