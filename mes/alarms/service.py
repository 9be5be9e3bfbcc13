"""Raise, upgrade, clear (the watch does, as the plant goes), acknowledge (people do) and call again (time does)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from mes.alarms.journal import journal as journal
from mes.alarms.journal import note
from mes.alarms.model import MACHINE, Acknowledgement, Act, Alarm, Cause, Kind, Occurrence, Priority, State, Suppression
from mes.alarms.suppression import end_if_worse
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))

_STATES: dict[State, tuple[bool, bool]] = {  # still so, acknowledged
    State.ACTIVE_UNACKED: (True, False),
    State.ACTIVE_ACKED: (True, True),
    State.RTN_UNACKED: (False, False),
    State.NORMAL: (False, True),
}


class AlarmNotFound(NotFound):
    """There is no such alarm."""


class CommentMissing(Invalid):
    """A comment needs words."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many alarms wait for whom."""

    active_unacked: int
    active_acked: int
    rtn_unacked: int
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class LastCleared:
    source: str
    cleared_at: datetime


async def raise_alarm(work: Work, found: Occurrence) -> Alarm:
    """Raise it, or find the standing alarm of the same kind and source; a higher priority upgrades that one."""
    lesser = [each for each in Priority if each.rank < found.priority.rank]
    raised = await work.one(SQL["raise"], Alarm, **asdict(found), now=work.now, lesser=lesser)
    if raised is None:
        standing = await work.one(SQL["standing"], Alarm, kind=found.kind, source=found.source)
        if standing is None:  # cleared in between by another watch: now it can be raised
            return await raise_alarm(work, found)
        worse = found.priority.rank > standing.priority.rank
        return await _upgrade(work, standing, found) if worse else standing
    if raised.suppression is None:
        await end_if_worse(work, raised)
    await note(work, raised, Act.RAISED)
    work.audit("alarm.raise", "alarm", raised.id, after=_told(raised))
    await work.emit("alarm.raised", alarm_id=raised.id, late=raised.cleared_at is not None, **_told(raised))
    return raised


async def _upgrade(work: Work, standing: Alarm, found: Occurrence) -> Alarm:
    names = ("message_en", "message_zh", "episode_id", "excursion_id")
    facts = {name: getattr(found, name) for name in names}
    worse = await work.one(SQL["upgrade"], Alarm, id=standing.id, priority=found.priority, now=work.now, **facts)
    if worse is None:
        raise AlarmNotFound(alarm_id=standing.id)
    if standing.suppression is Suppression.SHELVED:
        await end_if_worse(work, worse)
    await note(work, worse, Act.UPGRADED)
    before = {"priority": standing.priority, "acked_by": standing.acked_by}
    work.audit("alarm.upgrade", "alarm", worse.id, before=before, after=_told(worse))
    await work.emit("alarm.upgraded", alarm_id=worse.id, **_told(worse))
    return worse


async def clear(work: Work, kind: Kind, source: str, *, at: datetime) -> Alarm | None:
    """It is no longer so since `at`. Stays in sight until acknowledged; None: no such alarm stood."""
    cleared = await work.one(SQL["clear"], Alarm, kind=kind, source=source, at=at)
    if cleared is not None:
        await note(work, cleared, Act.CLEARED)
        work.audit("alarm.clear", "alarm", cleared.id, after={"state": cleared.state, "cleared_at": cleared.cleared_at})
        await work.emit("alarm.cleared", alarm_id=cleared.id, kind=cleared.kind, source=cleared.source)
    return cleared


async def acknowledge(
    work: Work, alarm_id: int, *, version: int, comment: str = "", cause: Cause | None = None
) -> Alarm:
    """Say that one knows, with a comment or a cause. Raises AlarmNotFound, StaleVersion, Refused.

    An alarm that was raised to prove that alarms arrive is over with it.
    """
    before = await at_version(work, alarm_id, version)
    row = MACHINE.step("acknowledge", alarm_id, before.state, Acknowledgement(comment, cause))
    said = comment.strip()
    known = await work.one(SQL["acknowledge"], Alarm, id=alarm_id, now=work.now, actor=work.actor, comment=said)
    if known is None:
        raise AlarmNotFound(alarm_id=alarm_id)
    await note(work, known, Act.ACKNOWLEDGED, comment=said, cause=cause)
    was, now = {"state": before.state}, {"state": row.target, "cause": cause}
    work.audit("alarm.acknowledge", "alarm", alarm_id, before=was, after=now, reason=said)
    await work.emit("alarm.acknowledged", alarm_id=alarm_id, by=work.actor)
    if known.kind is Kind.TEST and known.cleared_at is None:
        return await clear(work, known.kind, known.source, at=work.now) or known
    return known


