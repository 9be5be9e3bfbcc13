"""One transaction, any number of watches, any number of looks: nothing half, nothing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg

from mes.audit import service as audit
from mes.plant import service as plant
from mes.quality import episodes, excursions
from mes.watch import claims, run_watch
from mes.watch.plant import look
from telemetry.clock import to_us
from tests.plugins.cold_room import ColdStore, minute
from tests.plugins.database import Database

WHAT_FOLLOWS = ("episode", "excursion", "excursion_lot", "lot_hold", "alarm", "deviation", "maintenance_order")
BREAK = """
create function break_it() returns trigger language plpgsql as $$ begin raise exception 'broken on purpose'; end $$;
create trigger broken before insert on maintenance_order for each row execute function break_it();
"""


CUT = """
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""


async def test_what_fails_in_the_middle_leaves_nothing_half(cold_store: ColdStore, database: Database) -> None:
    await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=29)
    before = [await cold_store.count(table) for table in (*WHAT_FOLLOWS, "audit", "outbox")]
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(BREAK.encode())
        cold_store.clock.at = minute(30)
        await cold_store.store(cold_store.message([(30, 8.6)]))
        await cold_store.watch.sweep()
        assert [await cold_store.count(table) for table in (*WHAT_FOLLOWS, "audit", "outbox")] == before
        assert await cold_store.rows("select count(*) from ingest_batch where watched_at is null") == [(1,)]
        owner.execute("drop trigger broken on maintenance_order")
    cold_store.clock.advance(timedelta(seconds=6))
    await cold_store.watch.sweep()
    assert [await cold_store.count(table) for table in WHAT_FOLLOWS] == [1] * len(WHAT_FOLLOWS)
    assert await cold_store.rows("select count(*) from ingest_batch where watched_at is null") == [(0,)]


async def test_looking_again_writes_nothing(cold_store: ColdStore) -> None:
    await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=33)
    tables = (*WHAT_FOLLOWS, "audit", "outbox")
    before = [await cold_store.rows(f"select * from {table} order by 1, 2") for table in tables]
    async with cold_store.work("watch") as work:
        seen = await look(work)
        span = to_us(minute(0)), to_us(minute(33))
        await claims.judge_points(
            work, seen, dict.fromkeys(filter(seen.is_judged, seen.points), span), cold_store.settings
        )
    assert [await cold_store.rows(f"select * from {table} order by 1, 2") for table in tables] == before
    await cold_store.another_watch().tick()
    assert [await cold_store.rows(f"select * from {table} order by 1, 2") for table in tables] == before


async def test_growing_numbers_leave_no_audit_rows(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=31)
    audited, [(version, known)] = (
        await cold_store.count("audit"),
        await cold_store.rows("select version, known_s from episode"),
    )
    await cold_store.read((32, 8.7))
    await cold_store.read((33, 8.9))
    assert await cold_store.count("audit") == audited
    assert await cold_store.rows("select version, known_s, peak from episode") == [(version, known + 120, 8.9)]
    await cold_store.read((34, 7.0))
    assert await cold_store.rows("select action from audit order by seq desc limit 1 offset 1") != []
    ended = await cold_store.rows("select after->>'peak' from audit where action = 'episode.change' order by seq")
    assert len(ended) == 2  # raised, ended


async def test_watches_side_by_side_write_nothing_twice(cold_store: ColdStore) -> None:
    """Two edges read two probes of one room; three watches look at the same time."""
    await cold_store.put_lot("B2601A")
    watches = [cold_store.another_watch() for _ in range(3)]
    for m in range(0, 48, 2):
        cold_store.clock.at = minute(m + 1)
        for probe, edge in (("air-1", "edge-one"), ("air-2", "edge-two")):
            pair = [(m, 5.0 if m < 20 else 9.0), (m + 1, 5.0 if m < 20 else 9.0)]
            await cold_store.store(*(cold_store.message([each], probe=probe, edge=edge) for each in pair))
        await asyncio.gather(*(watch.sweep() for watch in watches), *(watch.tick() for watch in watches))
    for watch in watches:
        await watch.sweep()
    expected = {"episode": 2, "alarm": 2} | dict.fromkeys(
        ("excursion", "excursion_lot", "lot_hold", "deviation", "maintenance_order"), 1
    )
    assert {table: await cold_store.count(table) for table in WHAT_FOLLOWS} == expected
    assert await cold_store.rows("select count(*) from ingest_batch where watched_at is null") == [(0,)]
    async with cold_store.work() as work:
        assert (await audit.verify(work)).first_bad_seq is None


async def test_a_watch_goes_on_when_its_connections_are_cut(cold_store: ColdStore, database: Database) -> None:
    await cold_store.warm_up(until=29)
    cold_store.clock.at = minute(30)
    stop = asyncio.Event()
    settings = replace(cold_store.settings, dsn=database.app, poll_s=0.02)
    watching = asyncio.create_task(run_watch(settings, stop, cold_store.clock))
    try:
        with psycopg.connect(database.owner, autocommit=True) as owner:
            owner.execute(CUT)
        await cold_store.pool.check()
        await cold_store.store(cold_store.message([(30, 8.6)]))
        async with asyncio.timeout(20):
            while not await cold_store.count("excursion"):  # noqa: ASYNC110 - the watch tells nobody
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await watching
    assert [await cold_store.count(table) for table in ("episode", "alarm", "deviation")] == [1, 1, 1]


async def test_each_version_of_the_limits_judges_its_own_time(cold_store: ColdStore) -> None:
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 6)))
    cold_store.clock.at = minute(5.5)
    async with cold_store.work("plant") as work:
        [first] = await plant.rules_for(work, "cold-2-8")
        short = replace(first.terms, delay_s=20.0)
        second = await plant.add_rule_version(work, "cold-2-8", short, effective_from=minute(6), reason="demo")
    await cold_store.read((6, 9.0))
    await cold_store.read((7, 9.0))
    async with cold_store.work() as work:
        by_rule = {e.rule_id: e for e in await episodes.episodes(work)}
        [excursion] = await excursions.excursions(work)
    assert (by_rule[first.id].ended_at, by_rule[first.id].raised_at) == (minute(6), None)
    assert (by_rule[second.id].started_at, by_rule[second.id].raised_at) == (
        minute(6),
        minute(6) + timedelta(seconds=20),
    )
    assert excursion.started_at == minute(6)
