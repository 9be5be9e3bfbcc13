"""What people ask of machine health: how machines stand, what was told over time, and what they say themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mes.health import versions
from mes.health.model import (
    Alert,
    Exclusion,
    HealthModel,
    ModelStatus,
    Reset,
    ResetKind,
    Run,
    Sample,
    Standing,
    Watched,
    standing_of,
)
from mes.plant import service as plant
from mes.plant.model import Equipment, MeasuringPoint
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ENTITY = "machine_health"
LEAST_SILENT = timedelta(minutes=5)


class MachineNotWatched(NotFound):
    """The plant folder has no health section for this machine."""


class AlertNotFound(NotFound):
    """There is no such alert of a machine's health."""


class HealthPeriodWrong(Invalid):
    """A period must begin before it ends, and must not lie in the future."""


class HealthReasonMissing(Invalid):
    """Say why: whoever looks at the model later must understand it."""


class LearningAsked(Conflict):
    """A new version is being learned already: wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineHealth:
    """A watched machine as it stands now."""

    machine: Equipment
    watched: Watched
    points: tuple[MeasuringPoint, ...]  # of its signals, in their order
    run: Run | None
    open_alerts: tuple[Alert, ...]
    model: HealthModel | None  # the version in force
    proposed: HealthModel | None
    standing: Standing


async def watched(work: Work, equipment_id: int | None = None) -> list[Watched]:
    """Machines that the plant folder has watched, by path."""
    return await work.all(SQL["watched"], Watched, equipment_id=equipment_id)


async def runs(work: Work, equipment_id: int | None = None) -> dict[int, Run]:
    """Where the watch stands, by machine."""
    return {run.equipment_id: run for run in await work.all(SQL["runs"], Run, equipment_id=equipment_id)}


async def fleet(work: Work) -> list[MachineHealth]:
    """All watched machines, those that need people most first."""
    seen = await _seen(work)
    found = [_as_it_stands(work, each, seen) for each in await watched(work)]
    order = list(Standing)
    return sorted(found, key=lambda each: (order.index(each.standing), _health(each), each.machine.path))


async def machine_health(work: Work, equipment_id: int) -> MachineHealth:
    """One of them. Raises EquipmentNotFound, MachineNotWatched."""
    await plant.machine(work, equipment_id)
    found = await watched(work, equipment_id)
    if not found:
        raise MachineNotWatched(equipment_id=equipment_id)
    return _as_it_stands(work, found[0], await _seen(work, equipment_id))


async def alerts(
    work: Work,
    equipment_id: int | None = None,
    *,
    model_id: int | None = None,
    open_only: bool = False,
    since: datetime | None = None,
    below: int | None = None,
    limit: int = 100,
) -> list[Alert]:
    """Alerts, newest first, filtered. `since`: that stood at or after a moment."""
    filters = {"equipment_id": equipment_id, "model_id": model_id, "open": open_only, "since": since, "below": below}
    return await work.all(SQL["alerts"], Alert, **filters, limit=limit)


async def alert(work: Work, alert_id: int) -> Alert:
    """One alert. Raises AlertNotFound."""
    found = await work.one(SQL["alert"], Alert, id=alert_id)
    if found is None:
        raise AlertNotFound(alert_id=alert_id)
    return found


async def samples(work: Work, equipment_id: int, start: datetime, end: datetime, *, most: int = 600) -> list[Sample]:
    """What was told of a machine over time, oldest first; of many, evenly some."""
    return await work.all(SQL["samples"], Sample, equipment_id=equipment_id, start=start, end=end, most=most)


async def exclusions(work: Work, equipment_id: int) -> list[Exclusion]:
    """Times from which nothing is learned, as people marked them."""
    return await work.all(SQL["exclusions"], Exclusion, equipment_id=equipment_id)


async def exclude(work: Work, equipment_id: int, start: datetime, end: datetime, *, reason: str) -> Exclusion:
    """Nothing is learned from this time. A version that was learned already stays as it is.

    Raises EquipmentNotFound, MachineNotWatched, HealthPeriodWrong, HealthReasonMissing.
    """
    await machine_health(work, equipment_id)
    _check_period(work, start, end, reason)
    facts = {"from_at": start, "to_at": end, "reason": reason.strip()}
    made: int = await work.scalar(SQL["exclude"], equipment_id=equipment_id, actor=work.actor, now=work.now, **facts)
    work.audit(f"{ENTITY}.exclude", ENTITY, equipment_id, after=facts, reason=reason)
    return next(each for each in await exclusions(work, equipment_id) if each.id == made)


async def resets(work: Work, equipment_id: int) -> list[Reset]:
    """When what runs of a machine was forgotten, oldest first."""
    return await work.all(SQL["resets"], Reset, equipment_id=equipment_id)


async def add_reset(
    work: Work, equipment_id: int, at: datetime, kind: ResetKind, *, reason: str = "", order_id: int | None = None
) -> bool:
    """From then on levels are taken anew. False: it is known already."""
    facts = {"effective_at": at, "kind": kind, "order_id": order_id, "reason": reason.strip()}
    told = facts | {"actor": work.actor, "now": work.now}
    made = await work.scalar(SQL["add_reset"], equipment_id=equipment_id, **told)
    if made is None:
        return False
    work.audit(f"{ENTITY}.reset", ENTITY, equipment_id, after=facts, reason=reason)
    return True


async def say_restart(work: Work, equipment_id: int, at: datetime, *, reason: str) -> None:
    """A machine was started anew, or runs otherwise from now on: its levels are taken anew.

    Raises EquipmentNotFound, MachineNotWatched, HealthPeriodWrong, HealthReasonMissing.
    """
    await machine_health(work, equipment_id)
    _check_period(work, at - timedelta(seconds=1), at, reason)
    await add_reset(work, equipment_id, at, ResetKind.RESTART, reason=reason)


async def ask_to_learn(work: Work, equipment_id: int, start: datetime, end: datetime, *, reason: str) -> None:
    """Have a new version learned from this time; the watch proposes it when it is done.

    Raises EquipmentNotFound, MachineNotWatched, HealthPeriodWrong, HealthReasonMissing, HealthModelOpen, LearningAsked.
    """
    found = await machine_health(work, equipment_id)
    _check_period(work, start, end, reason)
    if found.proposed is not None:
        raise versions.HealthModelOpen(equipment_id=equipment_id)
    await work.run(SQL["begin_run"], equipment_id=equipment_id)
    facts = {"start": start, "end": end, "reason": reason.strip()}
    if not await work.run(SQL["ask_to_learn"], equipment_id=equipment_id, actor=work.actor, **facts):
        raise LearningAsked(equipment_id=equipment_id)
    work.audit(f"{ENTITY}.ask_to_learn", ENTITY, equipment_id, after=facts, reason=reason)


def _check_period(work: Work, start: datetime, end: datetime, reason: str) -> None:
    if not start < end <= work.now:
        raise HealthPeriodWrong(start=start, end=end)
    if not reason.strip():
        raise HealthReasonMissing


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is the same for all machines of one look."""

    machines: dict[int, Equipment]
    points: dict[str, MeasuringPoint]
    runs: dict[int, Run]
    alerts: dict[int, list[Alert]]
    models: dict[int, list[HealthModel]]


