"""What must be so for any readings whatever: nothing missed, nothing invented, nothing that hangs on the order."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.cumulative import out_intervals
from models.gaps import gaps
from models.limits import Episode, Limit, Side, evaluate, restart_us

Row = tuple[int, float, int]

SECOND_US = 1_000_000
T0_US = 1_768_435_200_000_000
VALUES = st.one_of(
    st.sampled_from([5.0, 7.4, 7.5, 7.55, 7.9, 8.0, 8.04, 8.05, 8.1, 12.0, 2.0, 1.95, 1.9, 2.4, 2.5, -4.0, 3 * 2.7]),
    st.floats(-30, 40, allow_nan=False),
)
READINGS = st.one_of(
    st.tuples(st.integers(0, 120), VALUES, st.sampled_from([192, 192, 192, 64])),
    st.tuples(st.integers(0, 120), st.just(nan), st.sampled_from([0, 24])),
)
ROWS = st.lists(READINGS, max_size=60)
DISTINCT = st.lists(READINGS, max_size=60, unique_by=lambda row: row[0])
LIMITS = st.builds(
    Limit,
    low=st.sampled_from([2.0, None]),
    high=st.sampled_from([8.0, 7.95, None]),
    delay_s=st.sampled_from([0.0, 7.0, 30.0]),
    low_delay_s=st.sampled_from([None, 0.0, 12.0]),
    deadband=st.sampled_from([0.0, 0.5, 2.0, 5.0]),
    stale_s=st.sampled_from([2.0, 15.0]),
    resolution=st.sampled_from([Decimal("0.1"), Decimal("0.05"), Decimal(1)]),
)
UNTIL = st.integers(0, 140)


def judged(rows: list[Row], limit: Limit, until: int) -> tuple[Episode, ...]:
    time = np.array([T0_US + row[0] * SECOND_US for row in rows], dtype=np.int64)
    value = np.array([row[1] for row in rows], dtype=np.float64)
    quality = np.array([row[2] for row in rows], dtype=np.uint8)
    return evaluate(time, value, quality, limit, until_us=T0_US + until * SECOND_US)


def second(us: int) -> int:
    return (us - T0_US) // SECOND_US


def stood(value: float, limit: Limit) -> Decimal | None:
    """What a person would compare: the printed decimal, rounded to the resolution."""
    if isnan(value):
        return None
    return (Decimal(repr(value)) / limit.resolution).quantize(Decimal(1), ROUND_HALF_UP) * limit.resolution


def side_of(value: float, limit: Limit) -> Side | None:
    rounded = stood(value, limit)
    if rounded is None:
        return None
    if limit.high is not None and rounded > Decimal(repr(limit.high)):
        return Side.HIGH
    return Side.LOW if limit.low is not None and rounded < Decimal(repr(limit.low)) else None


def ends(side: Side, value: float, limit: Limit) -> bool:
    rounded, inside = stood(value, limit), Decimal(repr(limit.deadband))
    if rounded is None:
        return False
    if side is Side.HIGH:
        return rounded <= Decimal(repr(limit.high)) - inside
    return rounded >= Decimal(repr(limit.low)) + inside


def second_by_second(rows: list[Row], limit: Limit, until: int) -> list[tuple[object, ...]]:
    """The slow way: walk through every second with distinct readings, and keep count."""
    read = {row[0]: row[1] for row in rows}
    found: list[dict[str, object]] = []
    open_: dict[str, object] | None = None
    last: tuple[int, float] | None = None
    for now in range(until + 1):
        value = read.get(now)
        if value is not None:
            last = (now, value)
            if open_ is not None and ends(Side(str(open_["side"])), value, limit):
                open_["end"], open_ = now, None
            side = side_of(value, limit)
            if open_ is None and side is not None:
                open_ = {"side": side, "start": now, "end": None, "known": 0, "unknown": 0, "raised": None}
                found.append(open_)
        if open_ is None or last is None:
            continue
        age = now - last[0]
        holds = not isnan(last[1]) and age <= limit.stale_s
        if (
            holds
            and open_["raised"] is None
            and now - int(str(open_["start"])) >= limit.delay_of(Side(str(open_["side"])))
        ):
            open_["raised"] = now
        if now < until:  # the second that begins now
            believed = holds and age < limit.stale_s
            open_["unknown"] = int(str(open_["unknown"])) + (not believed)
            open_["known"] = int(str(open_["known"])) + (believed and side_of(last[1], limit) is not None)
    return [tuple(episode.values()) for episode in found]


@given(DISTINCT, LIMITS, UNTIL)
def test_it_is_what_one_would_find_second_by_second(rows: list[Row], limit: Limit, until: int) -> None:
    assert [
        (
            e.side,
            second(e.start_us),
            None if e.end_us is None else second(e.end_us),
            e.known_s,
            e.unknown_s,
            None if e.raised_us is None else second(e.raised_us),
        )
        for e in judged(rows, limit, until)
    ] == second_by_second(rows, limit, until)


@given(ROWS, LIMITS, UNTIL, st.data())
def test_neither_order_nor_doubles_nor_batches_matter(
    rows: list[Row], limit: Limit, until: int, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(rows), max_size=10)) if rows else []
    arrived = data.draw(st.permutations([*rows, *again]))
    assert judged(arrived, limit, until) == judged(rows, limit, until)

    cut = data.draw(st.integers(0, len(arrived)))
    store: list[Row] = []
    for batch in (arrived[:cut], arrived[cut:]):  # evaluated after each batch, over what is stored by then
        store += batch
        found = judged(store, limit, until)
    assert found == judged(rows, limit, until)


@given(ROWS, LIMITS, UNTIL, st.integers(0, 140))
def test_begun_at_any_moment_with_no_episode_open_the_later_ones_are_the_same(
    rows: list[Row], limit: Limit, until: int, begin: int
) -> None:
    whole = judged(rows, limit, until)
    start_us = T0_US + begin * SECOND_US
    if any(e.start_us < start_us and (e.end_us is None or e.end_us > start_us) for e in whole):
        return
    rest = [row for row in rows if row[0] >= begin]
    assert judged(rest, limit, until) == tuple(e for e in whole if e.start_us >= start_us)


@given(ROWS, st.lists(READINGS, min_size=1, max_size=8), LIMITS, UNTIL)
def test_late_readings_need_no_more_than_what_they_touch(
    rows: list[Row], late: list[Row], limit: Limit, until: int
) -> None:
    before = judged(rows, limit, until)
    begin_us = restart_us(before, T0_US + min(row[0] for row in late) * SECOND_US)
    begin = (begin_us - T0_US) // SECOND_US
    kept = tuple(e for e in before if e.start_us < begin_us)
    again = judged([row for row in (*rows, *late) if row[0] >= begin], limit, until)
    assert kept + again == judged([*rows, *late], limit, until)


@given(ROWS, LIMITS, UNTIL)
def test_every_reading_out_lies_in_exactly_one_episode(rows: list[Row], limit: Limit, until: int) -> None:
    episodes = judged(rows, limit, until)
    for at, value, _ in rows:
        at_us = T0_US + at * SECOND_US
        if at <= until and side_of(value, limit) is not None:
            assert sum(e.start_us <= at_us and (e.end_us is None or at_us < e.end_us) for e in episodes) == 1


@given(ROWS, LIMITS, UNTIL)
def test_without_a_reading_out_there_is_no_episode(rows: list[Row], limit: Limit, until: int) -> None:
    assert judged([row for row in rows if side_of(row[1], limit) is None], limit, until) == ()


@given(ROWS, LIMITS, UNTIL)
def test_episodes_follow_each_other_and_their_seconds_add_up(rows: list[Row], limit: Limit, until: int) -> None:
    episodes = judged(rows, limit, until)
    for before, after in pairwise(episodes):
        assert before.end_us is not None
        assert before.end_us <= after.start_us
    for e in episodes:
        lasted_s = ((T0_US + until * SECOND_US if e.end_us is None else e.end_us) - e.start_us) / SECOND_US
        assert e.known_s + e.unknown_s <= lasted_s  # the rest is known, and latched within the deadband
        assert limit.deadband > 0 or e.known_s + e.unknown_s == lasted_s
        assert e.raised_us is None or e.start_us + limit.delay_of(e.side) * SECOND_US <= e.raised_us
        assert side_of(e.peak, limit) is e.side


@given(ROWS, LIMITS, UNTIL, UNTIL)
def test_what_has_ended_stays_as_it_was(rows: list[Row], limit: Limit, until: int, later: int) -> None:
    early, late = sorted((until, later))
    known_early = [row for row in rows if row[0] <= early]
    ended = [e for e in judged(rows, limit, early) if e.end_us is not None]
    assert list(judged(rows, limit, late))[: len(ended)] == ended
    assert judged(known_early, limit, early) == judged(rows, limit, early)


@given(DISTINCT, LIMITS, UNTIL)
def test_known_seconds_are_the_times_out_and_unknown_ones_the_gaps(rows: list[Row], limit: Limit, until: int) -> None:
    until_us = T0_US + until * SECOND_US
    time = [T0_US + row[0] * SECOND_US for row in rows]
    value, quality = [row[1] for row in rows], [row[2] for row in rows]
    episodes = evaluate(time, value, quality, limit, until_us=until_us)
    out = out_intervals(time, value, quality, limit, until_us=until_us)
    assert sum(i.length_us for i in out) == sum(round(e.known_s * SECOND_US) for e in episodes)

    silent = gaps(time, limit.stale_s, until_us, quality=quality)
    for e in episodes:
        end_us = until_us if e.end_us is None else e.end_us
        unknown = [min(g.end_us or until_us, end_us) - max(g.start_us, e.start_us) for g in silent]
        assert sum(us for us in unknown if us > 0) == round(e.unknown_s * SECOND_US)
