"""How often a point was refreshed and recorded: known answers, and what a gap at either end means."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.cadence import Asked, Kept, kept
from models.limits import Limit
from models.policy import Cadence

GSP = Cadence(refresh_s=60, storage_s=1800, transport_s=300, out_s=120, citation="GSP")
COLD = Limit(low=2, high=8, delay_s=600, deadband=0.3, stale_s=300, resolution=Decimal("0.1"))
GOOD, BAD = 192, 0
MIN_US = 60_000_000


def look(
    *readings: tuple[float, float], until: float, transport: bool = False, bad: tuple[int, ...] = ()
) -> tuple[Kept, Kept, Kept]:
    """Minutes and values, from minute 0 on."""
    time = [round(m * MIN_US) for m, _ in readings]
    quality = [BAD if at in bad else GOOD for at in range(len(readings))]
    end_us = round(until * MIN_US)
    values = [v for _, v in readings]
    return kept(time, values, quality, GSP, (COLD,), is_transport=transport, from_us=0, until_us=end_us)


def test_a_reading_a_minute_keeps_everything() -> None:
    refresh, record, out = look(*((m, 5.0) for m in range(60)), until=60)
    assert (refresh.is_met, refresh.longest_s, refresh.gaps) == (True, 60, 61)
    assert (record.is_met, record.longest_s) == (True, 60)
    assert (out.is_met, out.longest_s, out.gaps, out.longest_from_us) == (True, 0, 0, None)


def test_half_an_hour_is_kept_in_storage_and_too_long_in_transport_and_for_a_refresh() -> None:
    course = ((0, 5.0), (30, 5.0), (60, 5.0))
    refresh, record, _ = look(*course, until=60)
    assert (refresh.too_long, record.too_long, record.longest_s) == (2, 0, 1800)
    _, record, _ = look(*course, until=60, transport=True)
    assert (record.allowed_s, record.too_long) == (300, 2)


def test_one_second_more_than_allowed_is_too_long() -> None:
    _, record, _ = look((0, 5.0), (30 + 1 / 60, 5.0), until=31)
    assert (record.too_long, record.longest_s, record.longest_from_us) == (1, 1801, 0)


def test_out_of_limits_two_minutes_are_kept_and_three_are_not() -> None:
    refresh, record, out = look((0, 5.0), (1, 9.0), (3, 9.0), (6, 9.0), (8, 5.0), until=9)
    assert (out.gaps, out.too_long, out.longest_s, out.longest_from_us) == (3, 1, 180, 3 * MIN_US)
    assert (record.gaps, record.too_long) == (3, 0)
    assert refresh.too_long == 3


def test_8_degrees_are_inside_2_to_8() -> None:
    _, _, out = look((0, 8.0), (5, 8.0), until=5)
    assert out.gaps == 0


def test_silence_at_the_beginning_and_the_end_counts() -> None:
    refresh, record, _ = look((10, 5.0), until=50)
    assert (refresh.longest_s, refresh.longest_from_us, record.too_long) == (2400, 10 * MIN_US, 1)
    refresh, record, out = look(until=60)
    assert (refresh.longest_s, refresh.too_long, record.too_long, out.gaps) == (3600, 1, 1, 0)


def test_a_bad_reading_is_none() -> None:
    refresh, _, _ = look((0, 5.0), (1, 5.0), (2, 5.0), until=3, bad=(1,))
    assert (refresh.longest_s, refresh.too_long) == (120, 1)


def test_what_came_before_the_window_or_after_it_is_not_looked_at() -> None:
    refresh, _, _ = look((-5, 5.0), (0, 5.0), (1, 5.0), (90, 5.0), until=2)
    assert (refresh.gaps, refresh.is_met, refresh.asked) == (3, True, Asked.REFRESH)


@given(
    st.lists(st.tuples(st.integers(0, 3600), st.sampled_from([5.0, 8.0, 8.1, 1.9])), max_size=30),
    st.randoms(use_true_random=False),
)
def test_order_and_doubles_change_nothing_and_no_time_is_lost(
    readings: list[tuple[int, float]], random: object
) -> None:
    def judged(rows: list[tuple[int, float]]) -> tuple[Kept, Kept, Kept]:
        time = np.array([s * 1_000_000 for s, _ in rows], dtype=np.int64)
        values, good = [v for _, v in rows], [GOOD] * len(rows)
        return kept(time, values, good, GSP, (COLD,), is_transport=False, from_us=0, until_us=3600_000_000)

    shuffled = list(readings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    once, again, doubled = judged(readings), judged(shuffled), judged(readings + readings)
    assert once == again
    assert [(k.longest_s, k.too_long) for k in once] == [(k.longest_s, k.too_long) for k in doubled]
    refresh, record, out = once
    assert refresh.longest_s == max(record.longest_s, out.longest_s)
    assert refresh.gaps == record.gaps + out.gaps
