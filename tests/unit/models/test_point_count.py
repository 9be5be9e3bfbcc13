"""How many points a room or a truck needs: the known answers of China GSP, Appendix 3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.policies.reading import policy_named
from models.point_count import least_points
from models.policy import PointCount

FLAT = PointCount(space="flat-store", least=2, step=300, unit="m2", citation="b9")
COLD = PointCount(space="cold-store", least=2, step=100, unit="m2", citation="b9")
TRUCK = PointCount(space="vehicle", least=2, step=20, unit="m3", citation="b9")


@pytest.mark.parametrize(
    ("rule", "size", "points"),
    [
        (FLAT, 50, 2),
        (FLAT, 300, 2),
        (FLAT, 301, 3),
        (FLAT, 600, 3),
        (FLAT, 1000, 5),
        (COLD, 80, 2),
        (COLD, 101, 3),
        (COLD, 250, 4),
        (TRUCK, 12, 2),
        (TRUCK, 20, 2),
        (TRUCK, 21, 3),
        (TRUCK, 45, 4),
    ],
)
def test_known_answers(rule: PointCount, size: float, points: int) -> None:
    assert least_points(size, rule) == points


def test_the_pack_of_gsp_says_the_same() -> None:
    rules = {rule.space: rule for rule in policy_named("gsp_cn").point_counts}
    assert [least_points(101, rules["cold-store"]), least_points(301, rules["flat-store"])] == [3, 3]
    assert least_points(21, rules["vehicle"]) == 3


def test_a_size_is_what_it_prints_as() -> None:
    """0.1 + 0.2 is no more than 0.3 in decimals, and more in floats."""
    tenth = PointCount(space="box", least=1, step=0.1, unit="m3", citation="none")
    assert least_points(0.3, tenth) == 3


@given(st.floats(0.1, 1e5), st.floats(0.1, 1e5))
def test_a_larger_space_never_needs_fewer(one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert least_points(small, FLAT) <= least_points(large, FLAT)