async def _seen(work: Work, equipment_id: int | None = None) -> _Seen:
    by_machine: dict[int, list[Alert]] = defaultdict(list)
    for each in await alerts(work, equipment_id, open_only=True, limit=1000):
        by_machine[each.equipment_id].append(each)
    known: dict[int, list[HealthModel]] = defaultdict(list)
    for model in await versions.models(work, equipment_id):
        known[model.equipment_id].append(model)
    return _Seen(
        {machine.id: machine for machine in await plant.equipment(work)},
        {point.name: point for point in await plant.points(work)},
        await runs(work, equipment_id),
        by_machine,
        known,
    )


def _as_it_stands(work: Work, each: Watched, seen: _Seen) -> MachineHealth:
    run, alerts_ = seen.runs.get(each.equipment_id), tuple(seen.alerts.get(each.equipment_id, ()))
    of = {model.status: model for model in reversed(seen.models.get(each.equipment_id, []))}
    model = of.get(ModelStatus.IN_FORCE)
    words = model.words if model is not None else each.words
    names = point_names(each.path, words.measures()[: len(words.order())])
    points = tuple(seen.points[name] for name in names if name in seen.points)
    silent = max((timedelta(seconds=point.stale_s) for point in points), default=LEAST_SILENT)
    return MachineHealth(
        machine=seen.machines[each.equipment_id],
        watched=each,
        points=points,
        run=run,
        open_alerts=alerts_,
        model=model,
        proposed=of.get(ModelStatus.PROPOSED),
        standing=standing_of(run, alerts_, now=work.now, silent_after=max(silent, LEAST_SILENT)),
    )


def point_names(path: str, measures: Sequence[str]) -> tuple[str, ...]:
    """Whole names of points, of area/equipment/measure and the path of a machine of the same site."""
    site = path.split("/", 1)[0]
    return tuple(f"{site}/{measure}" for measure in measures)


def _health(found: MachineHealth) -> float:
    return found.run.health if found.run and found.run.health is not None else 100.0
