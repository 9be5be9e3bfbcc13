"""Shelve an alarm, take it out of service, and bring it back: by a person, by time, or because it got worse.

While it is suppressed everything is evaluated and recorded as ever. What still stands when it ends, and nobody has
acknowledged, calls from that moment on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from mes.alarms.journal import note
from mes.alarms.model import Act, Alarm, Kind, Priority, Suppression
from mes.alarms.silencing import IN_SERVICE, LONGEST_SHELF, SILENCE, Shelf, Silencing
from mes.policies import service as policies
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
OVER, WORSE, REPLACED = "over", "worse", "replaced"
_ENDED = {Suppression.SHELVED: Act.UNSHELVED, Suppression.OUT_OF_SERVICE: Act.RETURNED}
_BEGUN = {Suppression.SHELVED: Act.SHELVED, Suppression.OUT_OF_SERVICE: Act.OUT_OF_SERVICE}


class ShelfNotFound(NotFound):
    """This alarm is neither shelved nor out of service, or not any more."""


async def shelve(work: Work, alarm: Alarm, *, reason: str, until: datetime) -> Shelf:
    """Keep an alarm from calling until then; a worse one ends it before. Raises Refused."""
    facts = Silencing(alarm.kind, reason, work.now, until, await longest_shelf(work, alarm))
    return await _suppress(work, "shelve", facts, alarm.source, alarm.priority)


async def longest_shelf(work: Work, alarm: Alarm) -> timedelta:
    """The longest time that this alarm may be shelved for: the shortest that a policy over its zone allows."""
    over = await policies.policies_over(work, alarm.zone_id, work.now) if alarm.zone_id else ()
    allowed = [timedelta(seconds=policy.escalation.longest_shelf_s) for policy in over if policy.escalation]
    return min(allowed, default=LONGEST_SHELF)


async def take_out_of_service(
    work: Work,
    kind: Kind,
    source: str,
    *,
    reason: str,
    until: datetime | None = None,
    priority: Priority = Priority.CRITICAL,
) -> Shelf:
    """Keep all alarms of a kind and source from calling, until then or until they are returned. Raises Refused."""
    return await _suppress(work, "take_out_of_service", Silencing(kind, reason, work.now, until), source, priority)


async def shelf_in_force(work: Work, shelf_id: int) -> Shelf:
    """One suppression that has not ended, locked for the rest of the work. Raises ShelfNotFound."""
    found = await work.one(SQL["shelf"], Shelf, id=shelf_id)
    if found is None or found.ended_at is not None:
        raise ShelfNotFound(shelf_id=shelf_id)
    return found


async def bring_back(work: Work, shelf_id: int, *, reason: str) -> Shelf:
    """Unshelve, or return to service, before its end. Raises ShelfNotFound, Refused."""
    found = await shelf_in_force(work, shelf_id)
    step = "unshelve" if found.mode is Suppression.SHELVED else "return"
    SILENCE.step(step, shelf_id, found.mode, Silencing(found.kind, reason, work.now, found.until))
    return await _end(work, found, reason.strip())


async def end_what_is_over(work: Work) -> list[Shelf]:
    """End the suppressions whose time has come."""
    return [await _end(work, each, OVER) for each in await work.all(SQL["shelves_over"], Shelf, now=work.now)]


async def end_if_worse(work: Work, alarm: Alarm) -> None:
    """An alarm is worse than what was shelved: the shelf ends. Out of service stays so."""
    shelf = await standing_shelf(work, alarm.kind, alarm.source)
    if shelf and shelf.mode is Suppression.SHELVED and alarm.priority.rank > shelf.priority.rank:
        await _end(work, shelf, WORSE)


async def shelves(work: Work, *, in_force: bool = True) -> list[Shelf]:
    """What is suppressed, soonest end first; or every suppression there was, newest first."""
    return await work.all(SQL["shelves"], Shelf, in_force=in_force)


async def standing_shelf(work: Work, kind: Kind, source: str) -> Shelf | None:
    """The suppression in force of an alarm."""
    return await work.one(SQL["shelf_of"], Shelf, kind=kind, source=source)


async def _suppress(work: Work, step: str, facts: Silencing, source: str, priority: Priority) -> Shelf:
    before = await standing_shelf(work, facts.kind, source)
    row = SILENCE.step(step, f"{facts.kind}/{source}", before.mode if before else IN_SERVICE, facts)
    if before is not None:
        await _end(work, before, REPLACED)
    told = {"mode": row.target, "kind": facts.kind, "source": source, "priority": priority, "until": facts.until}
    reason = facts.reason.strip()
    made = await work.one(SQL["suppress"], Shelf, **told, reason=reason, actor=work.actor, now=work.now)
    if made is None:
        raise ShelfNotFound(kind=facts.kind, source=source)
    silent = await work.all(SQL["silence"], Alarm, mode=made.mode, kind=made.kind, source=source, until=made.until)
    for alarm in silent:
        await note(work, alarm, _BEGUN[made.mode], comment=reason)
    work.audit(f"alarm.{step}", "alarm_suppression", made.id, after=told, reason=reason)
    await work.emit(f"alarm.{made.mode}", **told, alarm_ids=[alarm.id for alarm in silent])
    return made


async def _end(work: Work, shelf: Shelf, reason: str) -> Shelf:
    """Ended by the work's actor. What stands unacknowledged begins to call."""
    ended = await work.one(SQL["end_shelf"], Shelf, id=shelf.id, actor=work.actor, now=work.now, reason=reason)
    if ended is None:
        raise ShelfNotFound(shelf_id=shelf.id)
    act = _ENDED[shelf.mode]
    calling = await work.all(SQL["unsilence"], Alarm, kind=shelf.kind, source=shelf.source, now=work.now)
    for alarm in calling:
        await note(work, alarm, act, comment="" if reason in (OVER, WORSE, REPLACED) else reason)
    was = {"mode": shelf.mode, "until": shelf.until}
    work.audit(f"alarm.{act}", "alarm_suppression", shelf.id, before=was, after={"end": reason}, reason=reason)
    await work.emit(f"alarm.{act}", kind=shelf.kind, source=shelf.source, reason=reason)
    return ended
