"""When planned work is due: days that do not wander, hours that no reset loses or invents."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.maintenance.due import Cycle, Standing, Use, next_day, standing
from mes.maintenance.words import CalendarWords, PlanWords

NAME = {"en": "Service", "zh": "保养"}
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def plan(**rule: object) -> PlanWords:
    said = {"code": "service", "equipment": "cold-store/cold-room-1-compressor", "name": NAME}
    return PlanWords.model_validate(said | rule)


def every_month(first: str, **more: object) -> CalendarWords:
    return CalendarWords.model_validate({"first": first, "months": 1} | more)


def hours(n: int) -> PlanWords:
    return plan(running={"hours": n, "measure": "current", "above": 2.0})


def test_the_first_is_due_on_its_first_day() -> None:
    assert next_day(every_month("2026-01-31"), Cycle()) == date(2026, 1, 31)


def test_a_schedule_from_before_the_plan_owes_nothing() -> None:
    assert next_day(every_month("2020-01-31"), Cycle(began_on=date(2026, 2, 1))) == date(2026, 2, 28)
    assert next_day(every_month("2026-03-31"), Cycle(began_on=date(2026, 2, 1))) == date(2026, 3, 31)


def test_the_end_of_the_month_does_not_wander() -> None:
    rule, day, found = every_month("2026-01-31"), date(2026, 1, 31), []
    for _ in range(4):
        day = next_day(rule, Cycle(last_due=day, ended_on=day))
        found.append(day.isoformat())
    assert found == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_done_early_the_schedule_stays_and_done_late_no_day_is_due_twice() -> None:
    rule = every_month("2026-03-10")
    early = Cycle(last_due=date(2026, 4, 10), ended_on=date(2026, 4, 3))
    assert next_day(rule, early) == date(2026, 5, 10)
    late = Cycle(last_due=date(2026, 4, 10), ended_on=date(2026, 6, 1))
    assert next_day(rule, late) == date(2026, 6, 10)


def test_counted_from_completion_it_moves_with_the_work() -> None:
    rule = CalendarWords.model_validate({"first": "2026-03-01", "days": 30, "counted_from": "completion"})
    assert next_day(rule, Cycle(last_due=date(2026, 3, 1), ended_on=date(2026, 3, 11))) == date(2026, 4, 10)


@given(DAYS, st.integers(1, 400), DAYS, st.integers(0, 500))
def test_the_next_day_lies_on_the_schedule_and_behind_what_was_done(
    first: date, days: int, due: date, late: int
) -> None:
    rule = CalendarWords(first=first, days=days)
    ended = due + timedelta(days=late)
    found = next_day(rule, Cycle(last_due=due, ended_on=ended))
    assert found > ended or found == first
    assert (found - first).days % days == 0
    assert found == first or found - timedelta(days=days) <= ended, "no day of the schedule is left out"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-02-20", Standing.WAITING),
        ("2026-02-22", Standing.DUE_SOON),
        ("2026-02-28", Standing.DUE_SOON),
        ("2026-03-01", Standing.DUE),
        ("2026-03-02", Standing.OVERDUE),
    ],
)
def test_by_calendar(today: str, expected: Standing) -> None:
    asked = plan(calendar={"first": "2026-03-01", "months": 1})
    assert standing(asked, date.fromisoformat(today), Cycle(), None).standing is expected


@pytest.mark.parametrize(
    ("used", "unknown", "expected"),
    [
        (449, 0, Standing.WAITING),
        (450, 0, Standing.DUE_SOON),
        (400, 99, Standing.DUE_SOON),
        (400, 100, Standing.DUE),  # what nobody knows is charged as running
        (549, 0, Standing.DUE),
        (550, 0, Standing.OVERDUE),
    ],
)
def test_by_hours_of_running(used: int, unknown: int, expected: Standing) -> None:
    use = Use(used=Decimal(used), unknown=Decimal(unknown), days=Decimal(40))
    found = standing(hours(500), date(2026, 3, 1), Cycle(), use)
    assert found.standing is expected


def test_the_day_is_foretold_as_it_goes_on() -> None:
    use = Use(used=Decimal(250), days=Decimal(20))
    assert standing(hours(500), date(2026, 3, 1), Cycle(), use).due_on == date(2026, 3, 21)
    still = Use(used=Decimal(0), days=Decimal(20))
    assert standing(hours(500), date(2026, 3, 1), Cycle(), still).due_on is None


@pytest.mark.parametrize(
    "rule", [{}, {"calendar": {"first": "2026-03-01"}}, {"calendar": {"first": "2026-03-01", "days": 1, "months": 1}}]
)
def test_a_plan_has_one_rule(rule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="says"):
        plan(**rule)
