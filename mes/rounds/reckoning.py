"""Figures of rounds out of what was kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mes.plant import service as plant
from mes.rounds import service
from mes.rounds.applying import SQL
from mes.rounds.figures import OneRound, Remedy, RoundFigures, figures
from mes.rounds.model import RUNNING, Miss, Round, RoundEntry, RoundStatus, unanswered
from telemetry.work import Work

_MOST = 100_000
_UNCOUNTED = RUNNING | {RoundStatus.CANCELLED}
_OFF = frozenset({"rejected", "cancelled"})


@dataclass(frozen=True, slots=True)
class _Order:
    id: int
    status: str
    due_on: date | None
    done_at: datetime | None


async def round_figures(work: Work, days: int) -> RoundFigures:
    """Over the last days, up to now."""
    start, zone = work.now - timedelta(days=days), await plant.time_zone(work)
    found = await service.rounds(work, start=start, end=work.now, limit=_MOST)
    done = {RoundStatus.SUBMITTED, RoundStatus.REVIEWED}  # also before its window ends
    over = [r for r in found if r.status in done or (r.status not in _UNCOUNTED and r.closes_at <= work.now)]
    ids = [each.id for each in over]
    seen, missed = await service.entries(work, ids), await service.misses(work, ids)
    asked = await work.all(SQL["orders_of_rounds"], _Order, start=start, end=work.now)
    remedies = [
        Remedy(due_on=o.due_on, done_on=o.done_at and o.done_at.astimezone(zone).date(), off=o.status in _OFF)
        for o in asked
    ]
    return figures(_counted(over, seen, missed), remedies, work.now.astimezone(zone).date())


def _counted(rounds: Sequence[Round], seen: Iterable[RoundEntry], missed: Iterable[Miss]) -> list[OneRound]:
    answers: dict[int, dict[tuple[int, str], bool]] = {each.id: {} for each in rounds}
    for entry in seen:  # in order of time: the last one of an item counts
        answers[entry.task_id][entry.stop, entry.item] = entry.passed
    misses: dict[int, int] = dict.fromkeys(answers, 0)
    for miss in missed:
        misses[miss.task_id] += 1
    return [
        OneRound(
            whole=not misses[each.id],
            items=len(unanswered(each.words, ())),
            missed=misses[each.id],
            answers=len(answers[each.id]),
            failed=sum(not passed for passed in answers[each.id].values()),
        )
        for each in rounds
    ]
