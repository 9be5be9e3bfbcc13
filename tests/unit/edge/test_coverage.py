"""What the database has, taken apart for the buffer to forget: all of it, once, in portions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.uplink.coverage import parse, portions

RANGES = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 30)).map(lambda r: (r[0], r[0] + r[1])), max_size=6)


@given(RANGES, st.integers(1, 50), st.integers(0, 50), st.integers(1, 20))
def test_portions_hold_what_lies_within_bounds_and_no_more_than_they_may(
    ranges: list[tuple[int, int]], first: int, more: int, most: int
) -> None:
    found = list(portions(ranges, (first, first + more), most))
    inside = [s for low, high in ranges for s in range(low, high + 1) if first <= s <= first + more]
    assert [s for portion in found for low, high in portion for s in range(low, high + 1)] == inside
    assert all(sum(high - low + 1 for low, high in portion) <= most for portion in found)


def test_a_cursor_without_end_is_no_work_without_end() -> None:
    assert list(portions([(1, 2**62)], (7, 9), 2)) == [[(7, 8)], [(9, 9)]]


def test_an_answer_tells_the_gateways_time_and_an_older_gateways_does_not() -> None:
    assert parse(b'{"epoch": 1, "committed": [[1, 2]], "now_us": 1768440000000000}').now_us == 1_768_440_000_000_000
    assert parse(b'{"epoch": 1, "committed": [[1, 2]]}').now_us is None
