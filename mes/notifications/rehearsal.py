"""Tests of the ladders: once a month, or when asked for, everybody on a ladder is called and somebody acknowledges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Occurrence, Priority
from mes.notifications.model import Ladder
from mes.notifications.roster import ladder
from telemetry import queries
from telemetry.errors import Conflict
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
GRACE = timedelta(days=1)
"""How long a test on its day may wait for somebody to acknowledge it."""


class RehearsalRunning(Conflict):
    """A test of this ladder is running: acknowledge it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A dated proof that a ladder reaches its people."""

    id: int
    ladder: str
    asked_by: str
    started_at: datetime
    alarm_id: int
    acked_at: datetime | None
    acked_by: str | None
    people: int  # who were told
    reached: int  # of them, whose message was taken by at least one channel


async def rehearse(work: Work, code: str) -> Alarm:
    """Call everybody on a ladder with an alarm that says it is a test. Raises LadderNotFound, RehearsalRunning."""
    tested = await ladder(work, code)
    if code in await alarms.standing(work, Kind.TEST):
        raise RehearsalRunning(ladder=code)
    raised = await alarms.raise_alarm(
        work,
        Occurrence(
            kind=Kind.TEST,
            source=code,
            priority=Priority.LOW,
            message_en=f"Test of the ladder {tested.name_en}",
            message_zh=f"报警通知测试：{tested.name_zh}",
            raised_at=work.now,
        ),
    )
    await work.run(SQL["add_test"], ladder=code, actor=work.actor, now=work.now, alarm_id=raised.id)
    work.audit("ladder.test", "ladder", code, after={"alarm": raised.id})
    return raised


async def rehearsals(work: Work, code: str | None = None, *, limit: int = 24) -> list[Rehearsal]:
    """Tests, newest first, with who was reached and who acknowledged."""
    return await work.all(SQL["tests"], Rehearsal, ladder=code, limit=limit)


def last_due(ladder: Ladder, now: datetime, zone: ZoneInfo) -> datetime:
    """The newest moment, now at the latest, at which a ladder was to be tested; by the plant's calendar."""
    here = now.astimezone(zone)
    at = here.replace(
        day=ladder.test_day, hour=ladder.test_at.hour, minute=ladder.test_at.minute, second=0, microsecond=0
    )
    if at > here:
        before = at.replace(day=1) - timedelta(days=1)
        at = before.replace(day=ladder.test_day)
    return at.astimezone(UTC)


async def is_unproven(work: Work, ladder: Ladder, zone: ZoneInfo) -> bool:
    """Starts the test that is due. Whether one was due so long ago that somebody must have acknowledged it."""
    at = last_due(ladder, work.now, zone)
    if at < ladder.since:
        return False
    since = [test for test in await rehearsals(work, ladder.code) if test.started_at >= at]
    if not since and ladder.code not in await alarms.standing(work, Kind.TEST):
        await rehearse(work, ladder.code)
    return work.now >= at + GRACE and all(test.acked_at is None for test in since)
