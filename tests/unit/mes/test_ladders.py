"""Who is told of an alarm and when: ladders, shifts, folding, latency. No database, no sockets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.alarms.model import Kind, Priority
from mes.notifications.deciding import Call, Due, Outcome, Plan, again_at, due, folded, occasion
from mes.notifications.latency import Pace, worst
from mes.notifications.model import Channel, Colleague, Ladder, Reason, Roster, Rung, Shift

NINE = datetime(2026, 1, 15, 1, tzinfo=UTC)
"""09:00 in the plant, a Thursday."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
PEOPLE = ("keeper", "lead", "qa", "night")


def colleague(id_: int, username: str, **facts: Any) -> Colleague:
    blank = {"printed_name": username.upper(), "language": "zh", "roles": frozenset({username})}
    return Colleague(id=id_, username=username, **(blank | facts))


COLLEAGUES = tuple(colleague(n, name) for n, name in enumerate(PEOPLE, 1))
TELL = frozenset({Reason.ACKNOWLEDGED, Reason.RETURNED})
RUNGS = (
    Rung(after_s=0, people=("keeper",), tell=TELL),
    Rung(after_s=600, roles=("lead",)),
    Rung(after_s=1200, people=("qa",)),
)


def a_ladder(*rungs: Rung, **facts: Any) -> Ladder:
    blank: dict[str, Any] = {
        "code": "cold",
        "name_en": "Cold",
        "name_zh": "冷库",
        "zones": frozenset(),
        "kinds": frozenset(),
    }
    return Ladder(
        **(blank | {"least": Priority.LOW, "rungs": rungs or RUNGS, "since": NINE - timedelta(days=9)} | facts)
    )


def a_plan(*ladders: Ladder, shifts: tuple[Shift, ...] = (), people: tuple[Colleague, ...] = COLLEAGUES) -> Plan:
    return Plan(ladders=ladders or (a_ladder(),), roster=Roster(colleagues=people, shifts=shifts, zone=SHANGHAI))


def a_call(**facts: Any) -> Call:
    blank: dict[str, Any] = {
        "alarm_id": 1,
        "call": 1,
        "kind": Kind.TEMPERATURE,
        "source": "air-1",
        "priority": Priority.HIGH,
    }
    return Call(**(blank | {"called_at": NINE} | facts))


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def names(found: list[Due]) -> list[tuple[int, int]]:
    return [(each.rung, each.person_id) for each in found]


def told(found: list[Due], failed_at: datetime | None = None) -> dict[tuple[str, int], Outcome]:
    return {(each.occasion, each.person_id): Outcome(failed_at) for each in found}


def test_an_alarm_climbs_rung_by_rung_until_somebody_knows() -> None:
    plan = a_plan()
    assert names(due(NINE, [a_call()], plan, {})) == [(0, 1)]
    known = told(due(NINE, [a_call()], plan, {}))
    assert due(after(9.9), [a_call()], plan, known) == []
    assert names(due(after(10), [a_call()], plan, known)) == [(1, 2)]
    assert due(after(30), [a_call(acked_at=after(5), acked_by="keeper")], plan, known) == []


def test_a_pause_of_the_notifier_leaves_nothing_out() -> None:
    assert names(due(after(25), [a_call()], a_plan(), {})) == [(0, 1), (1, 2), (2, 3)]


def test_a_worse_alarm_is_a_new_call_and_climbs_again() -> None:
    known = told(due(after(15), [a_call()], a_plan(), {}))
    worse = a_call(call=2, priority=Priority.CRITICAL, called_at=after(15))
    assert names(due(after(15), [worse], a_plan(), known)) == [(0, 1)]


def test_what_came_and_went_between_two_looks_is_still_told_once() -> None:
    assert names(due(after(30), [a_call(cleared_at=after(2))], a_plan(), {})) == [(0, 1)]


def test_what_returned_to_normal_climbs_no_further() -> None:
    call = a_call(cleared_at=after(12))
    assert names(due(after(30), [call], a_plan(), {})) == [(0, 1), (1, 2)]


@pytest.mark.parametrize("facts", [{"is_suppressed": True}, {"acked_at": after(0), "acked_by": "keeper"}])
def test_what_is_suppressed_or_known_calls_nobody(facts: dict[str, Any]) -> None:
    assert due(after(60), [a_call(**facts)], a_plan(), {}) == []


