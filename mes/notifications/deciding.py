"""What must be told now: alarms, ladders, people and what was told already in, messages due out. Pure; time is given.

An occasion names why a person is told: one alarm, one call of it, one rung. A person is told of an occasion once. What
is due depends on these facts alone, not on how often or when it was asked before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mes.alarms.model import Kind, Priority
from mes.notifications.model import REALARM_S, Colleague, Ladder, Reason, Roster

CALLS_AGAIN = frozenset(
    {
        Kind.TEMPERATURE,
        Kind.CUMULATIVE,
        Kind.RATE,
        Kind.STALE,
        Kind.EDGE_LOST,
        Kind.POWER,
        Kind.DOOR,
        Kind.AUDIT_TAMPER,
    }
)
"""What does not get better by being known. A calibration that is due in 30 days does not call every hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An alarm as it asks for somebody."""

    alarm_id: int
    call: int
    kind: Kind
    source: str
    priority: Priority
    zones: frozenset[str] = frozenset()  # codes of its zone and of those around it
    called_at: datetime
    acked_at: datetime | None = None
    acked_by: str | None = None
    cleared_at: datetime | None = None
    is_suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of telling one person of one occasion. `failed_at`: since when it is known to have reached nobody."""

    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One person is to be told of one occasion."""

    occasion: str
    person_id: int
    reason: Reason
    ladder: str
    rung: int
    due_at: datetime
    alarm_id: int | None = None
    call: int = 0


Told = Mapping[tuple[str, int], Outcome]
"""By occasion and person: what has been told, or is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who is to be told by which ladder."""

    ladders: tuple[Ladder, ...]
    roster: Roster

    def covering(self, call: Call) -> tuple[Ladder, ...]:
        """The ladders that an alarm climbs."""
        return tuple(each for each in self.ladders if each.covers(call.kind, call.source, call.priority, call.zones))


def occasion(call: Call, ladder: str, rung: int) -> str:
    """Name of the occasion that a rung calls people for."""
    return f"alarm:{call.alarm_id}:{call.call}:{ladder}:{rung}"


def due(now: datetime, calls: Iterable[Call], plan: Plan, told: Told) -> list[Due]:
    """Everything that must be told by `now` and was not, the longest due first."""
    found = [each for call in calls for each in _of_call(now, call, plan, told)]
    return sorted(found, key=lambda each: (each.due_at, each.occasion, each.person_id))


def calls_again(now: datetime, calls: Iterable[Call], plan: Plan) -> list[Call]:
    """Alarms that were acknowledged, still stand, and must be looked at again."""
    return [call for call in calls if (at := again_at(call, plan)) is not None and at <= now]


def again_at(call: Call, plan: Plan) -> datetime | None:
    """When an acknowledged alarm calls again unless it is over by then; None: it doesn't."""
    quiet = call.acked_at is None or call.cleared_at is not None or call.is_suppressed
    if quiet or call.acked_at is None or call.kind not in CALLS_AGAIN:
        return None
    soonest_s = min((ladder.realarm_s for ladder in plan.covering(call)), default=REALARM_S)
    return call.acked_at + timedelta(seconds=soonest_s)


def rungs_due(now: datetime, call: Call, ladder: Ladder, plan: Plan, told: Told) -> Iterator[tuple[int, datetime]]:
    """Rungs whose time has come, with it. A rung that reaches nobody makes the next one due at once."""
    is_test = call.kind is Kind.TEST
    # A ladder that is new finds what stands already; what was over before it came is none of its business.
    base = max(call.called_at, ladder.since) if call.cleared_at is None else call.called_at
    ahead: datetime | None = None
    for n, rung in enumerate(ladder.rungs):
        planned = base if is_test else base + timedelta(seconds=rung.after_s)
        at = planned if ahead is None else min(planned, ahead)
        if at > now:
            return
        yield n, at
        people = plan.roster.on(rung, now, everybody=is_test)
        ahead = _given_up_at([told.get((occasion(call, ladder.code, n), each.id)) for each in people], at)


