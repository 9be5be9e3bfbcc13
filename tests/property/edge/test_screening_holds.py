"""Whatever a sensor does: what is sent tells all that was held back, within the bound that the config names."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import nan

from hypothesis import given
from hypothesis import strategies as st

from edge.screening.config import Rule, Screening
from edge.screening.judge import between
from edge.screening.screening import Screen
from telemetry.batch import Batch, Reading, batch_of
from telemetry.quality import Quality, is_bad

T0 = 1_768_440_000_000_000
POINT = "hainan/cold-store/freezer-1/air-1"
S = 1_000_000
HEARTBEAT_S = 60
QUALITIES = st.sampled_from([Quality.GOOD] * 8 + [Quality.UNCERTAIN, Quality.BAD_SENSOR_FAILURE])
VALUES = st.floats(-30, 30) | st.integers(-300, 300).map(lambda tenths: tenths / 10)
RULES = st.builds(
    Rule,
    st.builds(lambda band: Screening(mode="deadband", absolute=band), st.floats(0, 5))
    | st.builds(lambda band: Screening(mode="swinging-door", deviation=band), st.floats(0.01, 5)),
    st.sampled_from([(), (2.0, 8.0), (-20.0, -15.0, 0.0)]),
)


def sequences(steps: st.SearchStrategy[int]) -> st.SearchStrategy[list[Reading]]:
    rows = st.lists(st.tuples(steps, VALUES, QUALITIES), min_size=1, max_size=60)
    return rows.map(timed)


def timed(rows: Sequence[tuple[int, float, int]]) -> list[Reading]:
    at, readings = T0, []
    for step, value, quality in rows:
        at += step
        readings.append(Reading(POINT, at, max(at, T0) + 7, nan if is_bad(quality) else value, quality))
    return readings


IN_ORDER = sequences(st.integers(1, 90 * S))
ANY = sequences(st.integers(-100 * S, 100 * S))


def sent(readings: Sequence[Reading], rule: Rule, at_once: int = 7) -> list[Reading]:
    """What goes on of a sequence that comes in batches of so many, with the end of the last line."""
    passed: list[Reading] = []

    async def sink(batch: Batch) -> None:
        passed.extend(batch)

    async def story() -> Screen:
        screen = Screen(sink, lambda _: rule)
        for start in range(0, len(readings), at_once):
            await screen.sink(batch_of(readings[start : start + at_once]))
        await screen.begin_anew()
        return screen

    screen = asyncio.run(story())
    assert screen.taken == len(readings) == len(passed) + screen.screened  # every fate is counted
    return passed


def key(reading: Reading) -> tuple[int, float | None, int]:
    return reading.device_us, None if is_bad(reading.quality) else reading.value, reading.quality


@given(IN_ORDER, RULES)
def test_a_reader_rebuilds_every_reading_within_the_bound(readings: list[Reading], rule: Rule) -> None:
    kept = sent(readings, rule)
    times = [r.device_us for r in kept]
    for reading in readings:
        after = bisect_right(times, reading.device_us)
        before, next_one = kept[after - 1], kept[after] if after < len(kept) else None
        assert before.quality == reading.quality
        if is_bad(reading.quality):
            continue
        told = before.value
        if rule.screening.mode == "swinging-door" and before.device_us < reading.device_us:
            assert next_one is not None
            share = (reading.device_us - before.device_us) / (next_one.device_us - before.device_us)
            told += share * (next_one.value - before.value)
        assert abs(told - reading.value) <= rule.screening.band * (1 + 1e-9) + 1e-9


@given(IN_ORDER, RULES)
def test_silence_never_lasts_longer_than_the_heartbeat_while_readings_come(readings: list[Reading], rule: Rule) -> None:
    kept = sent(readings, rule)
    times = [r.device_us for r in readings]
    ends = [*pairwise(kept), (kept[-1], readings[-1])]
    for earlier, later in ends:
        if later.device_us - earlier.device_us > HEARTBEAT_S * S:
            first = bisect_right(times, earlier.device_us)
            assert times[first] == later.device_us  # nothing came in between


@given(ANY, RULES)
def test_changes_of_quality_and_crossings_of_limits_all_go_on(readings: list[Reading], rule: Rule) -> None:
    kept = Counter(map(key, sent(readings, rule)))
    newest = None
    for reading in readings:
        if newest is not None and reading.device_us < newest.device_us:
            assert kept[key(reading)] > 0  # late: as it is
            continue
        turned = newest is None or reading.quality != newest.quality
        if newest is not None and not turned and not is_bad(reading.quality):
            turned = between(rule.limits, reading.value) != between(rule.limits, newest.value)
        assert not turned or kept[key(reading)] > 0
        newest = reading


@given(ANY, RULES, st.integers(1, 20))
def test_the_order_is_kept_and_nothing_is_made_up_or_doubled(readings: list[Reading], rule: Rule, at_once: int) -> None:
    kept = sent(readings, rule, at_once)
    coming = iter(map(key, readings))
    assert all(any(key(each) == one for one in coming) for each in kept)  # a subsequence of what came
    assert list(map(key, kept)) == list(map(key, sent(readings, rule, len(readings))))
