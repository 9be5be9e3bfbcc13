"""Clocks of recalls that ran out: one standing alarm a clock, over when somebody has answered it.

Of a rehearsal it is told as well, with a lower priority: its times are what it is held for.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mes.alarms import service as alarms
from mes.alarms.model import Kind as AlarmKind
from mes.alarms.model import Occurrence, Priority
from mes.plant import service as plant
from mes.recall.clocks import NOTIFY, Clock
from mes.recall.model import OVER, Recall, RecallClass, Status
from mes.recall.service import recalls, steps
from mes.recall.stepping import clocks_of
from telemetry.work import Work

AT_MOST = 500
"""Recalls that are open at once."""


async def watch_recalls(work: Work) -> None:
    """Let the standing alarms of recalls be exactly the clocks that ran out and were not answered."""
    zone = await plant.time_zone(work)
    so: set[str] = set()
    for recall in await recalls(work, statuses=[each for each in Status if each not in OVER], limit=AT_MOST):
        for clock in await clocks_of(work, recall, await steps(work, recall.id)):
            if clock.open:
                so.add(source_of(recall, clock))
                await alarms.raise_alarm(work, _told(recall, clock, zone))
    for source in sorted((await alarms.standing(work, AlarmKind.RECALL_LATE)).keys() - so):
        await alarms.clear(work, AlarmKind.RECALL_LATE, source, at=work.now)


def source_of(recall: Recall, clock: Clock) -> str:
    """What the alarm is about."""
    return f"{recall.number} {clock.kind}" + ("" if clock.kind == NOTIFY else f" {clock.number}")


def priority_of(recall: Recall) -> Priority:
    """By the harm that may be done; of a rehearsal nothing is."""
    if recall.is_mock:
        return Priority.MEDIUM
    return Priority.CRITICAL if recall.recall_class is RecallClass.I else Priority.HIGH


def _told(recall: Recall, clock: Clock, zone: ZoneInfo) -> Occurrence:
    by = f"{clock.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if clock.kind == NOTIFY:
        said = f"everyone who has the goods had to be told by {by}", f"应于 {by} 前通知所有收货单位，尚未完成"
    else:
        said = (
            f"report {clock.number} to the authority was due by {by}",
            f"第 {clock.number} 次进展报告应于 {by} 前提交监管部门，尚未提交",
        )
    kind_en, kind_zh = ("Mock recall", "模拟召回") if recall.is_mock else ("Recall", "召回")
    return Occurrence(
        kind=AlarmKind.RECALL_LATE,
        source=source_of(recall, clock),
        priority=priority_of(recall),
        message_en=f"{kind_en} {recall.number}: {said[0]}",
        message_zh=f"{kind_zh} {recall.number}：{said[1]}",
        raised_at=clock.due_at,
    )
