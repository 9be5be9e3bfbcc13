"""Known answers: mean kinetic temperature M1 to M14, the buffered probe, and when a room will be out."""

from __future__ import annotations

from math import inf, isnan, nan

import numpy as np
import pytest

from models.kinetics import (
    ACTIVATION_K,
    buffered_probe_c,
    fit_tau_s,
    mean_kinetic,
    mean_kinetic_c,
    rate_of_change_per_h,
    straight_time_to_breach_s,
    time_to_breach_s,
)
from models.limits import Side
from tests.unit.models.readings import BAD, Read, at, every, in_columns

DOOR_DAY = [4.1, 4.3, 4.0, 4.2, 4.4, 5.0, 6.8, 9.7, 11.9, 12.4, 10.6, 8.1]
DOOR_DAY += [6.4, 5.3, 4.8, 4.5, 4.3, 4.2, 4.1, 4.0, 4.1, 4.2, 4.1, 4.0]


@pytest.mark.parametrize(
    ("held", "mean", "kinetic"),
    [
        pytest.param([(5, 24)], 5.0, 5.0, id="M1"),
        pytest.param([(5, 23), (15, 1)], 5.4167, 5.7635, id="M2"),
        pytest.param([(5, 21), (15, 3)], 6.25, 7.1066, id="M3"),
        pytest.param([(5, 19.5), (15, 4.5)], 6.875, 7.9883, id="M4"),
        pytest.param([(5, 18), (14, 6)], 7.25, 8.2852, id="M5"),
        pytest.param([(4, 18), (14, 6)], 6.5, 7.7962, id="M6"),
        pytest.param([(4, 14), (10, 8), (16, 2)], 7.0, 8.0048, id="M7"),
        pytest.param([(22, 717), (29, 3)], 22.0292, 22.0432, id="M8"),
        pytest.param([(24, 696), (40, 24)], 24.5333, 25.2602, id="M9"),
        pytest.param([(20, 360), (30, 360)], 25.0, 26.2599, id="M10"),
        pytest.param([(-20, 23), (-5, 1)], -19.375, -18.1199, id="M11"),
        pytest.param([(20, 1), (25, 1), (30, 1)], 25.0, 25.8582, id="M12"),
        pytest.param([(t, 1) for t in DOOR_DAY], 5.8125, 6.2871, id="M13"),
    ],
)
def test_mean_kinetic_vectors(held: list[tuple[float, float]], mean: float, kinetic: float) -> None:
    temperature, hours = zip(*held, strict=True)
    assert np.average(temperature, weights=hours) == pytest.approx(mean, abs=5e-5)
    assert mean_kinetic_c(temperature, hours) == pytest.approx(kinetic, abs=5e-5)


def test_m14_readings_that_come_faster_when_it_is_warm_weigh_by_their_time() -> None:
    readings: list[Read] = [*every(30, 0, 60, 5), *every(2, 62, 70, 12), (72, 5), (102, 5)]
    time, value, quality = in_columns(readings)
    found = mean_kinetic(time, value, quality, stale_s=1800, from_us=at(0), until_us=at(102))
    assert found.kinetic_c == pytest.approx(6.0101, abs=5e-5)
    assert (found.known_s, found.unknown_s) == (102 * 60, 0)
    assert mean_kinetic_c(value, np.ones(len(value))) == pytest.approx(9.2068, abs=5e-5)  # the trap


def test_a_gap_is_told_and_not_averaged() -> None:
    readings: list[Read] = [(-10, 5), (5, 15), (90, 5), (95, nan, BAD)]
    found = mean_kinetic(*in_columns(readings), stale_s=900, from_us=at(0), until_us=at(120))
    assert (found.known_s, found.unknown_s) == ((5 + 15 + 5) * 60, (70 + 25) * 60)
    assert found.mean_c == pytest.approx((10 * 5 + 15 * 15) / 25)
    assert found.kinetic_c == pytest.approx(mean_kinetic_c([5, 15], [10, 15]))


def test_of_two_readings_of_one_moment_the_warmer_counts() -> None:
    for readings in ([(0, 5.0), (0, 9.0)], [(0, 9.0), (0, 5.0)]):
        found = mean_kinetic(*in_columns(readings), stale_s=900, from_us=at(0), until_us=at(10))
        assert found.mean_c == 9.0


def test_a_window_of_which_nothing_is_known_has_no_mean() -> None:
    found = mean_kinetic([], [], [], stale_s=900, from_us=at(0), until_us=at(10))
    assert isnan(found.kinetic_c)
    assert isnan(found.mean_c)
    assert (found.known_s, found.unknown_s) == (0, 600)


@pytest.mark.parametrize(("base_c", "hours"), [(3, 6.168), (4, 5.431), (5, 4.521), (6, 3.379), (7, 1.918)])
def test_hours_at_15_degrees_until_a_day_at_2_to_8_fails(base_c: float, hours: float) -> None:
    assert mean_kinetic_c([base_c, 15], [24 - hours, hours]) == pytest.approx(8, abs=1e-3)


