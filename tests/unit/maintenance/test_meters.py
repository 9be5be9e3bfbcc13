"""Hours and counts out of readings: pieces add up, gaps are known, a reset neither loses nor invents."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mes.maintenance.meters import HOUR_US, Counted, Sample, counts, pieces, running

GOOD, BAD = 192, 0
MINUTE_US = HOUR_US // 60
DAY_US = 24 * HOUR_US


def at(minute: float, value: float, quality: int = GOOD) -> Sample:
    return Sample(int(minute * MINUTE_US), value, quality)


SAMPLES = st.lists(
    st.builds(Sample, st.integers(0, DAY_US), st.floats(0, 10), st.sampled_from([GOOD, GOOD, GOOD, BAD])),
    max_size=40,
    unique_by=lambda s: s.time_us,
).map(lambda found: sorted(found, key=lambda s: s.time_us))
CUTS = st.lists(st.integers(1, DAY_US - 1), max_size=5, unique=True).map(sorted)


def test_it_ran_while_its_current_was_above() -> None:
    course = [at(0, 6.0), at(20, 0.1), at(30, 6.0), at(60, 0.0)]
    assert running(course, 0, HOUR_US, above=2.0, holds_us=HOUR_US) == Counted(50 * MINUTE_US, 0)


def test_silence_is_unknown_and_not_stillness() -> None:
    course = [at(0, 6.0), at(5, float("nan"), BAD), at(40, 6.0)]
    found = running(course, 0, HOUR_US, above=2.0, holds_us=10 * MINUTE_US)
    assert found == Counted(15 * MINUTE_US, 45 * MINUTE_US)


@given(SAMPLES, CUTS, st.integers(MINUTE_US, 3 * HOUR_US))
def test_pieces_of_running_add_up(course: list[Sample], cuts: list[int], holds_us: int) -> None:
    whole = running(course, 0, DAY_US, above=5.0, holds_us=holds_us)
    ends = [0, *cuts, DAY_US]
    parts = [running(course, a, b, above=5.0, holds_us=holds_us) for a, b in itertools.pairwise(ends)]
    assert sum(part.used for part in parts) == whole.used
    assert sum(part.unknown_us for part in parts) == whole.unknown_us
    assert whole.used + whole.unknown_us <= DAY_US


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60), CUTS)
def test_a_counter_that_is_read_at_each_reset_loses_and_invents_nothing(
    steps: list[tuple[int, bool]], cuts: list[int]
) -> None:
    shown, true, course = 0, 0, [Sample(0, 0.0, GOOD)]
    for place, (gone, reset) in enumerate(steps, 1):
        shown = (0 if reset else shown) + gone
        true += gone
        lost = reset and gone >= course[-1].value  # a counter that has overtaken itself looks as if it had gone on
        true -= course[-1].value if lost else 0  # type: ignore[assignment]
        course.append(Sample(place * MINUTE_US, float(shown), GOOD))
    assert counts(course, 0, DAY_US).used == true
    ends = [0, *cuts, DAY_US]
    assert sum(counts(course, a, b).used for a, b in itertools.pairwise(ends)) == true


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.booleans()), max_size=60))
def test_whatever_is_missed_counts_are_never_invented(steps: list[tuple[int, bool, bool]]) -> None:
    shown, true, course = 0, 0, [Sample(0, 0.0, GOOD)]
    for place, (gone, reset, is_read) in enumerate(steps, 1):
        shown = (0 if reset else shown) + gone
        true += gone
        if is_read:
            course.append(Sample(place * MINUTE_US, float(shown), GOOD))
    found = counts(course, 0, DAY_US).used
    assert 0 <= found <= true


@given(st.lists(st.integers(0, 900), max_size=50))
def test_a_counter_that_wraps_goes_on(steps: list[int]) -> None:
    course, total = [Sample(0, 0.0, GOOD)], 0
    for place, gone in enumerate(steps, 1):
        total += gone
        course.append(Sample(place * MINUTE_US, float(total % 1000), GOOD))
    assert counts(course, 0, DAY_US, wraps_at=1000).used == total


@given(st.integers(0, DAY_US), st.integers(1, DAY_US))
def test_pieces_cover_the_span_and_end_at_whole_hours(start: int, length: int) -> None:
    found = pieces(start, start + length)
    assert found[0][0] == start
    assert found[-1][1] == start + length
    assert all(a[1] == b[0] and b[0] % HOUR_US == 0 for a, b in itertools.pairwise(found))
