"""Four short warmings that no single one alarms add up to an hour in a day."""

from __future__ import annotations

import pytest

from models.cumulative import Most, cumulative_s, exceeded, most, out_intervals
from models.interval import Interval
from tests.unit.models.readings import Read, a_limit, at, every, in_columns

DAY_S = 86_400
WARMINGS = [Interval(at(start), at(end)) for start, end in [(0, 15), (180, 195), (360, 375), (540, 555)]]


@pytest.mark.parametrize(("minute", "minutes_out"), [(375, 45), (555, 60), (1440, 60), (1455, 45), (547.5, 52.5)])
def test_b3_vector(minute: float, minutes_out: float) -> None:
    assert cumulative_s(WARMINGS, at(minute), DAY_S) == minutes_out * 60


def test_b3_the_alarm_stands_while_the_window_holds_an_hour() -> None:
    assert exceeded(WARMINGS, DAY_S, 3600, until_us=at(2000)) == (Interval(at(555), at(1440)),)
    assert exceeded(WARMINGS, DAY_S, 3600, until_us=at(600)) == (Interval(at(555), at(600)),)
    assert exceeded(WARMINGS, DAY_S, 3600, until_us=at(554)) == ()


def test_the_moment_within_a_warming_at_which_the_allowance_is_used_up() -> None:
    assert exceeded(WARMINGS, DAY_S, 50 * 60, until_us=at(2000)) == (Interval(at(545), at(1450)),)


def test_an_allowance_reached_and_left_in_one_moment() -> None:
    back_to_back = [Interval(at(0), at(10)), Interval(at(60), at(70))]
    assert exceeded(back_to_back, 60 * 60, 600, until_us=at(200)) == (Interval(at(10), at(120)),)
    assert exceeded(back_to_back, 69 * 60, 1200, until_us=at(200)) == ()
    assert exceeded(back_to_back, 70 * 60, 1200, until_us=at(200)) == (Interval(at(70), at(70)),)


def test_nothing_out_is_never_exceeded() -> None:
    assert exceeded([], DAY_S, 60, until_us=at(100)) == ()


def test_times_out_come_from_readings_that_held() -> None:
    readings: list[Read] = [(0, 5), (5, 9), (10, 7.9), (15, 8.1), (60, 5), *every(5, 70, 80, 1.0)]
    time, value, quality = in_columns(readings)
    assert out_intervals(time, value, quality, a_limit(), until_us=at(82)) == (
        Interval(at(5), at(10)),
        Interval(at(15), at(30)),  # stale after a quarter of an hour
        Interval(at(70), at(82)),
    )


def test_b3_the_most_that_any_day_had_and_when_it_was_reached() -> None:
    assert most(WARMINGS, DAY_S) == Most(3600.0, at(555))
    assert most(WARMINGS, 4 * 3600) == Most(1800.0, at(195))
    assert most([], DAY_S) is None