@pytest.mark.parametrize(("base_c", "hours"), [(20, 70.94), (22, 48.66), (24, 18.78)])
def test_hours_at_40_degrees_until_a_month_at_room_temperature_fails(base_c: float, hours: float) -> None:
    assert mean_kinetic_c([base_c, 40], [720 - hours, hours]) == pytest.approx(25, abs=1e-3)


def test_b5_a_buffered_probe_lags_behind_the_air() -> None:
    minutes = np.arange(31)
    air = np.where((minutes >= 1) & (minutes <= 8), 12.0, 5.0)
    shown = buffered_probe_c([at(m) for m in minutes.tolist()], air, 15 * 60, 5.0)
    assert shown.argmax() == 8
    assert (shown[8], shown[30]) == (pytest.approx(7.8935, abs=5e-5), pytest.approx(5.6675, abs=5e-5))


def test_b5_a_step_of_the_air_is_seen_at_the_fourth_minute() -> None:
    shown = buffered_probe_c([at(m) for m in range(10)], [5.0, *[20.0] * 9], 15 * 60)
    assert np.flatnonzero(shown > 8)[0] == 4


def test_b5_irregular_readings_use_the_time_between_them() -> None:
    close = buffered_probe_c([at(m) for m in range(11)], [5.0, *[20.0] * 10], 15 * 60)
    apart = buffered_probe_c([at(0), at(3), at(4), at(10)], [5.0, 20.0, nan, 20.0], 15 * 60)
    assert apart[[0, 1, 3]] == pytest.approx(close[[0, 3, 10]])
    assert isnan(apart[2])


def test_b5_a_probe_that_never_read_shows_nothing() -> None:
    assert np.isnan(buffered_probe_c([at(0), at(1)], [nan, nan], 900)).all()


@pytest.mark.parametrize(
    ("temperature", "ambient", "limit", "tau", "minutes"),
    [(5, 30, 8, 240, 30.680), (5, 25, 8, 480, 78.009), (7, 30, 8, 240, 10.668), (-20, 25, -15, 600, 70.670)],
)
def test_b6_time_to_breach(temperature: float, ambient: float, limit: float, tau: float, minutes: float) -> None:
    found = time_to_breach_s(temperature, ambient_c=ambient, limit_c=limit, tau_s=tau * 60)
    assert found / 60 == pytest.approx(minutes, abs=5e-4)


def test_b6_never_already_and_towards_the_cold() -> None:
    assert time_to_breach_s(5, ambient_c=8, limit_c=8, tau_s=60) == inf
    assert time_to_breach_s(8.1, ambient_c=30, limit_c=8, tau_s=60) == 0
    cold = time_to_breach_s(5, ambient_c=-20, limit_c=2, tau_s=240 * 60, side=Side.LOW)
    assert cold / 60 == pytest.approx(240 * np.log(25 / 22))


def test_b6_time_constant_of_a_power_fail_test() -> None:
    time = [at(m) for m in (0, 10, 20, 30)]
    assert fit_tau_s(time, [5.0000, 6.0203, 6.9989, 7.9376], 30) / 60 == pytest.approx(240.0, abs=0.05)
    assert isnan(fit_tau_s(time, [5, 5, 5, 5], 30))


def test_b6_a_straight_line_where_nothing_else_is_known() -> None:
    assert straight_time_to_breach_s(6.2, slope_c_per_s=0.03 / 60, limit_c=8) == pytest.approx(3600)
    assert straight_time_to_breach_s(6.2, slope_c_per_s=-0.1, limit_c=8) == inf
    assert straight_time_to_breach_s(9, slope_c_per_s=-0.1, limit_c=8) == 0
    assert straight_time_to_breach_s(4, slope_c_per_s=-1 / 60, limit_c=2, side=Side.LOW) == pytest.approx(120)


def test_rate_of_change_by_least_squares() -> None:
    assert rate_of_change_per_h([at(m) for m in range(5)], [5.0, 5.1, 5.3, 5.4, 5.6]) == pytest.approx(9.0)
    assert isnan(rate_of_change_per_h([at(0)], [5.0]))


@pytest.mark.parametrize(("celsius", "factor"), [(8, 1.468), (10, 1.887), (15, 3.482), (25, 11.152), (30, 19.392)])
def test_b1_how_much_faster_a_product_ages_than_at_5_degrees(celsius: float, factor: float) -> None:
    """So many hours at 5 °C age it as one hour does: an hour beside them has the mean that says so."""
    aged = np.exp(ACTIVATION_K / 278.15 - ACTIVATION_K / (celsius + 273.15))
    assert aged == pytest.approx(factor, abs=5e-4)
    mean_k = mean_kinetic_c([celsius, 5], [1, 23]) + 273.15
    assert np.exp(ACTIVATION_K / 278.15 - ACTIVATION_K / mean_k) == pytest.approx((23 + factor) / 24, abs=5e-5)
