"""The warmest day of a course, and how fast a room warms while it is still inside its limits."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from models.interval import Interval
from models.kinetics import WarmestWindow, mean_kinetic_c, worst_window
from models.sliding import rates_per_h
from tests.unit.models.readings import BAD, Read, at, every, in_columns

DAY = 1440


def worst(readings: list[Read], until: float, touching: Interval | None = None) -> WarmestWindow:
    found = worst_window(
        *in_columns(readings),
        window_s=DAY * 60,
        stale_s=3600,
        from_us=at(0),
        until_us=at(until),
        touching=touching,
    )
    assert found is not None
    return found


def test_m4_the_day_that_holds_all_of_a_warm_spell() -> None:
    readings = [*every(30, 0, 1770, 5), *every(30, 1800, 2040, 15), *every(30, 2070, 5 * DAY, 5)]
    found = worst(readings, 5 * DAY)
    assert found.mean.kinetic_c == pytest.approx(mean_kinetic_c([5, 15], [19.5, 4.5]))
    assert found.mean.kinetic_c == pytest.approx(7.9883, abs=5e-5)
    assert (found.from_us, found.until_us) == (at(2070 - DAY), at(2070))  # the first of equals


def test_only_windows_that_touch_the_excursion_are_its_own() -> None:
    readings = [*every(30, 0, 270, 12), *every(30, 300, 4 * DAY, 5), *every(30, 4 * DAY + 30, 5 * DAY, 9)]
    later = Interval(at(4 * DAY + 30), at(4 * DAY + 60))
    assert worst(readings, 5 * DAY, later).from_us >= later.start_us - DAY * 60_000_000
    assert worst(readings, 5 * DAY, Interval(at(0), at(300))).from_us == at(0)
    assert worst(readings, 5 * DAY).from_us == at(4 * DAY)


def test_a_file_shorter_than_a_day_is_one_window() -> None:
    found = worst(every(30, 0, 120, 5), 120)
    assert (found.from_us, found.until_us, found.mean.unknown_s) == (at(0), at(120), 0)


def test_nothing_known_has_no_window() -> None:
    nothing = worst_window([], [], [], window_s=60, stale_s=60, from_us=at(0), until_us=at(10))
    assert nothing is None


def test_rate_of_change_while_it_slides() -> None:
    rates = rates_per_h([at(m) for m in range(5)], [5.0, 5.1, 5.3, 5.4, 5.6], 900)
    assert rates[-1] == pytest.approx(9.0)
    assert np.isnan(rates[:4]).all()  # less than a quarter of fifteen minutes tells no rate
    assert isnan(rates_per_h([at(0), at(5)], [5.0, 9.0], 900)[-1])  # nor do two readings


def test_the_warmest_window_may_end_where_a_probe_fell_silent() -> None:
    readings: list[Read] = [(0, 9), (10, 5), (20, 12), (25, float("nan"), BAD)]
    found = worst_window(*in_columns(readings), window_s=20 * 60, stale_s=900, from_us=at(0), until_us=at(30))
    assert found is not None
    assert (found.from_us, found.until_us) == (at(5), at(25))
