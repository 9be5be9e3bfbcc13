"""The vectors E1 to E6 as points of one fleet, judged together from one shuffled batch."""

from __future__ import annotations

import numpy as np
import pytest

from models.fleet import Fleet
from models.limits import Episode, evaluate
from tests.unit.models.readings import Read, a_limit, at, every, in_columns

COURSES: dict[int, list[Read]] = {
    1: [(0, 5), *every(5, 5, 35, 9), (40, 5)],
    2: [(0, 5), *every(5, 5, 20, 9), (25, 5)],
    3: [(0, 5), (5, 1.5), *every(5, 10, 50, 12), (55, 5)],
    4: [(0, 5), (5, 8.4), (725, 8.3), (730, 5)],
    5: every(5, 0, 45, 8.0),
    6: [*[(m, 8.1 if m % 10 else 7.9) for m in range(0, 181, 5)], (185, 7.4)],
    70_000: [(0, 9), (5, 2.4), (10, 7.8), (15, 9), (20, 7.8), (25, 2.4), (30, 1), (35, 7.8), (40, 2.4)],
}
UNTIL_US = at(730)


def alone(point: int) -> tuple[Episode, ...]:
    return evaluate(*in_columns(COURSES[point]), a_limit(), until_us=UNTIL_US)


def together(points: list[int]) -> dict[int, tuple[Episode, ...]]:
    rows = [(point, *read) for point in COURSES for read in COURSES[point]]
    order = np.random.default_rng(4).permutation(len(rows)).tolist()
    time, value, quality = in_columns([rows[row][1:] for row in order])
    number = [rows[row][0] for row in order]
    (found,) = Fleet.of([dict.fromkeys(points, a_limit())]).evaluate(number, time, value, quality, until_us=UNTIL_US)
    return found


@pytest.mark.parametrize("point", COURSES)
def test_each_is_judged_as_by_itself(point: int) -> None:
    assert together(list(COURSES)).get(point, ()) == alone(point)


def test_e5_and_points_without_a_limit_have_no_episode() -> None:
    assert together(list(COURSES)).keys() == COURSES.keys() - {5}
    assert together([3]).keys() == {3}


def test_one_that_is_let_go_inside_the_other_deadband_is_over_at_once() -> None:
    ends = [(e.side.value, e.start_us, e.end_us) for e in alone(70_000)]
    assert ends == [("high", at(0), at(5)), ("high", at(15), at(25)), ("low", at(30), at(35))]
    assert [(e.side.value, e.start_us, e.end_us) for e in together([70_000])[70_000]] == ends
