"""Times to acknowledge, chattering, standing alarms and floods, with answers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mes.alarms.model import Kind, Priority
from mes.alarms.performance import Called, Chatter, Figures, Flood, Source, figures, performance

NINE = datetime(2026, 1, 15, 1, tzinfo=UTC)


def a_call(at_s: float = 0, acked_s: float | None = None, **facts: Any) -> Called:
    called = NINE + timedelta(seconds=at_s)
    blank: dict[str, Any] = {"alarm_id": 1, "call": 1, "kind": Kind.TEMPERATURE, "source": "air-1", "zone_id": 2}
    blank |= {"priority": Priority.HIGH, "cleared_at": called + timedelta(hours=1)}
    acked = None if acked_s is None else called + timedelta(seconds=acked_s)
    return Called(**(blank | facts), called_at=called, acked_at=acked)


def test_times_to_acknowledge() -> None:
    waits = [10, 20, 30, 40, 50, 60, 70, 80, 90, 1000]
    calls = [a_call(acked_s=wait) for wait in waits] + [a_call()]
    assert figures(calls) == Figures(11, 10, 145, 55, 90, 1000)
    assert figures([a_call(acked_s=7)]) == Figures(1, 1, 7, 7, 7, 7)
    assert figures([a_call()]) == Figures(1, 0, None, None, None, None)
    assert figures([]) == Figures(0, 0, None, None, None, None)


def test_by_kind_priority_zone_and_shift() -> None:
    calls = [a_call(acked_s=60), a_call(3600, 600, kind=Kind.STALE, zone_id=None, priority=Priority.LOW)]
    found = performance(calls, NINE + timedelta(days=1), lambda at: "day" if at == NINE else "night")
    assert {kind: each.max_s for kind, each in found.by_kind.items()} == {Kind.TEMPERATURE: 60, Kind.STALE: 600}
    assert {zone: each.n for zone, each in found.by_zone.items()} == {2: 1, None: 1}
    assert {shift: each.max_s for shift, each in found.by_shift.items()} == {"day": 60, "night": 600}
    assert found.by_priority[Priority.LOW].n == 1
    assert (found.chattering, found.standing, found.floods) == ((), (), ())


def test_an_alarm_that_comes_three_times_a_minute_chatters() -> None:
    calls = [a_call(at) for at in (0, 30, 60, 200, 300)] + [a_call(at, source="calm") for at in (0, 31, 62)]
    assert performance(calls, NINE, str).chattering == (Chatter(Kind.TEMPERATURE, "air-1", 3, 5),)


def test_a_call_that_is_not_the_first_is_no_chatter_and_no_flood() -> None:
    calls = [a_call(n, call=n + 1) for n in range(30)]
    found = performance(calls, NINE, str)
    assert (found.chattering, found.floods, found.whole.n, found.raised) == ((), (), 30, 1)


def test_those_that_call_most_come_first_and_the_densest_ten_minutes_are_counted() -> None:
    calls = [a_call(at, source="b") for at in (0, 100, 700)] + [a_call(50), a_call(60, call=2)]
    found = performance(calls, NINE, str)
    assert found.sources == (Source(Kind.TEMPERATURE, "b", 3), Source(Kind.TEMPERATURE, "air-1", 1))
    assert found.most_at_once == 3


def test_what_stands_for_more_than_a_day() -> None:
    open_one, short = a_call(cleared_at=None), a_call(1)
    exactly = a_call(cleared_at=NINE + timedelta(hours=24))
    found = performance([open_one, short, exactly], NINE + timedelta(hours=25), str)
    assert found.standing == (open_one,)


def test_more_than_ten_alarms_in_ten_minutes_are_a_flood_and_ten_are_none() -> None:
    ten = [a_call(n * 60, source=f"p{n}") for n in range(10)]
    assert performance(ten, NINE, str).floods == ()
    flood = [a_call(n * 60, source=f"p{n}") for n in range(15)]
    later = [a_call(90_000 + n, source=f"q{n}") for n in range(11)]
    assert performance([*later, *flood], NINE, str).floods == (
        Flood(NINE, NINE + timedelta(minutes=14), 15),
        Flood(NINE + timedelta(seconds=90_000), NINE + timedelta(seconds=90_010), 11),
    )
