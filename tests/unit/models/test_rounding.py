"""Rounding to the sensor's resolution: what a person would do on paper, for any number of readings."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from models.columns import Columns
from models.limits import is_out
from tests.unit.models.readings import a_limit, in_columns


def out(value: float, **limits: object) -> bool:
    time, values, quality = in_columns([(0, value)])
    return bool(is_out(Columns(time, values, quality), a_limit(**limits))[0])


@pytest.mark.parametrize(
    ("value", "is_it"),
    [
        (8.0, False),
        (8.04, False),
        (8.049999999999999, False),
        (8.05, True),  # a half goes away from zero: 8.1
        (8.05 + 1e-12, True),
        (3 * 2.7, True),  # 8.100000000000001
        (8.1, True),
        (2.0, False),
        (1.95, False),  # a half: 2.0
        (1.9499999999999997, True),
    ],
)
def test_between_2_and_8_at_a_tenth(value: float, is_it: bool) -> None:
    assert out(value) is is_it


@pytest.mark.parametrize(
    ("value", "is_it"), [(-15.0, False), (-14.95, False), (-14.94, True), (-25.04, False), (-25.05, True)]
)
def test_below_zero_a_half_goes_away_from_zero_too(value: float, is_it: bool) -> None:
    assert out(value, low=-25.0, high=-15.0) is is_it


def test_a_limit_between_two_steps_of_the_resolution() -> None:
    assert [out(value, high=8.05) for value in (8.0, 8.04, 8.05, 8.1)] == [False, False, True, True]


@pytest.mark.parametrize("resolution", ["0.01", "0.05", "0.1", "0.2", "0.5", "1", "3"])
@pytest.mark.parametrize(("low", "high"), [(2.0, 8.0), (-25.0, -15.0), (-0.5, 0.1), (0.0, 0.3), (7.77, 8.13)])
def test_a_hundredth_of_a_degree_at_a_time_as_decimals_do_it(low: float, high: float, resolution: str) -> None:
    step = Decimal(resolution)
    values = [round(n * 0.005, 3) for n in range(-6000, 3000)]
    steps = [(Decimal(repr(v)) / step).quantize(Decimal(1), ROUND_HALF_UP) * step for v in values]
    expected = [not Decimal(repr(low)) <= rounded <= Decimal(repr(high)) for rounded in steps]
    time, value, quality = in_columns([(0, v) for v in values])
    limit = a_limit(low=low, high=high, deadband=0.0, resolution=step)
    assert np.array_equal(is_out(Columns(time, value, quality), limit), expected)
