"""What TimescaleDB does for the plant: old weeks become columns, and late readings still find their place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from telemetry.clock import to_us
from telemetry.migrate import Engine
from telemetry.store import last_values, series, trend
from tests.integration.telemetry.conftest import Store

WEEK = timedelta(days=7)


@pytest.fixture(params=[Engine.TIMESCALE])
def engine(request: pytest.FixtureRequest) -> Engine:
    """These stories are about one engine."""
    return Engine(request.param)


async def test_late_readings_enter_a_compressed_chunk(store: Store) -> None:
    start = store.now - 3 * WEEK
    await store.keep(*[store.at(start + timedelta(seconds=s), 5.0) for s in range(400)], sequence=1)
    await store.refresh()
    await store.ask("select compress_chunk(c) from show_chunks('reading') c")
    await store.keep(*[store.at(start + timedelta(seconds=s, milliseconds=500), 8.0) for s in range(100)], sequence=2)
    await store.refresh(store.now + timedelta(minutes=2))

    columns = await series(store.work(), [store.point], to_us(start), to_us(start + timedelta(hours=1)))
    assert (len(columns), columns.value.count(8.0)) == (500, 100)
    (shown,) = await trend(store.work(), [store.point], start, start + timedelta(hours=1), 60)
    assert (sum(shown.n), max(x for x in shown.max if x)) == (500, 8.0)
    await store.ask("select compress_chunk(c) from show_chunks('reading') c")
    assert [(row.time, row.value) for row in await last_values(store.work(), [store.point])] == [
        (start + timedelta(seconds=399), 5.0)
    ]


async def test_chunks_are_compressed_when_the_class_that_waits_longest_lets_it(store: Store) -> None:
    jobs = await store.ask(
        "select proc_name, config ->> 'compress_after' from timescaledb_information.jobs "
        "where hypertable_name is not null"
    )
    assert jobs == [("policy_compression", "7 days")]
    assert await store.ask("select hypertable_name from timescaledb_information.hypertables") == [("reading",)]
