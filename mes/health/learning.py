"""Learning a machine: when its commissioning is over, or when a person asks for a new version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mes.health import service, versions
from mes.health.case import Case, ticks_at, without, worked_on
from mes.health.detecting import artefact_of, learn
from mes.health.judging import judge
from mes.health.model import HealthModel, Run
from mes.health.versions import FIRST, Learned
from models.health.var_learning import TooFewHealthyRows
from telemetry.clock import from_us, to_us
from telemetry.work import Work

MOST_DAYS = 60
"""So far back a commissioning that is not content reaches at most."""
AGAIN = timedelta(hours=12)
"""How much more is waited for where there was too little, of the machine's own time."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it; `model` is None where there is too little to learn from."""

    model: HealthModel | None = None
    hindrance: str = ""
    try_at: datetime | None = None  # up to then there must be readings


async def first_reading(work: Work, case: Case) -> datetime | None:
    """When commissioning began: with the first stored reading, not long before the machine was watched."""
    since = case.watched.since - timedelta(days=case.settings.history_days)
    found: datetime | None = await work.scalar(service.SQL["first_reading"], points=case.point_ids, since=since)
    return found


async def commission(work: Work, case: Case, learn_from: datetime, try_at: datetime | None) -> Tried | None:
    """Learn the first version if its time has come; None: it has not.

    Where it was too little, some more hours of readings are waited for. `try_at`: with readings up to then.
    """
    start, now_us = to_us(learn_from), case.until_us(work)
    excluded = await _excluded(work, case)
    needed = case.words.commissioning_days * 86_400 + sum(_within_s(case, span, start, now_us) for span in excluded)
    if case.pace.machine_s(now_us) - case.pace.machine_s(start) < needed:
        return None
    end = to_us(try_at) if try_at is not None else _after(case, start, needed, now_us)
    if end > now_us:
        return None
    start = max(start, end - MOST_DAYS * 86_400_000_000)
    try:
        learned = await _learn(work, case, start, end, made_by=work.actor, reason=FIRST)
    except TooFewHealthyRows as few:
        more = AGAIN * (case.pace.width_us(end) / 1e6 / case.words.tick_s)
        return Tried(hindrance=type(few).__name__, try_at=from_us(end) + more)
    return Tried(await versions.add(work, case.equipment_id, learned))


async def learn_again(work: Work, case: Case, run: Run) -> Tried:
    """A new version from the time that a person asked for, proposed in that person's name."""
    if run.asked_from is None or run.asked_to is None:
        return Tried()
    span = to_us(run.asked_from), to_us(run.asked_to)
    try:
        learned = await _learn(work, case, *span, made_by=run.asked_by or work.actor, reason=run.asked_reason or "")
    except TooFewHealthyRows as few:
        return Tried(hindrance=type(few).__name__)
    return Tried(await versions.add(work, case.equipment_id, learned))


async def _learn(work: Work, case: Case, start: int, end: int, *, made_by: str, reason: str) -> Learned:
    """Raises TooFewHealthyRows."""
    at_us = case.pace.after(start - 1, end, most=10_000_000)
    ticks = await ticks_at(work, case, at_us)
    healthy = without(ticks, [*await _excluded(work, case), *await worked_on(work, case)]).looked_at
    machine_s = np.array([case.pace.machine_s(int(at)) for at in at_us])
    state = learn(case.words, ticks.x, healthy, machine_s)
    card = judge(case.words, ticks.x, healthy, machine_s)
    number = await versions.next_number(work, case.equipment_id)
    return Learned(
        artefact=artefact_of(case.words, number, state, ticks.x, healthy, card),
        definition=case.watched.definition,
        learned_from=from_us(start),
        learned_to=from_us(end),
        ticks=int(healthy.sum()),
        made_by=made_by,
        reason=reason,
    )


async def _excluded(work: Work, case: Case) -> list[tuple[int, int]]:
    """As the folder and people say."""
    told = [(to_us(each.start), to_us(each.end)) for each in case.watched.words.excluded]
    marked = await service.exclusions(work, case.equipment_id)
    return told + [(to_us(each.from_at), to_us(each.to_at)) for each in marked]


def _within_s(case: Case, span: tuple[int, int], start: int, end: int) -> float:
    """Seconds of the machine's own time that a span takes out of another."""
    low, high = max(span[0], start), min(span[1], end)
    return case.pace.machine_s(high) - case.pace.machine_s(low) if high > low else 0.0


def _after(case: Case, start: int, seconds: float, latest: int) -> int:
    """The moment at which so much of the machine's own time has passed: found by halving."""
    low, high = start, latest
    while high - low > 1_000_000:
        middle = (low + high) // 2
        reached = case.pace.machine_s(middle) - case.pace.machine_s(start) >= seconds
        low, high = (low, middle) if reached else (middle, high)
    return high
