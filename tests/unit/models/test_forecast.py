"""Forecasts: known answers of power-fail tests, and a simulated room whose cooling fails."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecast import (
    Course,
    Method,
    TooLittleCourse,
    course,
    fit_course,
    forecast,
    holdover_s,
    newest_course,
)
from models.limits import Side
from simulators.physics.cold_room import ROOMS, ColdRoom
from simulators.physics.weather import Surroundings

MINUTE_US = 60_000_000


def moving(value_c: float, slope_c_per_min: float) -> Course:
    return Course(value_c=value_c, slope_c_per_s=slope_c_per_min / 60, error_c_per_s=0.0, at_us=0)


@pytest.mark.parametrize(
    ("value_c", "around_c", "limit_c", "tau_min", "minutes"),
    [(5, 30, 8, 240, 30.680), (5, 25, 8, 480, 78.009), (7, 30, 8, 240, 10.668), (-20, 25, -15, 600, 70.670)],
)
def test_a_room_without_mains(value_c: float, around_c: float, limit_c: float, tau_min: float, minutes: float) -> None:
    found = forecast(moving(value_c, 0), low=None, high=limit_c, tau_s=tau_min * 60, around_c=around_c)
    assert found.method is Method.THERMAL
    assert found.eta_s / 60 == pytest.approx(minutes, abs=5e-4)


def test_the_power_fail_test_of_the_specification() -> None:
    time = np.arange(4) * 10 * MINUTE_US
    found = fit_course(time, [5.0000, 6.0203, 6.9989, 7.9376], 30.0)
    assert found.tau_s / 60 == pytest.approx(240.0, abs=0.05)
    assert found.r2 > 0.99999
    with pytest.raises(TooLittleCourse):
        fit_course(time[:3], [5.0000, 6.0203, 6.9989], 30.0)
    with pytest.raises(TooLittleCourse):
        fit_course(time, [5.0, 5.0, 5.0, 5.0])
    with pytest.raises(TooLittleCourse):
        fit_course(time, [5.0, 20.0, 29.0, 31.0], 30.0)


def test_a_straight_line_where_no_time_constant_is_known() -> None:
    found = forecast(moving(6.2, 0.03), low=2.0, high=8.0, tau_s=None)
    assert (found.method, found.side, found.limit_c) == (Method.STRAIGHT, Side.HIGH, 8.0)
    assert found.eta_s / 60 == pytest.approx(60.0)


def test_a_room_that_comes_to_rest_within_its_limits_never_leaves_them() -> None:
    found = forecast(moving(6.0, 0.05), low=2.0, high=8.0, tau_s=30 * 60)  # runs to 6 + 30 * 0.05 = 7.5
    assert (found.method, found.side, found.eta_s) == (Method.STEADY, None, inf)
    assert forecast(moving(6.0, 0.05), low=2.0, high=7.4, tau_s=30 * 60).eta_s < inf


def test_a_room_that_gets_too_cold_is_told_of_the_low_limit() -> None:
    found = forecast(moving(3.0, -0.1), low=2.0, high=8.0, tau_s=None)
    assert found.side is Side.LOW
    assert found.eta_s == pytest.approx(600.0)


def test_noise_is_no_course() -> None:
    drawn = np.random.default_rng(1)
    value = 5.0 + 0.1 * drawn.standard_normal(600)
    found = course(np.arange(600) * 1_000_000, value)
    assert found is not None
    assert not found.is_moving(Side.HIGH)
    assert not found.is_moving(Side.LOW)
    rising = course(np.arange(600) * 1_000_000, value + np.arange(600) / 600)
    assert rising is not None
    assert rising.is_moving(Side.HIGH)
    assert rising.slope_c_per_s * 600 == pytest.approx(1.0, abs=0.05)


def test_too_few_readings_are_no_course() -> None:
    assert course([], []) is None
    assert course([0, 1, 2, 3, 4], [1.0, 2.0, np.nan, 4.0, 5.0]) is None
    assert course([7] * 6, [1.0] * 6) is None


@given(tau_min=st.floats(2, 2000), begin=st.floats(-30, 10), rest=st.floats(15, 40), readings=st.integers(20, 200))
def test_any_room_s_time_constant_is_found_again(tau_min: float, begin: float, rest: float, readings: int) -> None:
    seconds = np.linspace(0, 2 * tau_min * 60, readings)
    value = rest + (begin - rest) * np.exp(-seconds / (tau_min * 60))
    found = fit_course((seconds * 1e6).astype(np.int64), value)
    assert found.tau_s == pytest.approx(tau_min * 60, rel=2e-3)
    assert found.rest_c == pytest.approx(rest, abs=0.1)
    known = fit_course((seconds * 1e6).astype(np.int64), value, rest)
    assert known.tau_s == pytest.approx(tau_min * 60, rel=1e-4)


def test_a_failing_compressor_is_foretold_by_the_room_s_own_power_fail_test() -> None:
    """Air, product and walls are three masses in the simulated room; the model knows one, and is near all the same."""
    tested = fit_course(*_uncooled(minutes=40, mains=False))
    time, value = _uncooled(minutes=40, mains=True)
    out_at = time[np.flatnonzero(value > 8.0)[0]]
    for after_min in (5, 7, 9, 12):
        upto = time <= after_min * MINUTE_US
        now = newest_course(time[upto], value[upto])
        assert now is not None
        told = forecast(now, low=2.0, high=8.0, tau_s=tested.tau_s)
        truth_s = (out_at - now.at_us) / 1e6
        assert told.side is Side.HIGH
        assert told.eta_s == pytest.approx(truth_s, abs=120), after_min


def test_holdover_is_the_time_that_a_power_cut_leaves() -> None:
    tested = fit_course(*_uncooled(minutes=40, mains=False))
    time, value = _uncooled(minutes=60, mains=False)
    truth_s = (time[np.flatnonzero(value > 8.0)[0]] - time[0]) / 1e6
    assert holdover_s(float(value[0]), tested, low=2.0, high=8.0) == pytest.approx(truth_s, rel=0.25)


def _uncooled(*, minutes: int, mains: bool) -> tuple[np.ndarray, np.ndarray]:
    """Air of cold room 2 from when its cooling ends, a reading each 20 s: its mains lost, or its compressor broken."""
    room = ColdRoom("cold-room-2", ROOMS["cold-room-2"], seed=3)
    around = Surroundings(
        at_s=0.0, day=1, hour=2.0, outdoor_c=26.0, outdoor_g_kg=9.0, hall_c=26.0, hall_g_kg=8.0, solar=0.0
    )
    for _ in range(6 * 60):
        room.advance(0.0, 20.0, around)
    room.unit.powered, room.unit.failed = mains, True
    times, values = [], []
    for step in range(minutes * 3):
        times.append(step * 20_000_000)
        values.append(room.values()[0])
        room.advance(0.0, 20.0, around)
    return np.array(times), np.array(values)