def _given_up_at(outcomes: Sequence[Outcome | None], at: datetime) -> datetime | None:
    failed = [each.failed_at for each in outcomes if each is not None and each.failed_at is not None]
    return max([at, *failed]) if len(failed) == len(outcomes) else None


def _of_call(now: datetime, call: Call, plan: Plan, told: Told) -> Iterator[Due]:
    if call.is_suppressed:
        return
    for ladder in plan.covering(call):
        if call.acked_at is None and (call.cleared_at is None or call.called_at >= ladder.since):
            yield from _climbing(now, call, ladder, plan, told)
    if call.kind is not Kind.TEST:
        yield from _afterwards(now, call, plan, told)


def _climbing(now: datetime, call: Call, ladder: Ladder, plan: Plan, told: Told) -> Iterator[Due]:
    for n, at in rungs_due(now, call, ladder, plan, told):
        if n and call.cleared_at is not None and at >= call.cleared_at:
            return  # over before this rung's time; the first rung is told whatever came and went
        name = occasion(call, ladder.code, n)
        for each in plan.roster.on(ladder.rungs[n], now, everybody=call.kind is Kind.TEST):
            if (name, each.id) not in told and not _is_about(call, each):
                yield _due(call, name, each, Reason.CALL, _Step(ladder.code, n, at))


def _is_about(call: Call, colleague: Colleague) -> bool:
    """Nobody is told that they can't be told."""
    return call.kind is Kind.UNDELIVERED and call.source.partition("/")[0] == colleague.username


def _afterwards(now: datetime, call: Call, plan: Plan, told: Told) -> Iterator[Due]:
    """Who was called is told that it is known, or over, where their rung asks for it."""
    ends = ((Reason.ACKNOWLEDGED, call.acked_at), (Reason.RETURNED, call.cleared_at))
    for reason, at in ends:
        if at is None or at > now or at < call.called_at:
            continue
        name = f"alarm:{call.alarm_id}:{call.call}:{reason}"
        for person, (ladder, n) in _called(call, plan, told, reason).items():
            is_own = reason is Reason.ACKNOWLEDGED and person.username == call.acked_by
            if (name, person.id) not in told and not is_own:
                yield _due(call, name, person, reason, _Step(ladder, n, at))


def _called(call: Call, plan: Plan, told: Told, reason: Reason) -> dict[Colleague, tuple[str, int]]:
    """Who was called by a rung that asks for such a message, with the first of these rungs."""
    found: dict[Colleague, tuple[str, int]] = {}
    for ladder in plan.covering(call):
        for n, rung in enumerate(ladder.rungs):
            for each in plan.roster.colleagues if reason in rung.tell else ():
                if (occasion(call, ladder.code, n), each.id) in told:
                    found.setdefault(each, (ladder.code, n))
    return found


@dataclass(frozen=True, slots=True)
class _Step:
    ladder: str
    rung: int
    at: datetime


def _due(call: Call, name: str, person: Colleague, reason: Reason, step: _Step) -> Due:
    return Due(
        occasion=name,
        person_id=person.id,
        reason=reason,
        ladder=step.ladder,
        rung=step.rung,
        due_at=step.at,
        alarm_id=call.alarm_id,
        call=call.call,
    )


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one person is told in one message."""

    person_id: int
    dues: tuple[Due, ...] = field(default=())


def folded(now: datetime, dues: Iterable[Due], plan: Plan, last: Mapping[int, datetime]) -> list[Bundle]:
    """One message a person; none within the ladder's fold window after their last (`last`: by person, when it was)."""
    fold = {ladder.code: timedelta(seconds=ladder.fold_s) for ladder in plan.ladders}
    by_person: dict[int, list[Due]] = defaultdict(list)
    for each in dues:
        by_person[each.person_id].append(each)
    ready: list[Bundle] = []
    for person_id, waiting in by_person.items():
        window = min((fold.get(each.ladder, timedelta()) for each in waiting), default=timedelta())
        if person_id not in last or last[person_id] + window <= now:
            ready.append(Bundle(person_id, tuple(waiting)))
    return ready
