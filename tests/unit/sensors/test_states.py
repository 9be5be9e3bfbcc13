"""What may be said of a sensor on a day, by its certificates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.alarms.model import Priority
from mes.sensors.model import (
    CalibrationState,
    Instrument,
    Standing,
    last_good,
    latest,
    priority_of,
    state_of,
)
from tests.unit.sensors.papers import a_certificate

SENSOR = Instrument(id=1, serial="S-1", model="", unit="Cel", added_at=datetime(2026, 1, 1, tzinfo=UTC), added_by="e")
DUE = date(2026, 6, 1)


def on(day: date, **facts: object) -> CalibrationState:
    return state_of(7, SENSOR, [a_certificate(**facts)], day)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days_left", "standing", "priority"),
    [
        (91, Standing.VALID, None),
        (90, Standing.DUE, Priority.LOW),
        (31, Standing.DUE, Priority.LOW),
        (30, Standing.DUE, Priority.LOW),
        (1, Standing.DUE, Priority.LOW),
        (0, Standing.DUE, Priority.MEDIUM),
        (-1, Standing.OVERDUE, Priority.MEDIUM),
    ],
)
def test_due_in_so_many_days(days_left: int, standing: Standing, priority: Priority | None) -> None:
    state = on(DUE - timedelta(days=days_left))
    assert (state.standing, state.days_left, priority_of(state)) == (standing, days_left, priority)
    assert state.is_trusted == (days_left >= 0)


def test_left_beyond_its_tolerance_is_not_to_be_used() -> None:
    state = on(date(2025, 7, 1), left="0.51")
    assert (state.standing, priority_of(state), state.is_trusted) == (Standing.FAILED, Priority.HIGH, False)


@pytest.mark.parametrize("facts", [{"signed": False}, {"successor_signed": True}, {"on": date(2025, 8, 1)}])
def test_what_does_not_count_yet_or_any_more_says_nothing(facts: dict[str, object]) -> None:
    assert on(date(2025, 7, 1), **facts).standing is Standing.UNKNOWN


def test_without_an_instrument_nothing_is_known_and_nobody_is_told() -> None:
    state = state_of(7, None, [], DUE)
    assert (state.standing, priority_of(state)) == (Standing.UNKNOWN, None)


def test_the_last_good_one_is_looked_for_before_the_day() -> None:
    papers = [
        a_certificate(id_=1, on=date(2024, 6, 1)),
        a_certificate(id_=2, on=date(2024, 12, 1), left="0.6"),
        a_certificate(id_=3, on=date(2025, 6, 1)),
    ]
    good = last_good(papers, date(2025, 6, 1))
    newest = latest(papers, date(2026, 1, 1))
    assert good is not None
    assert newest is not None
    assert (good.id, newest.id) == (1, 3)


@given(st.lists(st.integers(-3, 400), min_size=1, max_size=5, unique=True), st.integers(-400, 400))
def test_priorities_only_rise_as_the_day_comes_nearer(notices: list[int], days_left: int) -> None:
    def rank(days: int) -> int:
        state = CalibrationState(point_id=1, standing=Standing.DUE, days_left=days, notice_days=tuple(notices))
        found = priority_of(state)
        return -1 if found is None else found.rank

    assert rank(days_left) >= rank(days_left + 1)
