"""The filling line through its shifts, and with a bearing that wears."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulators.physics.line import FillingLine, State, planned
from simulators.physics.wear import Wear
from simulators.physics.weather import Weather

MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)
"""In the plant's zone."""


def run(line: FillingLine, minutes: int, start: datetime, pace: float = 1.0) -> list[dict[str, float]]:
    weather, seen = Weather(1), []
    for k in range(minutes * 6):
        now = weather.at((start + timedelta(seconds=10 * k)).timestamp())
        line.advance(10.0, 10.0 * pace, now)
        seen.append(dict(zip(FillingLine.measures, line.values(), strict=True)))
    return seen


def test_a_day_has_cleaning_breaks_and_production() -> None:
    assert [planned(hour) for hour in (0.1, 1.0, 4.2, 5.0, 8.2, 9.0, 16.1)] == [
        State.CLEANING,
        State.RUNNING,
        State.STOPPED,
        State.RUNNING,
        State.CLEANING,
        State.RUNNING,
        State.CLEANING,
    ]


def test_counts_grow_as_the_speed_says() -> None:
    seen = run(FillingLine("line-1", 1), 8 * 60, MIDNIGHT)
    made = seen[-1]["good-count"] + seen[-1]["reject-count"]
    assert made == pytest.approx(sum(row["speed"] for row in seen if row["state"] == State.RUNNING) / 6, abs=2)
    assert 0.002 < seen[-1]["reject-count"] / made < 0.012


def test_counts_never_fall_within_a_day_and_begin_at_zero_with_the_next() -> None:
    line = FillingLine("line-1", 1)
    counts = [row["good-count"] for row in run(line, 24 * 60, MIDNIGHT)]
    assert counts == sorted(counts)
    assert counts[-1] > 60_000
    assert run(line, 1, MIDNIGHT + timedelta(days=1))[-1]["good-count"] == 0


def test_a_stopped_line_makes_nothing_and_draws_next_to_nothing() -> None:
    row = run(FillingLine("line-1", 1), 10, MIDNIGHT)[-1]
    assert row["state"] == State.CLEANING
    assert (row["speed"], row["good-count"], row["torque"]) == (0, 0, 0)
    assert row["motor-current"] < 0.1


def test_bearing_wear_shows_as_vibration_heat_and_torque_and_goes_with_a_new_bearing() -> None:
    line = FillingLine("line-1", 1)
    healthy = run(line, 60, MIDNIGHT + timedelta(hours=1))[-1]
    line.bearing.wearing = Wear("bearing-wear line-1", 3000.0, seed=1, bend=1.5)
    worn = [row for row in run(line, 90, MIDNIGHT + timedelta(hours=2)) if row["state"] == State.RUNNING][-1]
    assert worn["vibration"] > 4.5 > 1.8 > healthy["vibration"]
    assert worn["bearing-temperature"] > healthy["bearing-temperature"] + 15
    assert worn["torque"] > healthy["torque"] + 0.4
    line.bearing.wearing = None
    mended = [row for row in run(line, 60, MIDNIGHT + timedelta(hours=4.6)) if row["state"] == State.RUNNING][-1]
    assert mended["vibration"] < 1.8


def test_a_faster_physics_wears_the_bearing_faster_but_counts_by_the_clock() -> None:
    slow, fast = FillingLine("line-1", 1), FillingLine("line-1", 1)
    for line, pace in ((slow, 1.0), (fast, 10.0)):
        line.bearing.wearing = Wear("bearing-wear line-1", 6000.0, seed=1)
        run(line, 5, MIDNIGHT + timedelta(hours=1), pace)
    assert fast.bearing.wear > 4 * slow.bearing.wear
    assert abs(fast.good - slow.good) <= 10
