"""The journal of an alarm: what became of it and what people said, in the order in which it happened. Only added to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from mes.alarms.model import Act, Alarm, Cause, Entry
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


async def note(work: Work, alarm: Alarm, act: Act, *, comment: str = "", cause: Cause | None = None) -> None:
    """Write a line, by the work's own actor: who says it is never taken from what was sent."""
    facts = {"alarm_id": alarm.id, "call": alarm.calls, "priority": alarm.priority}
    await work.run(SQL["note"], **facts, now=work.now, actor=work.actor, act=act, cause=cause, comment=comment)


async def journal(work: Work, alarm_ids: Iterable[int]) -> dict[int, list[Entry]]:
    """By alarm: its lines, oldest first."""
    found: dict[int, list[Entry]] = defaultdict(list)
    for entry in await work.all(SQL["journal"], Entry, alarm_ids=list(alarm_ids)):
        found[entry.alarm_id].append(entry)
    return found
