"""What loggers show: means that weigh, spots, uniformity at one moment, power-fail and door with known answers."""

from __future__ import annotations

from decimal import Decimal
from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import mapping_course as course
from models.columns import Columns
from models.limits import Limit

MIN_US = 60_000_000
LIMIT = Limit(low=2, high=8, delay_s=0, deadband=0, stale_s=600, resolution=Decimal("0.1"))


def logger(*readings: tuple[float, float]) -> Columns:
    """(minute, °C)."""
    time, value = zip(*readings, strict=True)
    n = len(readings)
    return Columns(np.array([round(m * MIN_US) for m in time]), np.array(value, float), np.full(n, 192, np.uint8))


def test_means_weigh_each_reading_by_how_long_it_held() -> None:
    told = course.statistics(logger((0, 4.0), (10, 6.0), (40, 5.0)), 0, 60 * MIN_US, 1800)
    assert told is not None
    assert told.mean_c == pytest.approx((4 * 10 + 6 * 30 + 5 * 20) / 60)
    assert (told.low_c, told.low_us, told.high_c, told.high_us) == (4.0, 0, 6.0, 10 * MIN_US)
    assert told.known_share == 1.0
    assert told.fluctuation_c == 1.0
    assert told.mean_c < told.kinetic_c < told.high_c


def test_what_is_unknown_is_told_as_a_share() -> None:
    told = course.statistics(logger((0, 4.0), (50, 4.0)), 0, 60 * MIN_US, 600)
    assert told is not None
    assert told.known_share == pytest.approx(20 / 60)
    assert course.statistics(logger((90, 4.0)), 0, 60 * MIN_US, 600) is None


def test_uniformity_is_of_one_moment() -> None:
    """Both loggers move by 3 °C, never at the same moment: together they are 1 °C apart at most."""
    one = logger((0, 4.0), (10, 5.0), (20, 6.0), (30, 7.0))
    other = logger((0, 4.5), (10, 5.5), (20, 7.0), (30, 7.5))
    told = course.uniformity({"A": one, "B": other}, 0, 40 * MIN_US, step_s=600, hold_s=900)
    assert told is not None
    assert (told.worst_c, told.worst_us, told.warmest, told.coldest) == (1.0, 20 * MIN_US, "B", "A")
    assert told.mean_c == pytest.approx((0.5 + 0.5 + 1.0 + 0.5) / 4)
    late = logger((20, 7.0))
    partly = course.uniformity({"A": one, "B": late}, 0, 40 * MIN_US, step_s=600, hold_s=900)
    assert partly is not None
    assert partly.moments == 2  # moments at which one is unknown don't count
    assert course.uniformity({"A": one}, 0, 40 * MIN_US, step_s=600, hold_s=900) is None


def test_spots_and_where_permanent_points_belong() -> None:
    def steady(value: float, swing: float = 0.0) -> course.Statistics:
        told = course.statistics(logger((0, value - swing), (30, value + swing)), 0, 60 * MIN_US, 1800)
        assert told is not None
        return told

    by_code = {"G1": steady(4.0), "G2": steady(5.5), "D1.1": steady(5.0, 0.2), "D1.2": steady(5.0, 1.5)}
    assert (course.hot_spot(by_code), course.cold_spot(by_code)) == ("G2", "G1")
    assert course.recommended(by_code, ["D1.1", "D1.2"]) == {"G2": ("hot",), "G1": ("cold",), "D1.2": ("door",)}
    assert course.recommended({"G1": steady(4.0)}, []) == {"G1": ("hot", "cold")}


def test_power_fail_gives_time_to_exceed_and_the_time_constant() -> None:
    """The known answer: 5.0000, 6.0203, 6.9989, 7.9376 °C at 0, 10, 20, 30 min, 30 °C around: tau = 240 min."""
    room = logger((0, 5.0), (10, 6.0203), (20, 6.9989), (30, 7.9376))
    told = course.warming(room, LIMIT, 0, 60 * MIN_US, 30.0)
    assert told.fit is not None
    assert told.fit.tau_s / 60 == pytest.approx(240.0, abs=0.05)
    assert told.fit.r2 > 0.999999
    assert told.exceeds_s is None
    warm = [(m, 30 - 25 * exp(-m / 240)) for m in range(61)]
    longer = course.warming(logger(*warm), LIMIT, 0, 90 * MIN_US, 30.0)
    assert longer.exceeds_s == 32 * 60  # 30.68 min to 8.0 °C; 8.1 is the first that is out at a resolution of 0.1


def test_a_position_that_does_not_move_has_no_fit() -> None:
    still = logger(*[(m, 5.0) for m in range(30)])
    assert course.warming(still, LIMIT, 0, 30 * MIN_US, 30.0) == course.Warming(exceeds_s=None, fit=None)


@pytest.mark.parametrize(
    ("values", "exceeds_min", "out_min", "recovers_min"),
    [
        ([5, 5, 9, 9, 9, 7, 5, 5], 2, 3, 2),  # opened at 0, closed at 3
        ([5, 5, 6, 7, 6, 5, 5, 5], None, 0, 0),
        ([5, 9, 5, 5, 5, 5, 5, 5], 1, 1, 0),  # back before the door was closed
        ([5, 5, 9, 9, 9, 9, 9, 9], 2, 6, None),
    ],
)
def test_door_open(values: list[float], exceeds_min: float | None, out_min: float, recovers_min: float | None) -> None:
    told = course.opening(logger(*enumerate(values)), LIMIT, 0, 3 * MIN_US, 8 * MIN_US, 600)
    assert told.out_s == out_min * 60
    assert told.exceeds_s == (None if exceeds_min is None else exceeds_min * 60)
    assert told.recovers_s == (None if recovers_min is None else recovers_min * 60)


@given(
    st.lists(st.tuples(st.integers(0, 59), st.floats(-30, 40)), min_size=1, max_size=40, unique_by=lambda r: r[0]),
    st.randoms(),
)
def test_order_changes_nothing_and_means_lie_between(readings: list[tuple[float, float]], random: object) -> None:
    told = course.statistics(logger(*sorted(readings)), 0, 60 * MIN_US, 600)
    random.shuffle(readings)  # type: ignore[attr-defined]
    assert told == course.statistics(logger(*readings), 0, 60 * MIN_US, 600)
    assert told is not None
    assert told.low_c - 1e-9 <= told.mean_c <= told.kinetic_c + 1e-6
    assert told.kinetic_c <= told.high_c + 1e-9
    assert 0 < told.known_share <= 1
