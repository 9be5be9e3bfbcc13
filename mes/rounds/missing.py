"""Rounds that were missed, or not walked whole: one standing alarm a plan, until somebody has reviewed them all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant import service as plant
from mes.rounds import service
from mes.rounds.model import Round, RoundStatus
from telemetry.work import Work

_WANTING = (RoundStatus.MISSED, RoundStatus.INCOMPLETE)


async def watch_rounds(work: Work) -> None:
    """Let the standing alarms of rounds be exactly those that are so now."""
    found = sorted(await service.rounds(work, statuses=_WANTING), key=lambda each: (each.plan_id, each.closes_at))
    codes = {each.id: each.code for each in await service.plans(work, with_retired=True)}
    so = {f"round/{codes[plan_id]}": list(those) for plan_id, those in groupby(found, lambda each: each.plan_id)}
    for source, those in so.items():
        await alarms.raise_alarm(work, await _told(work, source, those))
    for source in sorted((await alarms.standing(work, Kind.ROUND)).keys() - so.keys()):
        await alarms.clear(work, Kind.ROUND, source, at=work.now)


async def _told(work: Work, source: str, those: Sequence[Round]) -> Occurrence:
    last = those[-1]
    until = f"{last.closes_at.astimezone(await plant.time_zone(work)):%Y-%m-%d %H:%M}"
    if last.status is RoundStatus.MISSED:
        said = f"nobody walked it until {until}", f"截至 {until} 无人巡检"
    else:
        said = f"not everything was looked at until {until}", f"截至 {until} 有项目漏检"
    before = len(those) - 1
    more = (f"; {before} more wait for review", f"；另有 {before} 次待审核") if before else ("", "")
    return Occurrence(
        kind=Kind.ROUND,
        source=source,
        priority=Priority.MEDIUM if any(each.status is RoundStatus.MISSED for each in those) else Priority.LOW,
        message_en=f"{last.words.name.en} {last.number}: {said[0]}{more[0]}",
        message_zh=f"{last.words.name.zh} {last.number}：{said[1]}{more[1]}",
        raised_at=work.now,
    )