async def comment_on(work: Work, alarm_id: int, *, comment: str, cause: Cause | None = None) -> Alarm:
    """Add to what was said; nothing said before changes. Raises AlarmNotFound, CommentMissing."""
    if not comment.strip():
        raise CommentMissing(alarm_id=alarm_id)
    found = await alarm(work, alarm_id)
    await note(work, found, Act.COMMENTED, comment=comment.strip(), cause=cause)
    work.audit("alarm.comment", "alarm", alarm_id, after={"cause": cause}, reason=comment.strip())
    return found


async def call_again(work: Work, alarm_id: int) -> Alarm | None:
    """Acknowledged long ago and still so: it asks for somebody again. None: no longer so."""
    calling = await work.one(SQL["call_again"], Alarm, id=alarm_id, now=work.now)
    if calling is not None:
        await note(work, calling, Act.CALLED_AGAIN)
        work.audit("alarm.call_again", "alarm", alarm_id, after=_told(calling))
        await work.emit("alarm.called_again", alarm_id=alarm_id, **_told(calling))
    return calling


async def alarm(work: Work, alarm_id: int) -> Alarm:
    """One alarm. Raises AlarmNotFound."""
    found = await work.one(SQL["alarm"], Alarm, id=alarm_id)
    if found is None:
        raise AlarmNotFound(alarm_id=alarm_id)
    return found


async def alarms(
    work: Work,
    *,
    state: State | None = None,
    active: bool | None = None,
    suppressed: bool | None = None,
    kind: Kind | None = None,
    zone_id: int | None = None,
    excursion_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Alarm]:
    """Alarms, newest first, filtered. `below`: only ids below, for the next page."""
    still, acked = _STATES[state] if state else (active, None)
    filters = {"active": still, "acked": acked, "suppressed": suppressed, "kind": kind, "zone_id": zone_id}
    return await work.all(SQL["alarms"], Alarm, **filters, excursion_id=excursion_id, below=below, limit=limit)


async def in_sight(work: Work, *, since: datetime) -> list[Alarm]:
    """What is not over, or not acknowledged, or became one of these since then; oldest first."""
    return await work.all(SQL["open"], Alarm, since=since)


async def standing(work: Work, kind: Kind) -> dict[str, Alarm]:
    """By source: the alarms of a kind that are not cleared."""
    return {found.source: found for found in await work.all(SQL["standing"], Alarm, kind=kind, source=None)}


async def last_cleared(work: Work, kind: Kind) -> dict[str, datetime]:
    """By source: when the last alarm of a kind was over."""
    return {row.source: row.cleared_at for row in await work.all(SQL["last_cleared"], LastCleared, kind=kind)}


async def counts(work: Work) -> Counts:
    """How many alarms are in sight, by state; what is suppressed apart."""
    return await work.one(SQL["counts"], Counts) or Counts(0, 0, 0)


async def at_version(work: Work, alarm_id: int, version: int) -> Alarm:
    """One alarm as somebody saw it, locked for the rest of the work. Raises AlarmNotFound, StaleVersion."""
    before = await work.one(SQL["lock"], Alarm, id=alarm_id)
    if before is None:
        raise AlarmNotFound(alarm_id=alarm_id)
    if before.version != version:
        raise StaleVersion("alarm", alarm_id, yours=version, current=before.version)
    return before


def _told(alarm: Alarm) -> dict[str, object]:
    names = ("kind", "source", "priority", "raised_at", "point_id", "zone_id", "equipment_id", "episode_id")
    return {name: getattr(alarm, name) for name in (*names, "excursion_id")}
