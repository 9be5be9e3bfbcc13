"""Trends show what is stored, at a screen's resolution: newest readings, late ones, and gaps that stay gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.store import Trend, trend
from telemetry.store.trend import bucket_width
from tests.integration.telemetry.conftest import Store


async def the_trend(store: Store, start: datetime, end: datetime, buckets: int) -> Trend:
    (found,) = await trend(store.work(), [store.point], start, end, buckets)
    return found


async def test_a_bucket_tells_lowest_mean_highest_and_a_gap_stays_a_gap(store: Store) -> None:
    start = store.now - timedelta(minutes=4)
    broken = store.at(start + timedelta(seconds=30), nan, Quality.BAD_SENSOR_FAILURE)
    await store.keep(
        *[store.at(start + timedelta(seconds=s), 4.0 + s) for s in (0, 1, 2)], broken,
        store.at(start + timedelta(minutes=2), 7.0, Quality.UNCERTAIN), sequence=1,
    )  # fmt: skip
    shown = await the_trend(store, start, store.now, 4)
    assert shown.width_s == 60
    assert shown.t[0] == to_us(start) // 1000
    assert (shown.min, shown.mean, shown.max) == ([4, None, 7, None], [5, None, 7, None], [6, None, 7, None])
    assert (shown.n, shown.good, shown.bad) == ([4, 0, 1, 0], [3, 0, 0, 0], [1, 0, 0, 0])


@pytest.mark.parametrize("buckets", [2, 300, 1500])
async def test_the_newest_reading_appears_at_once_rolled_up_or_not(store: Store, buckets: int) -> None:
    start = store.now - timedelta(hours=2)
    await store.keep(*[store.at(start + timedelta(seconds=s), s) for s in range(0, 6600, 20)], sequence=1)
    before = await the_trend(store, start, store.now, buckets)
    await store.refresh()
    assert await the_trend(store, start, store.now, buckets) == before
    await store.keep(store.at(store.now - timedelta(seconds=1), 9999), sequence=2)
    after = await the_trend(store, start, store.now, buckets)
    assert after.max[-1] == 9999
    assert sum(after.n) == sum(before.n) + 1


@pytest.mark.parametrize("buckets", [48, 10_000])
async def test_late_readings_are_rolled_up_when_they_come(store: Store, buckets: int) -> None:
    start = store.now - timedelta(days=2)
    await store.keep(*[store.at(start + timedelta(minutes=5 * i), 5.0) for i in range(500)], sequence=1)
    await store.refresh()
    late = start + timedelta(minutes=617, seconds=3)
    await store.keep(store.at(late, 12.0), store.at(late + timedelta(hours=9), 13.0), sequence=2)
    await store.refresh(store.now + timedelta(seconds=5))
    shown = await the_trend(store, start, store.now, buckets)
    assert sorted(x for x in shown.max if x)[-2:] == [12.0, 13.0]
    assert sum(shown.n) == 502
    assert shown.width_s == (3600 if buckets == 48 else 30)


async def test_roll_ups_say_what_the_raw_readings_say_whatever_the_order(store: Store) -> None:
    chance = Random(7)
    start, now = store.now - timedelta(hours=5), store.now
    for sequence in range(1, 41):
        moments = [start + timedelta(seconds=chance.uniform(0, 18_000)) for _ in range(chance.choice([1, 7, 60]))]
        bad = chance.random() < 0.2
        readings = [store.at(m, nan, 0) if bad else store.at(m, chance.gauss(5, 2)) for m in sorted(moments)]
        await store.keep(*readings, sequence=sequence, now=now)
        if chance.random() < 0.4:
            now += timedelta(seconds=chance.uniform(0, 200))
            await store.refresh(now)
    await store.refresh(now + timedelta(minutes=2))
    for view, width in (("reading_minute", "1 minute"), ("reading_hour", "1 hour")):
        raw = await store.ask(
            f"select date_bin('{width}', time, 'epoch'), count(*), count(*) filter (where quality >= 192), count(*) "
            "filter (where quality < 64), count(value), min(value), max(value), round(sum(value)::numeric, 6) "
            "from reading where point_id = :point group by 1 order by 1"
        )
        columns = "bucket, n, good, bad, known, lowest, highest, round(total::numeric, 6)"
        assert await store.ask(f"select {columns} from {view} where point_id = :point order by 1") == raw


def test_a_window_is_shown_in_round_buckets() -> None:
    day = 86_400
    assert [bucket_width(day, n) for n in (24, 500, 1000, 100_000)] == [3600, 300, 120, 1]
    assert bucket_width(28 * day, 1600) == 3600
    assert bucket_width(7 * day, 1600) == 600
    assert bucket_width(1.0, 0) == 1


@given(st.floats(1, 4e9), st.integers(1, 4000))
def test_a_screen_never_gets_more_buckets_than_it_can_show(window_s: float, buckets: int) -> None:
    width = bucket_width(window_s, buckets)
    assert window_s / width <= buckets


async def test_a_value_that_no_sum_could_hold_is_set_aside_and_holds_up_no_roll_up(store: Store) -> None:
    start = store.now - timedelta(minutes=30)
    values = (5.0, 1.7e308, 1.7e308)
    await store.keep(*[store.at(start + timedelta(seconds=s), v) for s, v in enumerate(values)], sequence=1)
    await store.refresh()
    shown = await the_trend(store, start, store.now, 30)
    assert (shown.n[0], shown.mean[0]) == (1, 5.0)


@pytest.mark.parametrize("buckets", [48, 2000])
async def test_the_mean_of_values_next_to_nothing_is_shown(store: Store, buckets: int) -> None:
    start = store.now - timedelta(days=1)
    await store.keep(*[store.at(start + timedelta(seconds=s), v) for s, v in enumerate((0.0, 5e-324, 0.0))], sequence=1)
    await store.refresh()
    shown = await the_trend(store, start, store.now, buckets)
    assert (shown.n[0], shown.mean[0], shown.mean[1]) == (3, 0.0, None)
