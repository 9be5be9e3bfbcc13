"""What must be so for any course of temperature: means between the extremes, and time that can be cut anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cumulative import cumulative_s, exceeded
from models.exposure import exposure_s
from models.interval import Interval
from models.kinetics import buffered_probe_c, mean_kinetic, mean_kinetic_c

HELD = st.lists(st.tuples(st.floats(-80, 60), st.integers(1, 86_400)), min_size=1, max_size=30)
INTERVALS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 60)).map(lambda x: Interval(x[0] * 10**6, sum(x) * 10**6)),
    max_size=12,
)


def kinetic(held: list[tuple[float, int]]) -> float:
    temperature, seconds = zip(*held, strict=True)
    return mean_kinetic_c(temperature, seconds)


@given(HELD)
def test_it_lies_between_the_mean_and_the_warmest(held: list[tuple[float, int]]) -> None:
    temperature, seconds = zip(*held, strict=True)
    assert np.average(temperature, weights=seconds) - 1e-9 <= kinetic(held) <= max(temperature) + 1e-9
    assert min(temperature) - 1e-9 <= kinetic(held)


@given(HELD, st.data())
def test_order_and_cutting_a_time_in_two_change_nothing(held: list[tuple[float, int]], data: st.DataObject) -> None:
    assert kinetic(data.draw(st.permutations(held))) == pytest.approx(kinetic(held), abs=1e-9)
    first, *rest = held
    cut = [(first[0], first[1] / 4), (first[0], first[1] * 3 / 4), *rest]
    assert kinetic(cut) == pytest.approx(kinetic(held), abs=1e-9)  # type: ignore[arg-type]


@given(HELD, st.integers(0, 3000), st.integers(0, 3000))
def test_a_window_accounts_for_every_second(held: list[tuple[float, int]], begin: int, length: int) -> None:
    time = np.cumsum([seconds % 700 for _, seconds in held]) * 10**6
    value = [temperature for temperature, _ in held]
    found = mean_kinetic(
        time, value, np.full(len(held), 192), stale_s=300, from_us=begin * 10**6, until_us=(begin + length) * 10**6
    )
    assert found.known_s + found.unknown_s == length
    assert found.known_s >= 0
    assert found.unknown_s >= 0


@given(HELD)
def test_a_buffered_probe_never_leaves_the_range_of_the_air(held: list[tuple[float, int]]) -> None:
    time = np.cumsum([seconds for _, seconds in held]) * 10**6
    air = np.array([temperature for temperature, _ in held])
    shown = buffered_probe_c(time, air, 900)
    assert air.min() - 1e-9 <= shown.min() <= shown.max() <= air.max() + 1e-9


@given(INTERVALS, INTERVALS)
def test_exposure_is_at_most_the_stay_and_the_excursion_and_does_not_count_twice(
    out: list[Interval], stays: list[Interval]
) -> None:
    seconds = {s for i in out for s in range(i.start_us // 10**6, i.end_us // 10**6)}
    stayed = {s for i in stays for s in range(i.start_us // 10**6, i.end_us // 10**6)}
    assert exposure_s(out, stays) == len(seconds & stayed)


@given(INTERVALS, st.integers(1, 100), st.integers(1, 60), st.integers(0, 500))
def test_the_allowance_is_exceeded_exactly_when_the_sum_says_so(
    out: list[Interval], window_s: int, limit_s: int, until: int
) -> None:
    spans = exceeded(out, window_s, limit_s, until_us=until * 10**6)
    known = [Interval(i.start_us, min(i.end_us, until * 10**6)) for i in out]
    for second in range(until + 1):
        at_us = second * 10**6
        inside = any(span.start_us <= at_us <= span.end_us for span in spans)
        assert inside is (cumulative_s(known, at_us, window_s) >= limit_s)
