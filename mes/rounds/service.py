"""Rounds are set down ahead, opened and closed by the clock, and reviewed by somebody who did not walk them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mes.plant import service as plant
from mes.plant.model import Equipment
from mes.rounds.applying import SQL
from mes.rounds.model import (
    ROUND,
    RUNNING,
    Miss,
    Round,
    RoundEntry,
    RoundFacts,
    RoundStatus,
    StopStart,
    unanswered,
)
from mes.rounds.schedule import windows
from mes.rounds.words import RoundWords
from mes.transitions import StaleVersion
from telemetry.errors import NotFound
from telemetry.work import Work

ENTITY = "round"
AHEAD, BEHIND = timedelta(hours=24), timedelta(days=7)
"""How far ahead rounds are set down; and how far back, where the system was down meanwhile: those were missed."""


class RoundNotFound(NotFound):
    """There is no such round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPlan:
    """A way through the plant that is walked again and again."""

    id: int
    code: str
    definition: str
    since: datetime
    retired: bool
    words: RoundWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", RoundWords.model_validate_json(self.definition))


async def plans(work: Work, *, with_retired: bool = False) -> list[RoundPlan]:
    """Plans of rounds, by code."""
    return await work.all(SQL["plans"], RoundPlan, with_retired=with_retired)


async def round_(work: Work, round_id: int) -> Round:
    """One round. Raises RoundNotFound."""
    found = await work.one(SQL["round"], Round, id=round_id)
    if found is None:
        raise RoundNotFound(round_id=round_id)
    return found


async def rounds(
    work: Work,
    *,
    statuses: Iterable[RoundStatus] | None = None,
    plan_id: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Round]:
    """Rounds, the newest window first; `start`, `end`: whose windows reach into that time."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    filters = {"statuses": chosen, "plan_id": plan_id, "start": start, "end": end, "below": below}
    return await work.all(SQL["rounds"], Round, **filters, limit=limit)


async def starts(work: Work, round_id: int) -> list[StopStart]:
    """When somebody stood at its stops, in order of time."""
    return await work.all(SQL["starts"], StopStart, task_id=round_id)


async def entries(work: Work, round_ids: Iterable[int]) -> list[RoundEntry]:
    """What was seen on these rounds, in order of time."""
    return await work.all(SQL["entries"], RoundEntry, task_ids=list(round_ids))


async def misses(work: Work, round_ids: Iterable[int]) -> list[Miss]:
    """What nobody had looked at when the windows ended."""
    return await work.all(SQL["misses"], Miss, task_ids=list(round_ids))


async def machines(work: Work, found: Round) -> list[Equipment | None]:
    """By stop: its machine; None for one that has left the plant since."""
    site = await plant.site(work)
    by_path = {each.path: each for each in await plant.equipment(work)}
    return [by_path.get(f"{site.code if site else ''}/{stop.equipment}") for stop in found.words.stops]


async def look_at_rounds(work: Work) -> None:
    """Set down what comes, open and close by the clock. The watch does this now and then."""
    await work.run(SQL["lock_rounds"])
    zone = await plant.time_zone(work)
    for plan in await plans(work):
        await _set_down(work, plan, zone)
    for due in await work.all(SQL["due_changes"], _Due, now=work.now):
        await up_to_date(work, await locked(work, due.id))


async def _set_down(work: Work, plan: RoundPlan, zone: ZoneInfo) -> None:
    start = max(plan.since, work.now - BEHIND)
    known = {row.opens_at for row in await work.all(SQL["known_windows"], _Opens, plan_id=plan.id, start=start)}
    for window in windows(plan.words, start, work.now + AHEAD, zone):
        if window.opens_at in known:
            continue
        number = await plant.next_number(work, "RND")
        told = {"number": number, "opens_at": window.opens_at, "closes_at": window.closes_at}
        made = await work.one(SQL["set_down"], Round, plan_id=plan.id, definition=plan.definition, **told)
        if made is not None:
            work.audit(f"{ENTITY}.set_down", ENTITY, made.id, after=told | {"plan": plan.code})


@dataclass(frozen=True, slots=True)
class _Opens:
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class _Due:
    id: int


async def locked(work: Work, round_id: int, version: int | None = None) -> Round:
    """A round that nobody else changes until the end of this work. Raises RoundNotFound, StaleVersion."""
    found = await work.one(SQL["lock_round"], Round, id=round_id)
    if found is None:
        raise RoundNotFound(round_id=round_id)
    if version is not None and found.version != version:
        raise StaleVersion(ENTITY, round_id, yours=version, current=found.version)
    return found


async def up_to_date(work: Work, found: Round) -> Round:
    """What the clock says of a round that is locked: opened, or closed with what is missing marked as missed."""
    if found.status is RoundStatus.SCHEDULED and await work.scalar(SQL["plan_is_retired"], id=found.plan_id):
        return await step(work, found, "call_off", RoundFacts())
    if found.status in RUNNING and found.closes_at <= work.now:
        return await _close(work, found)
    if found.status is RoundStatus.SCHEDULED and found.opens_at <= work.now:
        return await step(work, found, "open", RoundFacts())
    return found


async def _close(work: Work, found: Round) -> Round:
    """The window is over. A round that was walked whole is handed in though nobody has said so."""
    answered = {(each.stop, each.item) for each in await entries(work, [found.id])}
    missing = unanswered(found.words, answered)
    for stop, item in missing:
        await work.run(SQL["add_miss"], task_id=found.id, stop=stop, item=item, now=work.now)
    name = "miss" if found.status is not RoundStatus.IN_PROGRESS else "cut_short" if missing else "submit"
    closed = await step(work, found, name, RoundFacts(), closed_at=work.now)
    if missing:
        told = {"number": found.number, "missed": len(missing)}
        work.audit(f"{ENTITY}.missed", ENTITY, found.id, after=told | {"items": [f"{n}/{code}" for n, code in missing]})
        await work.emit("round.missed", round_id=found.id, **told)
    return closed


async def step(work: Work, found: Round, name: str, facts: RoundFacts, **changed: object) -> Round:
    """Take a locked round a step further. Raises Refused with the guards that failed."""
    row = ROUND.step(name, found.id, found.status, facts)
    names = ("started_by", "started_at", "submitted_by", "submitted_at", "closed_at", "reviewed_by", "reviewed_at")
    said = dict.fromkeys((*names, "remark")) | changed
    after = await work.one(SQL["step"], Round, id=found.id, status=row.target, **said)
    if after is None:
        raise RoundNotFound(round_id=found.id)
    now = {"status": row.target} | changed
    work.audit(f"{ENTITY}.{name}", ENTITY, found.id, before={"status": found.status}, after=now)
    await work.emit("round.step", round_id=found.id, number=found.number, step=name, status=row.target)
    return after


async def review(work: Work, round_id: int, *, version: int, remark: str = "") -> Round:
    """Somebody who did not walk it has looked at it; of what is missing they say something.

    Raises RoundNotFound, StaleVersion, Refused with the guards that failed.
    """
    found = await up_to_date(work, await locked(work, round_id, version))
    seen = await entries(work, [round_id])
    walkers = {each.actor for each in seen} | {each.actor for each in await starts(work, round_id)}
    whole = found.status is RoundStatus.SUBMITTED and not await misses(work, [round_id])
    facts = RoundFacts(actor=work.actor, walkers=frozenset(walkers), whole=whole, remark=remark)
    said = {"reviewed_by": work.actor, "reviewed_at": work.now, "remark": remark.strip() or None}
    return await step(work, found, "review", facts, **said)
