"""Raise, upgrade, clear (the watch does, as the plant goes) and acknowledge (people do)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from mes.alarms.model import MACHINE, Acknowledgement, Alarm, Kind, Occurrence, State
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import NotFound
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


@dataclass(frozen=True, slots=True)
class Counts:
    """How many alarms wait for whom."""

    active_unacked: int
    active_acked: int
    rtn_unacked: int


@dataclass(frozen=True, slots=True)
class LastCleared:
    source: str
    cleared_at: datetime


async def raise_alarm(work: Work, found: Occurrence) -> Alarm:
    """Raise it, or find the standing alarm of the same kind and source; a higher priority upgrades that one."""
    raised = await work.one(SQL["raise"], Alarm, **asdict(found), now=work.now)
    if raised is None:
        standing = await work.one(SQL["standing"], Alarm, kind=found.kind, source=found.source)
        if standing is None:  # cleared in between by another watch: now it can be raised
            return await raise_alarm(work, found)
        worse = found.priority.rank > standing.priority.rank
        return await _upgrade(work, standing, found) if worse else standing
    work.audit("alarm.raise", "alarm", raised.id, after=_told(raised))
    await work.emit("alarm.raised", alarm_id=raised.id, late=raised.cleared_at is not None, **_told(raised))
    return raised


async def _upgrade(work: Work, standing: Alarm, found: Occurrence) -> Alarm:
    facts = {"message_en": found.message_en, "message_zh": found.message_zh, "episode_id": found.episode_id}
    worse = await work.one(SQL["upgrade"], Alarm, id=standing.id, priority=found.priority, now=work.now, **facts)
    if worse is None:
        raise AlarmNotFound(alarm_id=standing.id)
    before = {"priority": standing.priority, "acked_by": standing.acked_by}
    work.audit("alarm.upgrade", "alarm", worse.id, before=before, after=_told(worse))
    await work.emit("alarm.upgraded", alarm_id=worse.id, **_told(worse))
    return worse


async def clear(work: Work, kind: Kind, source: str, *, at: datetime) -> Alarm | None:
    """It is no longer so since `at`. Stays in sight until acknowledged; None: no such alarm stood."""
    cleared = await work.one(SQL["clear"], Alarm, kind=kind, source=source, at=at)
    if cleared is not None:
        work.audit("alarm.clear", "alarm", cleared.id, after={"state": cleared.state, "cleared_at": cleared.cleared_at})
        await work.emit("alarm.cleared", alarm_id=cleared.id, kind=cleared.kind, source=cleared.source)
    return cleared


async def acknowledge(work: Work, alarm_id: int, *, version: int, comment: str) -> Alarm:
    """Say that one knows, with a comment. Raises AlarmNotFound, StaleVersion, Refused."""
    before = await work.one(SQL["lock"], Alarm, id=alarm_id)
    if before is None:
        raise AlarmNotFound(alarm_id=alarm_id)
    if before.version != version:
        raise StaleVersion("alarm", alarm_id, yours=version, current=before.version)
    row = MACHINE.step("acknowledge", alarm_id, before.state, Acknowledgement(comment))
    known = await work.one(
        SQL["acknowledge"], Alarm, id=alarm_id, now=work.now, actor=work.actor, comment=comment.strip()
    )
    was, now = {"state": before.state}, {"state": row.target}
    work.audit("alarm.acknowledge", "alarm", alarm_id, before=was, after=now, reason=comment.strip())
    await work.emit("alarm.acknowledged", alarm_id=alarm_id, by=work.actor)
    return known or before


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
    kind: Kind | None = None,
    excursion_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Alarm]:
    """Alarms, newest first, filtered. `below`: only ids below, for the next page."""
    still, acked = _STATES[state] if state else (active, None)
    filters = {"active": still, "acked": acked, "kind": kind, "excursion_id": excursion_id}
    return await work.all(SQL["alarms"], Alarm, **filters, below=below, limit=limit)


async def standing(work: Work, kind: Kind) -> dict[str, Alarm]:
    """By source: the alarms of a kind that are not cleared."""
    return {found.source: found for found in await work.all(SQL["standing"], Alarm, kind=kind, source=None)}


async def last_cleared(work: Work, kind: Kind) -> dict[str, datetime]:
    """By source: when the last alarm of a kind was over."""
    return {row.source: row.cleared_at for row in await work.all(SQL["last_cleared"], LastCleared, kind=kind)}


async def counts(work: Work) -> Counts:
    """How many alarms are in sight, by state."""
    return await work.one(SQL["counts"], Counts) or Counts(0, 0, 0)


def _told(alarm: Alarm) -> dict[str, object]:
    names = ("kind", "source", "priority", "raised_at", "point_id", "zone_id", "equipment_id", "episode_id")
    return {name: getattr(alarm, name) for name in (*names, "excursion_id")}
