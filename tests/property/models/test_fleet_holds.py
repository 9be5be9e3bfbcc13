"""Many points at once: the same episodes as each point by itself, in any order, with windows as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fleet import Fleet
from models.interval import Interval
from models.limits import Limit, evaluate
from tests.property.models.test_limits_hold import LIMITS, READINGS, SECOND_US, T0_US, UNTIL, Row

POINTS = st.sampled_from([0, 3, 1 << 30])
ROWS = st.lists(st.tuples(POINTS, READINGS), max_size=80)
LEVEL = st.dictionaries(POINTS, LIMITS, min_size=1, max_size=3)
WINDOWS = st.dictionaries(
    POINTS,
    st.lists(
        st.tuples(st.integers(0, 120), st.integers(1, 40)).map(
            lambda w: Interval(T0_US + w[0] * SECOND_US, T0_US + sum(w) * SECOND_US)
        ),
        max_size=4,
    ),
)


@settings(max_examples=400)
@given(ROWS, st.lists(LEVEL, max_size=2), WINDOWS, st.sampled_from([0.0, 10.0]), UNTIL)
def test_a_fleet_is_its_points(
    rows: list[tuple[int, Row]],
    levels: list[dict[int, Limit]],
    windows: dict[int, list[Interval]],
    extension_s: float,
    until: int,
) -> None:
    levels = [{p: replace(limit, extension_s=extension_s) for p, limit in level.items()} for level in levels]
    until_us = T0_US + until * SECOND_US
    point = np.array([p for p, _ in rows], dtype=np.int32)
    time = np.array([T0_US + row[0] * SECOND_US for _, row in rows], dtype=np.int64)
    value = np.array([row[1] for _, row in rows], dtype=np.float64)
    quality = np.array([row[2] for _, row in rows], dtype=np.uint8)

    found = Fleet.of(levels).evaluate(point, time, value, quality, until_us=until_us, windows=windows)
    for level, of_level in zip(levels, found, strict=True):
        by_point = {}
        for p, limit in level.items():
            own = point == p
            alone = evaluate(time[own], value[own], quality[own], limit, until_us=until_us, windows=windows.get(p, ()))
            if alone:
                by_point[p] = alone
        assert of_level == by_point
