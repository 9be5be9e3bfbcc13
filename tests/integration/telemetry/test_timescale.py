"""What TimescaleDB does for the plant: old weeks become columns, and late readings still find their place."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from isotherm.schema import PACKAGES
from telemetry.clock import to_us
from telemetry.migrate import TELEMETRY, Engine, migrate
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


def test_a_plant_that_upgrades_keeps_the_roll_ups_of_readings_that_are_gone(
    bare_timescale: str, tmp_path: Path
) -> None:
    with psycopg.connect(bare_timescale, autocommit=True) as owner:
        migrate(owner, [first_release(tmp_path)])
        two_days_of_which_one_is_dropped(owner)
        migrate(owner, PACKAGES)
        owner.execute("insert into reading values (1, '2025-01-06 00:00:30Z', now(), 99, 192, 1)")
        owner.execute(
            "insert into rollup.due (batch_id, first_time, last_time) "
            "select id, first_time, last_time from ingest_batch"
        )
        owner.execute("call refresh_rollups('2026-02-01')")
        for view in ("reading_minute", "reading_hour"):
            kept = owner.execute(f"select n, lowest, highest from {view} order by bucket".encode()).fetchall()
            assert kept == [(2, 4.0, 5.0), (2, 4.0, 5.0)]


def first_release(folder: Path) -> Path:
    """The store's migrations when roll-ups were continuous aggregates."""
    old, reading = folder / "telemetry" / "sql", Path("engine/timescale/incremental/0001_reading.sql")
    shutil.copytree(TELEMETRY / "incremental", old / "incremental")
    (old / reading).parent.mkdir(parents=True)
    shutil.copy(TELEMETRY / reading, old / reading)
    return old


def two_days_of_which_one_is_dropped(owner: psycopg.Connection) -> None:
    owner.execute("insert into point (name) values ('hainan/cold-store/room-1/air-1')")
    for number, day in enumerate(("2025-01-06Z", "2026-01-06Z")):
        owner.execute(
            "insert into ingest_batch (edge, epoch, sequence, lane, n, points, first_time, last_time, digest, "
            "ingested_at) values ('e', 1, %s, 'live', 2, '{1}', %s, %s::timestamptz + interval '10 s', '', now())",
            (number, day, day),
        )
        owner.execute(
            "insert into reading select 1, %s::timestamptz + i * interval '10 s', now(), 4 + i, 192, 1 "
            "from generate_series(0, 1) i",
            (day,),
        )
    for view in ("reading_minute", "reading_hour"):
        owner.execute(f"call refresh_continuous_aggregate('{view}', null, null)".encode())
    owner.execute("select drop_chunks('reading', older_than => timestamptz '2025-06-01')")
