"""The warmest window is at least as warm as any other, and a sliding rate is its own readings' slope."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.interval import Interval
from models.kinetics import mean_kinetic, rate_of_change_per_h, worst_window
from models.sliding import rates_per_h

SECOND_US = 1_000_000
COURSES = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from([5.0, 5.0, 8.0, 12.0, -4.0, float("nan")])), min_size=1, max_size=25
)


@given(COURSES, st.integers(1, 60), st.integers(1, 20), st.integers(0, 60), st.data())
def test_no_window_is_warmer(
    course: list[tuple[int, float]], window_s: int, stale_s: int, from_s: int, data: st.DataObject
) -> None:
    time, value = (np.array(column) for column in zip(*course, strict=True))
    order = data.draw(st.permutations(range(len(course))))
    until_s = from_s + data.draw(st.integers(1, 60))
    touched = data.draw(st.none() | st.tuples(st.integers(0, 90), st.integers(1, 30)))
    touching = None if touched is None else Interval(touched[0] * SECOND_US, sum(touched) * SECOND_US)
    told = {"stale_s": stale_s, "activation_k": 10_000.0}
    columns = (time[order] * SECOND_US, value[order], np.where(np.isnan(value[order]), 0, 192))
    found = worst_window(
        *columns,
        window_s=window_s,
        from_us=from_s * SECOND_US,
        until_us=until_s * SECOND_US,
        touching=touching,
        **told,
    )
    last = max(from_s, until_s - window_s)
    begins = [from_s + step / 2 for step in range(2 * (last - from_s) + 1)]
    if touching is not None:
        low, high = (min(max(s, from_s), last) for s in (touched[0] - window_s, sum(touched)))  # type: ignore[index,arg-type]
        begins = [begin for begin in begins if low <= begin <= high]
    means = [
        mean_kinetic(
            *columns,
            from_us=round(begin * SECOND_US),
            until_us=round(min(begin + window_s, until_s) * SECOND_US),
            **told,
        ).kinetic_c
        for begin in begins
    ]
    known = [mean for mean in means if not isnan(mean)]
    if found is None:
        assert known == []
        return
    assert found.mean.kinetic_c >= max(known, default=-300.0) - 1e-6
    assert found.mean.known_s + found.mean.unknown_s == min(window_s, until_s - from_s)
    again = mean_kinetic(*columns, from_us=found.from_us, until_us=found.until_us, **told)
    assert found.mean.kinetic_c == pytest.approx(again.kinetic_c, abs=1e-9)
    assert found.mean.known_s == again.known_s


@given(
    st.lists(st.tuples(st.integers(1, 400), st.floats(-80, 60)), min_size=1, max_size=40),
    st.integers(1, 1000),
)
def test_each_rate_is_the_slope_of_its_own_readings(course: list[tuple[int, float]], over_s: int) -> None:
    time = np.cumsum([step for step, _ in course]) * SECOND_US
    value = np.array([value for _, value in course])
    for row, rate in enumerate(rates_per_h(time, value, over_s).tolist()):
        rows = slice(int(np.searchsorted(time, time[row] - over_s * SECOND_US)), row + 1)
        told = len(time[rows]) >= 3 and time[row] - time[rows][0] >= over_s * SECOND_US / 4
        assert isnan(rate) is not told
        if told:
            assert rate == pytest.approx(rate_of_change_per_h(time[rows], value[rows]), rel=1e-6, abs=1e-4)
