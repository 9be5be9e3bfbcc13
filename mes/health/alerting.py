"""Episodes as alerts: written once, told to the crew by alarm and maintenance order, linked with what they led to.

Nothing here touches a lot, and nothing that is over when it is found calls anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from psycopg.types.json import Json

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.health import service
from mes.health.case import Case
from mes.health.episodes import Episode, Following
from mes.health.model import ACUTE, WATCHED_ELSEWHERE, Alert, Cause, ResetKind, Run
from mes.health.telling import failure_mode, sentence
from mes.maintenance import labour
from mes.maintenance import service as maintenance
from mes.maintenance.model import OrderKind, Request, Status
from mes.plant.model import MeasuringPoint
from mes.watch.machines import known_numbers
from models.finding import Contribution as Shown
from models.finding import Finding
from models.health.api import Contribution
from telemetry.clock import from_us, to_us
from telemetry.work import Work

EVIDENCE = timedelta(hours=2)
"""Before its onset: what the curves of an alert begin with, on a machine as fast as its clock."""
DRIVE = "drive current"
"""What a current is called here: the compressor's own model has the shorter word."""
NOTHING_WAS_DONE = frozenset({"no_fault_found"})
_ENDED = frozenset({Status.DONE, Status.VERIFIED, Status.CLOSED})


async def heed_maintenance(work: Work, case: Case, run: Run) -> None:
    """After work on the machine its levels are taken anew; not where the crew found nothing and changed nothing."""
    for order in await maintenance.orders(work, statuses=_ENDED, equipment_id=case.equipment_id, limit=20):
        changed = order.kind == OrderKind.PREVENTIVE or order.problem_code not in NOTHING_WAS_DONE
        if order.done_at is not None and changed and (run.begun_at is None or order.done_at > run.begun_at):
            kind, number = ResetKind.MAINTENANCE, order.number
            await service.add_reset(work, case.equipment_id, order.done_at, kind, reason=number, order_id=order.id)


async def known(work: Work, case: Case, since: datetime) -> list[Episode]:
    """Alerts that stand, or stood at or after a moment, as episodes that can go on."""
    standing = await service.alerts(work, case.equipment_id, open_only=True)
    recent = await service.alerts(work, case.equipment_id, since=since, limit=1000)
    return [_episode(each) for each in {each.id: each for each in (*standing, *recent)}.values()]


async def write(work: Work, case: Case, following: Following, *, is_all: bool = True) -> None:
    """What is new of the episodes, and whom it calls: nobody while more ticks wait, as it may be over by then."""
    for each in following.episodes:
        if each.touched:
            await _write(work, case, each)
            each.touched = False
    stored = {alert.id: alert for alert in await service.alerts(work, case.equipment_id, limit=1000)}
    for each in following.episodes:
        alert = stored.get(each.id or 0)
        if alert is None:
            continue
        if each.ended_us is None and alert.alarm_id is None and is_all:
            await _tell(work, case, each, alert)
        elif each.ended_us is not None and alert.alarm_id is not None:
            await alarms.clear(work, Kind.EQUIPMENT, source_of(case, each.cause), at=from_us(each.ended_us))


def source_of(case: Case, cause: Cause) -> str:
    """What an alarm is about: the machine and the channel."""
    return f"{case.machine.path}/{cause}"


async def _write(work: Work, case: Case, each: Episode) -> None:
    ended_at = None if each.ended_us is None else from_us(each.ended_us)
    moved = {"seen_at": from_us(each.seen_us), "ended_at": ended_at, "ended_by": each.ended_by}
    if each.id is not None:
        await work.run(service.SQL["move_alert"], id=each.id, **moved)
        return
    facts = {
        "model_id": case.model.id if case.model else None,
        "cause": each.cause,
        "from_at": from_us(each.from_us),
        "score": each.score,
        "contributions": Json(known_numbers([asdict(c) for c in each.contributions])),
        "input_from": from_us(each.from_us) - _evidence(case, each.from_us),
    }
    asked = facts | moved | {"now": work.now}
    each.id = await work.scalar(service.SQL["begin_alert"], equipment_id=case.equipment_id, **asked)
    told = {"machine": case.machine.path, "cause": each.cause, "from": from_us(each.from_us), "score": each.score}
    work.audit("health_alert.begin", "health_alert", each.id, after=told | {"model_id": facts["model_id"]})
    await work.emit("health.alert", alert_id=each.id, **told)