def test_who_was_called_is_told_that_it_is_known_and_over_but_not_of_their_own_act() -> None:
    known = told(due(NINE, [a_call()], a_plan(), {}))
    acked = a_call(acked_at=after(3), acked_by="qa")
    [message] = due(after(3), [acked], a_plan(), known)
    assert (message.reason, message.person_id) == (Reason.ACKNOWLEDGED, 1)
    assert due(after(3), [replace(acked, acked_by="keeper")], a_plan(), known) == []
    [back] = due(after(4), [replace(acked, acked_by="keeper", cleared_at=after(4))], a_plan(), known)
    assert back.reason is Reason.RETURNED


def test_a_rung_that_reaches_nobody_makes_the_next_one_due() -> None:
    first = due(NINE, [a_call()], a_plan(), {})
    assert names(due(after(2), [a_call()], a_plan(), told(first, failed_at=after(1)))) == [(1, 2)]
    empty = a_ladder(Rung(after_s=0, people=("nobody",)), *RUNGS[1:])
    assert names(due(NINE, [a_call()], a_plan(empty), {})) == [(1, 2)]


def test_nobody_is_told_that_they_can_not_be_told() -> None:
    call = a_call(kind=Kind.UNDELIVERED, source="keeper/sms")
    assert names(due(after(10), [call], a_plan(), {})) == [(1, 2)]


def test_a_test_calls_everybody_of_its_ladder_at_once_and_no_other() -> None:
    shifted = a_ladder(Rung(after_s=0, people=("keeper",), on_shift=True), *RUNGS[1:])
    plan = a_plan(shifted, a_ladder(code="other"))
    call = a_call(kind=Kind.TEST, source="cold", priority=Priority.LOW)
    assert names(due(NINE, [call], plan, {})) == [(0, 1), (1, 2), (2, 3)]


def test_ladders_are_chosen_by_zone_kind_and_priority() -> None:
    ladder = a_ladder(zones=frozenset({"cold-room-2"}), kinds=frozenset({Kind.TEMPERATURE}), least=Priority.HIGH)
    room = frozenset({"cold-room-2-r2", "cold-room-2"})  # a rack and the room around it
    assert due(NINE, [a_call(zones=room)], a_plan(ladder), {})
    for other in ({"zones": frozenset({"cold-room-1"})}, {"kind": Kind.STALE}, {"priority": Priority.MEDIUM}, {}):
        facts = {"zones": room} | other if other else {}
        assert due(NINE, [a_call(**facts)], a_plan(ladder), {}) == []


def test_a_new_ladder_tells_of_what_stands_and_not_of_what_is_past() -> None:
    plan = a_plan(a_ladder(since=after(60)))
    [found] = due(after(60), [a_call()], plan, {})
    assert found.due_at == after(60)
    assert due(after(61), [a_call(cleared_at=after(30))], plan, {}) == []


def a_shift(start: str, end: str, *people: str, days: frozenset[int] = frozenset(range(7))) -> Shift:
    facts: dict[str, Any] = {"code": "s", "name_en": "s", "name_zh": "s", "days": days, "people": people}
    return Shift(start=time.fromisoformat(start), end=time.fromisoformat(end), **facts)


@pytest.mark.parametrize(
    ("here", "works"),
    [("2026-01-15 19:59:59", False), ("2026-01-15 20:00", True), ("2026-01-16 00:00", True), ("2026-01-16 07:59", True),
     ("2026-01-16 08:00", False), ("2026-01-16 20:00", False), ("2026-01-15 07:59", False)],
)  # fmt: skip
def test_a_night_shift_belongs_to_the_day_it_begins_on_in_the_plants_own_time(here: str, works: bool) -> None:
    """It works on Thursdays only, from 20:00 to 08:00: over the plant's midnight, at 16:00 UTC."""
    roster = a_plan(shifts=(a_shift("20:00", "08:00", "night", days=frozenset({3})),)).roster
    at = datetime.fromisoformat(here).replace(tzinfo=SHANGHAI)
    assert roster.is_on_shift(COLLEAGUES[3], at.astimezone(UTC)) is works


def test_a_shift_of_a_day_never_pauses() -> None:
    assert all(a_shift("08:00", "08:00", "qa").works_at(datetime(2026, 1, d, h)) for d in (1, 2) for h in range(24))  # noqa: DTZ001


