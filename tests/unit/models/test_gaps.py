"""Silence: when a probe is stale, and which time nobody knows about."""

from __future__ import annotations

from math import inf

import pytest

from models.gaps import NEVER, Gap, gaps, is_stale, silent_for_s
from tests.unit.models.readings import BAD, GOOD, at


def test_e9_a_probe_misses_three_polls_and_speaks_again() -> None:
    polled = [at(minute) for minute in (0, 5, 10)]
    assert not is_stale([polled[-1]], 900, at(25))[0]  # it holds up to here
    assert is_stale([polled[-1]], 900, at(25.1))[0]
    assert gaps(polled, 900, at(25)) == ()
    assert gaps(polled, 900, at(26)) == (Gap(at(25), None),)
    assert gaps([*polled, at(30)], 900, at(31)) == (Gap(at(25), at(30)),)


def test_each_point_has_its_own_patience_and_one_never_spoke() -> None:
    last = [at(0), at(9), NEVER]
    assert silent_for_s(last, at(10)).tolist() == [600, 60, inf]
    assert is_stale(last, [300, 300, 300], at(10)).tolist() == [True, False, True]


def test_a_bad_reading_is_no_reading() -> None:
    assert gaps([at(0), at(5), at(6), at(20)], 900, at(20), quality=[GOOD, BAD, BAD, GOOD]) == (Gap(at(5), at(20)),)
    assert gaps([at(0), at(5)], 900, at(6), quality=[GOOD, BAD]) == (Gap(at(5), None),)
    assert gaps([at(0), at(0)], 900, at(6), quality=[GOOD, BAD]) == (Gap(at(0), None),)


def test_order_and_doubles_do_not_matter() -> None:
    assert gaps([at(60), at(0), at(60), at(0)], 900, at(60)) == (Gap(at(15), at(60)),)


def test_what_is_later_than_the_judged_moment_is_not_known() -> None:
    assert gaps([at(0), at(60)], 900, at(30)) == (Gap(at(15), None),)


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ([], (Gap(at(0), None),)),
        ([10], (Gap(at(0), at(10)),)),
        ([-5, 10], ()),  # the reading before the window holds into it
        ([-40, -20, 10], (Gap(at(0), at(10)),)),
        ([-60], (Gap(at(0), None),)),
    ],
)
def test_a_window_says_what_it_does_not_know_at_its_start(spoken: list[float], expected: tuple[Gap, ...]) -> None:
    assert gaps([at(minute) for minute in spoken], 900, at(20), from_us=at(0)) == expected


def test_nothing_said_and_no_window_is_no_gap() -> None:
    assert gaps([], 900, at(20)) == ()
