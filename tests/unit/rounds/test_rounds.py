"""Rounds without a database: when they are walked, what is in order, what was missed, and their figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from mes.plant.model import Equipment, EquipmentStatus
from mes.rounds.figures import OneRound, Remedy, figures
from mes.rounds.model import EntryUnsound, Miss, RoundEntry, StopStart, Timeliness, fresh, timeliness, verdict
from mes.rounds.scanning import LabelUnknown, machine_of
from mes.rounds.schedule import windows
from mes.rounds.walking import Seen
from mes.rounds.words import ItemWords, RoundWords

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NAME = {"en": "Oil level", "zh": "油位"}
ITEM = {"code": "oil", "name": NAME}
NOW = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)  # a Thursday, 09:00 in Shanghai


def a_round(**said: Any) -> RoundWords:
    words = {"code": "morning", "name": NAME, "windows": [{"start": "07:00", "end": "09:00"}]}
    stops = [{"equipment": "cold-store/room", "items": [ITEM, ITEM | {"code": "noise", "mandatory": False}]}]
    return RoundWords.model_validate(words | {"stops": stops} | said)


def opens(words: RoundWords, days: int = 7, zone: ZoneInfo = SHANGHAI) -> list[str]:
    found = windows(words, NOW, NOW + timedelta(days=days), zone)
    return [each.opens_at.astimezone(zone).strftime("%m-%d %H:%M") for each in found]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({}, ["16", "17", "18", "19", "20", "21", "22"]),
        ({"days": ["mon", "fri"]}, ["16", "19"]),
        ({"first": "2026-01-14", "every_days": 3}, ["17", "20"]),
        ({"month_days": [1, 18]}, ["18"]),
    ],
    ids=["every day", "on weekdays", "every third day", "on days of the month"],
)
def test_a_round_comes_on_its_days(said: dict[str, Any], days: list[str]) -> None:
    assert opens(a_round(**said)) == [f"01-{day} 07:00" for day in days]


def test_a_window_that_lasts_is_walked_and_one_over_midnight_ends_on_the_next_day() -> None:
    words = a_round(windows=[{"start": "22:00", "end": "06:00"}, {"start": "08:30", "end": "09:30"}])
    found = windows(words, NOW, NOW + timedelta(days=1), SHANGHAI)
    hours = [(w.opens_at.astimezone(SHANGHAI).hour, (w.closes_at - w.opens_at) / timedelta(hours=1)) for w in found]
    assert hours == [(8, 1), (22, 8), (8, 1)]


def test_a_window_is_of_the_plants_clock_when_that_changes() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = windows(a_round(), start, start + timedelta(days=2), BERLIN)
    assert [each.opens_at.hour for each in found] == [5, 5], "07:00 in summer, on the day of the change too"


@pytest.mark.parametrize(
    ("item", "value", "kept", "passed"),
    [
        ({}, "ok", "ok", True),
        ({}, "not_ok", "not_ok", False),
        ({"kind": "number", "low": 2, "high": 8}, "2", "2", True),
        ({"kind": "number", "low": 2, "high": 8}, "8,0", "8.0", True),
        ({"kind": "number", "low": 2, "high": 8}, "8.01", "8.01", False),
        ({"kind": "number", "low": 2, "high": 8}, "1.99", "1.99", False),
        ({"kind": "number"}, "-40", "-40", True),
        ({"kind": "meter"}, "99", "99", False),
        ({"kind": "meter"}, "100", "100", True),
        ({"kind": "choice", "choices": ["clear", "cloudy"], "accepted": ["clear"]}, "cloudy", "cloudy", False),
        ({"kind": "choice", "choices": ["clear", "cloudy"]}, "cloudy", "cloudy", True),
        ({"kind": "text"}, " all quiet ", "all quiet", True),
        ({"kind": "photo"}, "", "", True),
        ({"kind": "photo"}, "not_ok", "not_ok", False),
    ],
)
def test_what_is_in_order(item: dict[str, Any], value: str, kept: str, passed: bool) -> None:
    """A meter showed 100 before."""
    assert verdict(ItemWords.model_validate(ITEM | item), value, Decimal(100)) == (kept, passed)


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ({}, ""),
        ({}, "fine"),
        ({"kind": "number"}, "warm"),
        ({"kind": "number"}, "NaN"),
        ({"kind": "number"}, "1e99"),
        ({"kind": "text"}, " "),
        ({"kind": "choice", "choices": ["clear"]}, "foggy"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(item: dict[str, Any], value: str) -> None:
    with pytest.raises(EntryUnsound):
        verdict(ItemWords.model_validate(ITEM | item), value)


@pytest.mark.parametrize(
    "said",
    [
        {"windows": []},
        {"shift": "early"},
        {"every_days": 2},
        {"windows": [{"start": "25:00", "end": "26:00"}]},
        {"stops": []},
        {"stops": [{"equipment": "a/b", "items": [ITEM, ITEM]}]},
        {"stops": [{"equipment": "a/b", "items": [ITEM | {"low": 2}]}]},
        {"stops": [{"equipment": "a/b", "items": [ITEM | {"kind": "number", "low": 2, "high": 1}]}]},
        {"stops": [{"equipment": "a/b", "items": [ITEM | {"kind": "choice"}]}]},
        {"stops": [{"equipment": "a/b", "items": [ITEM]}, {"equipment": "a/b", "items": [ITEM]}]},
    ],
)
def test_a_round_that_makes_no_sense_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_round(**said)


def entry(item: str, *, late: bool) -> RoundEntry:
    facts: dict[str, Any] = {"task_id": 1, "stop": 0, "item": item, "value": "ok", "passed": True, "note": ""}
    times: dict[str, Any] = {"seen_at": NOW, "received_at": NOW}
    nothing: dict[str, Any] = {"order_id": None, "deviation_id": None, "photo_id": None}
    return RoundEntry(id=1, **facts, **times, late=late, actor="operator", **nothing)


def test_what_was_missed_stays_missed_though_it_is_looked_at_late() -> None:
    missed = [Miss(task_id=1, stop=0, item="oil", at=NOW)]
    key, optional = (0, "oil"), (0, "noise")
    assert timeliness(a_round(), [], [], is_over=False)[key] is Timeliness.WAITING
    over = timeliness(a_round(), [], missed, is_over=True)
    assert (over[key], over[optional]) == (Timeliness.MISSED, Timeliness.LEFT_OUT)
    assert timeliness(a_round(), [entry("oil", late=True)], missed, is_over=True)[key] is Timeliness.LATE
    assert timeliness(a_round(), [entry("oil", late=False)], [], is_over=True)[key] is Timeliness.ON_TIME


def test_a_scan_holds_for_its_stop_and_for_a_while() -> None:
    seen = {"scanned": "x", "reason": "", "seen_at": NOW, "received_at": NOW}
    starts = [StopStart(id=1, task_id=1, stop=0, **seen, actor="operator")]  # type: ignore[arg-type]
    holds = timedelta(minutes=15)
    assert fresh(starts, 0, NOW + holds, holds) is starts[0]
    assert fresh(starts, 0, NOW + holds + timedelta(seconds=1), holds) is None
    assert fresh(starts, 1, NOW, holds) is None
    assert fresh(starts, 0, NOW - timedelta(minutes=3), holds) is None, "it was not scanned yet"


@pytest.mark.parametrize(
    ("seen_ms", "sent_ms", "ago"),
    [(None, None, 0), (5_000, 65_000, 60), (65_000, 5_000, 0), (0, 10**12, 30 * 86_400)],
    ids=["online", "a minute in the queue", "a clock that went back", "no longer than is believed"],
)
def test_a_phones_clock_may_be_wrong(seen_ms: int | None, sent_ms: int | None, ago: float) -> None:
    assert (NOW - Seen(seen_ms=seen_ms, sent_ms=sent_ms).at(NOW)).total_seconds() == ago


def a_machine(number: int) -> Equipment:
    where: dict[str, Any] = {"parent_id": None, "zone_id": None, "status": EquipmentStatus.READY, "version": 1}
    return Equipment(
        id=number, path=f"hainan/cold-store/room-{number}", kind="room", name_en="Room", name_zh="冷库", **where
    )


MACHINES = {number: a_machine(number) for number in (1, 2)}


@pytest.mark.parametrize(
    "text",
    [
        "http://plant:8000/maintenance/machines/2",
        " /maintenance/machines/2/ ",
        "hainan/cold-store/room-2",
        "cold-store/room-2",
    ],
)
def test_a_label_names_its_machine(text: str) -> None:
    assert machine_of(text, MACHINES).id == 2


@pytest.mark.parametrize(
    "text", ["", "http://plant/maintenance/machines/9", "room-2", "0106901234567892", "/maintenance/2"]
)
def test_another_label_names_none(text: str) -> None:
    with pytest.raises(LabelUnknown):
        machine_of(text, MACHINES)


def test_figures_of_rounds() -> None:
    """Three rounds of four items: one whole, one with a missed item, one not walked; 7 answers, of which 2 failed."""
    rounds = [
        OneRound(whole=True, items=4, missed=0, answers=4, failed=1),
        OneRound(whole=False, items=4, missed=1, answers=3, failed=1),
        OneRound(whole=False, items=4, missed=4, answers=0, failed=0),
    ]
    day = date(2026, 1, 15)
    remedies = [
        Remedy(due_on=day, done_on=day),
        Remedy(due_on=day, done_on=day + timedelta(days=1)),
        Remedy(due_on=day - timedelta(days=1), done_on=None),
        Remedy(due_on=day, done_on=None),  # not late yet
        Remedy(due_on=day, done_on=None, off=True),
    ]
    told = figures(rounds, remedies, day)
    assert (told.completion, told.on_time) == (Decimal("0.5833"), Decimal("0.3333"))
    assert (told.failure_rate, told.remedied_in_time) == (Decimal("0.2857"), Decimal("0.3333"))


def test_without_rounds_there_is_no_figure() -> None:
    told = figures([], [], date(2026, 1, 15))
    assert (told.completion, told.on_time, told.failure_rate, told.remedied_in_time) == (None, None, None, None)
