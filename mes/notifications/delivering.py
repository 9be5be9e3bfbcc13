"""Deliveries: taken by one notifier at a time, tried, and their outcome recorded; what fails goes another way.

A notifier that dies while it sends leaves the delivery to the next one, under the same number: at least once, and
never again once it is recorded as sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.notifications.addresses import addresses
from mes.notifications.telling import add_delivery
from mes.people import service as people
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
WAITS_S = (5.0, 20.0, 60.0)
"""After the first, second, third try that failed; the fourth gives up."""
LEASE = timedelta(seconds=60)
"""How long a notifier has a delivery to itself: longer than a try may take."""
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A message on its way to an address."""

    id: int
    notification_id: int
    attempts: int  # this one included
    channel: str
    secret_url: str = field(repr=False)
    number: str
    person_id: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a try. `reason`: why it failed, without secrets."""

    is_sent: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Reached:
    sent: bool
    waiting: bool
    addresses: list[int | None]


async def claim(work: Work, most: int) -> list[Errand]:
    """Deliveries whose time has come and that nobody tries; they are the caller's for the time of a LEASE."""
    return await work.all(SQL["claim"], Errand, now=work.now, until=work.now + LEASE, most=most)


async def record(work: Work, errand: Errand, receipt: Receipt) -> None:
    """Write what became of a try, and what follows from it."""
    if receipt.is_sent:
        if await work.run(SQL["sent"], id=errand.id, now=work.now):
            await alarms.clear(work, Kind.UNDELIVERED, await _source(work, errand), at=work.now)
        return
    reason = receipt.reason[:_LONGEST_REASON] or "no reason was given"
    if errand.attempts <= len(WAITS_S):
        next_at = work.now + timedelta(seconds=WAITS_S[errand.attempts - 1])
        await work.run(SQL["again"], id=errand.id, attempts=errand.attempts, next_at=next_at, reason=reason)
    elif await work.run(SQL["failed"], id=errand.id, now=work.now, reason=reason):
        await _go_another_way(work, errand, reason)


async def _go_another_way(work: Work, errand: Errand, reason: str) -> None:
    """Try the person's other addresses; tell the others that one is not reached."""
    reached = await work.one(SQL["reached"], _Reached, notification_id=errand.notification_id)
    is_reached = reached is not None and (reached.sent or reached.waiting)
    if not is_reached:
        tried = set(reached.addresses) if reached else set()
        for way in await addresses(work, errand.person_id):
            if way.id not in tried:
                await add_delivery(work, errand.notification_id, way)
    source, priority = await _source(work, errand), Priority.MEDIUM if is_reached else Priority.HIGH
    facts = {"source": source, "priority": priority, "raised_at": work.now}
    en = f"{source}: message {errand.number} was not delivered: {reason}"
    zh = f"{source}：消息 {errand.number} 未送达：{reason}"
    await alarms.raise_alarm(work, Occurrence(kind=Kind.UNDELIVERED, message_en=en, message_zh=zh, **facts))  # type: ignore[arg-type]


async def _source(work: Work, errand: Errand) -> str:
    person = await people.person_by_id(work, errand.person_id)
    return f"{person.username}/{errand.channel}"