def test_who_comes_on_shift_is_told_of_what_nobody_knows_yet() -> None:
    ladder = a_ladder(Rung(after_s=0, people=("keeper", "night"), on_shift=True))
    plan = a_plan(ladder, shifts=(a_shift("08:00", "20:00", "keeper"), a_shift("20:00", "08:00", "night")))
    by_day = due(NINE, [a_call()], plan, {})
    assert names(by_day) == [(0, 1)]
    assert due(after(659), [a_call()], plan, told(by_day)) == []
    assert names(due(after(660), [a_call()], plan, told(by_day))) == [(0, 4)]


def test_an_acknowledged_alarm_that_stands_calls_again() -> None:
    plan = a_plan(a_ladder(realarm_s=1800), a_ladder(code="slow"))
    acked = a_call(acked_at=after(5), acked_by="keeper")
    assert again_at(acked, plan) == after(35)
    for over in ({"cleared_at": after(6)}, {"is_suppressed": True}, {"kind": Kind.CALIBRATION}, {"acked_at": None}):
        assert again_at(replace(acked, **over), plan) is None


def test_a_flood_is_one_message_a_person_a_window() -> None:
    plan = a_plan()
    flood = [a_call(alarm_id=n, source=f"air-{n}") for n in range(1, 41)]
    dues = due(NINE, flood, plan, {})
    [bundle] = folded(NINE, dues, plan, {})
    assert len(bundle.dues) == 40
    assert folded(after(0.5), dues, plan, {1: NINE}) == []
    assert len(folded(after(1), dues, plan, {1: NINE})) == 1


def test_the_worst_latency_is_the_sum_of_what_was_set() -> None:
    found = worst(
        interval_s=30, delay_s=600, after_s=1200, fold_s=60, pace=Pace(edge_s=2, watch_s=1, notify_s=1, send_s=20)
    )
    assert found.total_s == 30 + 600 + 2 + 1 + 1200 + 1 + 60 + 20
    assert [part.name for part in worst(interval_s=30, delay_s=0, after_s=0, fold_s=0).parts] == [
        "interval", "edge", "watch", "notify", "send"]  # fmt: skip


RUNG = st.builds(
    Rung,
    after_s=st.integers(0, 40).map(lambda m: 60.0 * m),
    people=st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
    on_shift=st.booleans(),
    channels=st.just((Channel.EMAIL,)),
)
SHIFTS = (a_shift("09:00", "09:20", "keeper", "lead"), a_shift("09:10", "09:40", "night"))


@given(
    st.lists(RUNG, min_size=1, max_size=4),
    st.one_of(st.none(), st.integers(0, 60)),
    st.one_of(st.none(), st.integers(0, 60)),
    st.lists(st.integers(0, 70), max_size=25),
)
def test_whatever_order_ticks_come_in_nothing_is_told_twice_or_left_out(
    rungs: list[Rung], acked: int | None, cleared: int | None, ticks: list[int]
) -> None:
    """Looked at every minute or now and then, and by several notifiers: what was told is what was due at the looks."""
    ladder = a_ladder(*sorted(rungs, key=lambda rung: rung.after_s))
    plan = a_plan(ladder, shifts=SHIFTS)
    known: dict[tuple[str, int], Outcome] = {}
    expected: set[tuple[str, int]] = set()
    for tick in sorted(ticks):
        call = a_call(
            acked_at=after(acked) if acked is not None and acked <= tick else None,
            acked_by="qa",
            cleared_at=after(cleared) if cleared is not None and cleared <= tick else None,
        )
        found = due(after(tick), [call], plan, known)
        keys = [(each.occasion, each.person_id) for each in found]
        assert len(keys) == len(set(keys))
        assert known.keys().isdisjoint(keys)
        known |= told(found)
        expected |= _expected(ladder, plan, call, tick)
    assert known.keys() == expected


def _expected(ladder: Ladder, plan: Plan, call: Call, tick: int) -> set[tuple[str, int]]:
    """The same in other words: walk the minutes, and take along the rungs that nobody stands on."""
    if call.acked_at is not None:
        return set()
    found: set[tuple[str, int]] = set()
    start_s = float(ladder.rungs[0].after_s)
    for n, rung in enumerate(ladder.rungs):
        begins_s = min(rung.after_s, start_s) if n else rung.after_s
        over_before = n > 0 and call.cleared_at is not None and after(begins_s / 60) >= call.cleared_at
        if begins_s > 60 * tick or over_before:
            break
        present = plan.roster.on(rung, after(tick))
        found |= {(occasion(call, ladder.code, n), each.id) for each in present}
        start_s = begins_s if not present else float("inf")
    return found
