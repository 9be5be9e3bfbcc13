"""The owner asks what is older than it must be kept, and lets it go: `isotherm db retention`."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from typer.testing import CliRunner

from isotherm.commands.database import app
from isotherm.retention import classify
from mes.audit import service as trail
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.store.retention import due, retire
from telemetry.wire import Message
from telemetry.work import begin
from tests.plugins.cold_room import NINE, ColdStore
from tests.plugins.database import Database

OLD = NINE - timedelta(days=3 * 365)
AIR, CURRENT = "hainan/cold-store/cold-room-2/air-1", "hainan/cold-store/cold-room-2-compressor/current"
EDGE, STRANGE = "hainan/edges/edge-line/backlog", "hainan/cold-store/cold-room-9/air-1"


@pytest.fixture
async def long_kept(cold_store: ColdStore, database: Database, monkeypatch: pytest.MonkeyPatch) -> ColdStore:
    """Readings of three years ago, of every kind of point, in one week."""
    monkeypatch.setenv("ISOTHERM_DATABASE_OWNER_URL", database.owner)
    readings = [Reading(name, to_us(OLD), to_us(OLD), 5.0, 192) for name in (AIR, CURRENT, EDGE, STRANGE)]
    await cold_store.store(Message("edge-line", 1, 1, batch_of(readings)), lane="import")
    return cold_store


async def retention(*words: str) -> str:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["retention", *words])
    assert done.exit_code == 0, done.output
    return done.output


def left(database: Database) -> set[str]:
    """Names of points whose readings are there."""
    with psycopg.connect(database.owner) as owner:
        rows = owner.execute("select p.name from reading r join point p on p.id = r.point_id").fetchall()
    return {name for (name,) in rows}


async def test_what_would_go_is_told_and_nothing_is_changed(long_kept: ColdStore, database: Database) -> None:
    told = await retention()
    assert "4 points would get the class gxp" in told
    assert "process             1 raw readings" in told
    assert "bulk                1 raw readings" in told
    assert "Nothing was changed" in told
    assert left(database) == {AIR, CURRENT, EDGE, STRANGE}
    assert await long_kept.rows("select distinct retention_class from point") == [(None,)]
    assert await long_kept.rows("select action from audit where action like 'retention.%%'") == []


async def test_evidence_and_what_nobody_knows_stay_when_the_rest_goes(long_kept: ColdStore, database: Database) -> None:
    told = await retention("--apply", "--reason", "spring cleaning")
    assert "1 raw readings of class process" in told
    assert left(database) == {AIR, STRANGE}
    gone = await long_kept.rows(
        "select before ->> 'class', reason from audit where action = 'retention.drop' order by 1"
    )
    assert gone == [("bulk", "spring cleaning"), ("process", "spring cleaning")]
    async with begin(long_kept.pool, "audit", NINE) as work:
        assert (await trail.verify(work)).first_bad_seq is None
    assert "No raw readings are older" in await retention()


async def test_late_readings_of_a_week_that_is_being_written_anew_wait_and_are_stored(
    long_kept: ColdStore, database: Database
) -> None:
    late = Reading(AIR, to_us(OLD) + 60_000_000, to_us(OLD), 5.5, 192)
    async with AsyncConnectionPool(database.owner, min_size=1, max_size=1, open=False) as owners:
        async with begin(owners, "owner", NINE) as work:
            await classify(work)
            (gone, *_) = await due(work)
            await retire(work, gone, reason="it is over")
            storing = asyncio.create_task(long_kept.store(Message("edge-line", 1, 2, batch_of([late])), lane="import"))
            waits = (
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            )
            while await work.scalar(waits) == 0:
                await work.run("select pg_stat_clear_snapshot()")
                await asyncio.sleep(0.02)
            assert not storing.done()
        await storing
    with psycopg.connect(database.owner) as owner:
        found = owner.execute("select value from reading r join point p on p.id = point_id where p.name = %s", [AIR])
        assert sorted(value for (value,) in found) == [5.0, 5.5]


async def test_a_week_that_is_in_use_stays_until_the_next_time(long_kept: ColdStore, database: Database) -> None:
    with psycopg.connect(database.owner) as reader:
        reader.execute("select from reading limit 1")  # a report that somebody has left open
        told = await retention("--apply")
    assert "stay for now: the week is in use" in told
    assert left(database) == {AIR, CURRENT, EDGE, STRANGE}
    await retention("--apply")
    assert left(database) == {AIR, STRANGE}


async def test_a_point_that_a_policy_comes_to_judge_becomes_evidence_and_stays_it(long_kept: ColdStore) -> None:
    async def class_of_current() -> str | None:
        [(found,)] = await long_kept.rows("select retention_class from point where name = %s", CURRENT)
        return None if found is None else str(found)

    async def as_the_model_says(policy: str | None) -> None:
        async with begin(long_kept.pool, "plant", NINE) as work:
            judged = "update measuring_point set policy = %(policy)s where measure = 'current'"
            await work.run(judged, policy=policy)
            await classify(work)

    found = []
    for policy in (None, "cold-2-8", None):
        await as_the_model_says(policy)
        found.append(await class_of_current())
    assert found == ["process", "gxp", "gxp"]
