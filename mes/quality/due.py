"""Deviations that fall due: one standing alarm a deviation, whose priority rises on its last day; its end clears it.

Closing is due 30 days after the report, and five days before that somebody is told (a rule of this plant, not of law).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant import service as plant
from mes.quality.deviations import SQL
from mes.quality.model import Deviation
from telemetry.work import Work

NOTICE = timedelta(days=5)
"""So long before the day somebody is told."""


async def watch_deviations(work: Work) -> None:
    """Let the standing alarms of deviations be exactly those that are so now."""
    zone = await plant.time_zone(work)
    today = work.now.astimezone(zone).date()
    near = await work.all(SQL["due"], Deviation, by=today + NOTICE)
    for each in near:
        if each.due_on is not None:
            since = datetime.combine(each.due_on - NOTICE, time(), zone)
            await alarms.raise_alarm(work, _told(each, each.due_on, today, since))
    so = {each.number for each in near}
    for source in sorted((await alarms.standing(work, Kind.DEVIATION_DUE)).keys() - so):
        await alarms.clear(work, Kind.DEVIATION_DUE, source, at=work.now)


def _told(found: Deviation, due_on: date, today: date, since: datetime) -> Occurrence:
    is_late = found.is_late(today)
    said_en, said_zh = ("was due on", "应于") if is_late else ("is due on", "将于")
    end_zh = "关闭，已逾期" if is_late else "到期关闭"
    return Occurrence(
        kind=Kind.DEVIATION_DUE,
        source=found.number,
        priority=Priority.HIGH if today >= due_on else Priority.MEDIUM,
        message_en=f"Deviation {found.number} ({found.title_en}) {said_en} {due_on} and is not closed",
        message_zh=f"偏差 {found.number}（{found.title_zh}）{said_zh} {due_on} {end_zh}",
        raised_at=since,
    )
