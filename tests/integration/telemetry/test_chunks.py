"""Readings lie in chunks of a week: made when needed, packed when old, never changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from telemetry.clock import to_us
from telemetry.migrate import Engine
from telemetry.store import last_values, readings, series
from tests.integration.telemetry.conftest import Store

WEEK = timedelta(days=7)


async def test_every_week_gets_its_chunk_however_late_it_comes(store: Store) -> None:
    moments = [
        store.now,
        store.now - 3 * WEEK,
        store.now - 3 * WEEK + timedelta(days=1),
        datetime.fromisoformat("1990-01-01T00:00Z"),
    ]
    await store.keep(*[store.at(m) for m in moments], sequence=1)
    columns = await series(store.work(), [store.point], 0, to_us(store.now) + 1)
    assert list(columns.time_us) == sorted(map(to_us, moments))
    chunks = "select count(distinct tableoid) from reading where point_id = :point"
    assert await store.ask(chunks) == [(3,)]


@pytest.mark.parametrize("change", ["update reading set value = 0", "delete from reading", "truncate reading"])
async def test_not_even_the_owner_changes_a_reading(store: Store, change: str) -> None:
    await store.keep(store.at(store.now), store.at(store.now - 4 * WEEK), sequence=1)
    if store.engine is Engine.TIMESCALE:
        await store.ask("select compress_chunk(c) from show_chunks('reading') c")
    with pytest.raises(psycopg.errors.RestrictViolation):
        await store.ask(change)
    assert await store.ask("select count(*) from reading where point_id = :point") == [(2,)]


async def test_the_last_value_is_the_newest_by_device_time_not_by_arrival(store: Store) -> None:
    await store.keep(store.at(store.now, 7.5), sequence=1)
    await store.keep(store.at(store.now - 2 * WEEK, 2.5), sequence=2)
    (last,) = await last_values(store.work(), [store.point])
    assert (last.name, last.time, last.value) == (store.name, store.now, 7.5)
    assert last in await last_values(store.work())
    assert await last_values(store.work(), [0]) == []


async def test_a_reading_leads_back_to_the_message_that_brought_it(store: Store) -> None:
    await store.keep(store.at(store.now, 7.5), sequence=41)
    (found,) = await readings(store.work(), store.point, store.now, store.now + timedelta(seconds=1))
    assert (found.edge, found.epoch, found.sequence, found.ingested_at) == ("edge-line", store.point, 41, store.now)