async def _tell(work: Work, case: Case, each: Episode, alert: Alert) -> None:
    """Once an episode: its alarm, and an order unless one for the machine's health is open already."""
    points = _points(case)
    most = each.contributions[0] if each.contributions else None
    words = sentence(each.cause, most, points.get(most.signal) if most else None)
    found = Occurrence(
        kind=Kind.EQUIPMENT,
        source=source_of(case, each.cause),
        priority=Priority.LOW if each.cause is Cause.MODEL else Priority.MEDIUM,
        message_en=f"{case.machine.name_en}: {words.en}",
        message_zh=f"{case.machine.name_zh}：{words.zh}",
        raised_at=from_us(each.from_us),
        zone_id=case.machine.zone_id,
        equipment_id=case.equipment_id,
    )
    alarm = await alarms.raise_alarm(work, found)
    order_id = None
    if each.cause not in WATCHED_ELSEWHERE:
        order_id = await _joined(work, case, alert, found)
        order_id = order_id or await _ordered(work, case, each, found, alarm.id, points)
    await work.run(service.SQL["link_alert"], id=alert.id, alarm_id=alarm.id, order_id=order_id)


async def _joined(work: Work, case: Case, alert: Alert, found: Occurrence) -> int | None:
    """The open order of another alert of this machine: one machine is repaired once."""
    for other in await service.alerts(work, case.equipment_id, open_only=True):
        if other.id != alert.id and other.order_id is not None:
            order = await maintenance.order(work, other.order_id)
            if order.closed_at is None:
                await labour.comment(work, order.id, f"{found.message_zh} / {found.message_en}")
                return order.id
    return None


async def _ordered(
    work: Work, case: Case, each: Episode, found: Occurrence, alarm_id: int, points: dict[str, MeasuringPoint]
) -> int:
    mode = failure_mode(each.cause, each.contributions, {signal: point.role for signal, point in points.items()})
    start = each.from_us - _evidence(case, each.from_us) // timedelta(microseconds=1)
    finding = Finding(
        model=case.words.detector,
        version=str(case.model.number) if case.model else "",
        failure_mode=mode,
        from_us=start,
        to_us=each.seen_us,
        score=each.score,
        threshold=1.0,
        contributions=tuple(_shown(c, points) for c in each.contributions),
        words=sentence(each.cause, None, None),
    )
    evidence = {
        "from": from_us(start).isoformat(),
        "to": from_us(each.seen_us).isoformat(),
        "points": [points[c.signal].name for c in each.contributions if c.signal in points],
        "finding": known_numbers(finding.as_json()),
        "health_alert": each.id,
    }
    asked = Request(
        equipment_id=case.equipment_id,
        failure_mode=mode,
        priority=Priority.HIGH if each.cause in ACUTE else Priority.MEDIUM,
        title_en=found.message_en,
        title_zh=found.message_zh,
        evidence=evidence,
        alarm_id=alarm_id,
    )
    return (await maintenance.request_order(work, asked)).id


def _shown(each: Contribution, points: dict[str, MeasuringPoint]) -> Shown:
    point = points.get(each.signal)
    named, unit = (point.role, point.unit) if point is not None else (each.signal, "1")
    named = DRIVE if named == "current" else named
    return Shown(signal=named, unit=unit, observed=each.value, expected=each.expected, deviations=each.contribution)


def _points(case: Case) -> dict[str, MeasuringPoint]:
    """By signal."""
    names = zip(case.words.order(), case.names, strict=False)
    return {signal: case.points[name] for signal, name in names if name in case.points}


def _episode(alert: Alert) -> Episode:
    told: Iterable[dict[str, float | str]] = alert.contributions
    contributions = [
        Contribution(str(c["signal"]), _figure(c["contribution"]), _figure(c["value"]), _figure(c["expected"]))
        for c in told
    ]
    return Episode(
        cause=alert.cause,
        from_us=to_us(alert.from_at),
        seen_us=to_us(alert.seen_at),
        score=alert.score,
        contributions=contributions,
        ended_us=None if alert.ended_at is None else to_us(alert.ended_at),
        ended_by=alert.ended_by,
        id=alert.id,
    )


def _figure(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _evidence(case: Case, at_us: int) -> timedelta:
    """So much of the clock as the machine takes for it."""
    return EVIDENCE * (case.pace.width_us(at_us) / 1e6 / case.words.tick_s)
