"""What the mechanic found of each piece of advice: was it right? Only added to; the last word counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind
from mes.maintenance import records
from mes.maintenance.figures import Verdict
from telemetry import queries
from telemetry.errors import Conflict
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("figures.sql"))


class NotAdvice(Conflict):
    """Only advice of a model about a machine is judged so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    id: int
    alarm_id: int
    order_id: int | None
    verdict: Verdict
    told: str
    actor: str
    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", Verdict(self.verdict))


async def verdicts(work: Work, alarm_id: int) -> list[Judged]:
    """Every word on one piece of advice, oldest first."""
    return await work.all(SQL["verdicts"], Judged, alarm_id=alarm_id)


@dataclass(frozen=True, slots=True)
class _LastWord:
    alarm_id: int
    verdict: str


async def last_words(work: Work, alarm_ids: Collection[int]) -> dict[int, Verdict]:
    """By alarm: the last word on it, where there is one."""
    found = await work.all(SQL["last_verdicts"], _LastWord, alarm_ids=list(alarm_ids))
    return {each.alarm_id: Verdict(each.verdict) for each in found}


async def judge_advice(
    work: Work, alarm_id: int, verdict: Verdict, *, told: str = "", order_id: int | None = None
) -> Judged:
    """Say whether a model's advice was right. Raises AlarmNotFound, OrderNotFound, NotAdvice."""
    alarm: Alarm = await alarms.alarm(work, alarm_id)
    if alarm.kind is not Kind.EQUIPMENT:
        raise NotAdvice(alarm_id=alarm_id, kind=alarm.kind)
    said = {"verdict": verdict, "told": told.strip(), "order_id": order_id}
    if order_id is not None:
        await records.order(work, order_id)
        await records.write(work, order_id, "verdict", told, verdict=verdict, alarm_id=alarm_id)
    made: int = await work.scalar(SQL["judge"], alarm_id=alarm_id, actor=work.actor, now=work.now, **said)
    work.audit("alert_verdict.add", "alarm", alarm_id, after=said)
    return next(each for each in await verdicts(work, alarm_id) if each.id == made)
