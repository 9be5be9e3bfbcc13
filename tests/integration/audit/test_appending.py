"""The chain grows a row at a time, whoever writes at once and whoever is killed; work that stands alone has no rows."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg import AsyncConnection

from mes.audit.service import entries, verify
from telemetry.chain import GENESIS, link, stamp
from telemetry.work import Pool, Work, alone, begin
from tests.plugins.database import NOW, Database
from tests.plugins.waiting import until

APPEND = (
    "select append_audit(%s, 'qa', 'lot.move', 'lot', '7', null, '{\"名\": \"冷库\"}', 'too warm',"
    ' \'{"action":"lot.move","actor":"qa","after":{"名":"冷库"},"before":null,"entity":"lot","entity_id":"7",'
    '"reason":"too warm","seq":\', %s)'
)
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
WRITERS, EACH = 8, 5


async def test_the_function_writes_the_row_that_the_chain_says(pool: Pool) -> None:
    tail = f',"ts":"{stamp(NOW)}"}}'
    async with pool.connection() as connection:
        await connection.execute(APPEND, [NOW, tail])
        await connection.execute(APPEND, [NOW, tail])
    async with begin(pool, "qa", NOW) as work:
        second, first = await entries(work)
        assert (await verify(work)).first_bad_seq is None
    told = {"action": "lot.move", "actor": "qa", "after": {"名": "冷库"}, "before": None, "entity": "lot"}
    told |= {"entity_id": "7", "reason": "too warm", "ts": stamp(NOW)}
    assert (first.seq, first.prev_hash, first.hash) == (1, GENESIS, link(GENESIS, told | {"seq": 1}))
    assert (second.seq, second.prev_hash, second.hash) == (2, first.hash, link(first.hash, told | {"seq": 2}))


async def test_writers_at_once_leave_one_chain_without_a_hole(pool: Pool) -> None:
    async def write(n: int) -> None:
        for i in range(EACH):
            async with begin(pool, f"operator-{n}", NOW + timedelta(seconds=i)) as work:
                work.audit("lot.move", "lot", n, after={"i": i})
                work.audit("lot.move", "lot", n, after={"i": i, "again": True})

    await asyncio.gather(*(write(n) for n in range(WRITERS)))
    async with begin(pool, "qa", NOW) as work:
        verdict = await verify(work)
        rows = await entries(work, limit=1000)
    assert (verdict.rows, verdict.first_bad_seq) == (WRITERS * EACH * 2, None)
    for n in range(WRITERS):  # the two rows of one work stand side by side
        own = [row.seq for row in reversed(rows) if row.actor == f"operator-{n}"]
        assert [b - a for a, b in zip(own[::2], own[1::2], strict=True)] == [1] * EACH


async def test_who_is_killed_with_the_chain_in_hand_leaves_nothing_and_holds_up_nobody(
    pool: Pool, database: Database
) -> None:
    killed = await AsyncConnection.connect(database.app)
    holder = Work("operator", NOW, killed)
    holder.audit("lot.move", "lot", 1, reason="never committed")
    await holder.flush()
    other = asyncio.create_task(_move(pool))
    with psycopg.connect(database.owner, autocommit=True) as owner:
        await until(lambda: owner.execute(WAITING).fetchone() == (1,))
        assert not other.done()
        owner.execute("select pg_terminate_backend(%s)", [killed.info.backend_pid])
    await other
    with pytest.raises(psycopg.OperationalError):
        await killed.execute("select 1")
    async with begin(pool, "qa", NOW) as work:
        [row] = await entries(work)
        assert (row.seq, row.reason, row.prev_hash) == (1, "came second", GENESIS)
        assert (await verify(work)).first_bad_seq is None


async def _move(pool: Pool) -> None:
    async with begin(pool, "operator-2", NOW) as work:
        work.audit("lot.move", "lot", 1, reason="came second")


async def test_a_work_that_fails_takes_its_rows_and_its_number_back(pool: Pool) -> None:
    async def fail() -> None:
        async with begin(pool, "operator", NOW) as work:
            work.audit("lot.move", "lot", 1)
            await work.flush()
            raise RuntimeError("the page was closed")

    with pytest.raises(RuntimeError):
        await fail()
    await _move(pool)
    async with begin(pool, "qa", NOW) as work:
        assert [row.seq for row in await entries(work)] == [1]


async def test_alone_each_statement_stands_for_itself(pool: Pool) -> None:
    """What was done before a failure stays; the connection goes back as it was."""

    async def fail() -> None:
        async with alone(pool, "gateway", NOW) as work:
            await work.emit("plant.woke", day=1)
            await work.run("select 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await fail()
    async with begin(pool, "gateway", NOW) as work:
        assert not work.db.autocommit
        assert await work.scalar("select body ->> 'day' from outbox") == "1"


async def test_alone_writes_no_audit_rows(pool: Pool) -> None:
    with pytest.raises(AssertionError, match="needs a transaction"):
        async with alone(pool, "gateway", NOW) as work:
            work.audit("lot.move", "lot", 1)
    async with begin(pool, "gateway", NOW) as work:
        assert not work.db.autocommit
        assert await entries(work) == []


async def test_alone_on_many_connections_counts_every_statement(pool: Pool) -> None:
    async def tell(n: int) -> None:
        async with alone(pool, "gateway", NOW) as work:
            await work.emit("plant.woke", n=n)

    await asyncio.gather(*(tell(n) for n in range(WRITERS * EACH)))
    async with alone(pool, "gateway", NOW) as work:
        assert await work.scalar("select count(distinct body ->> 'n') from outbox") == WRITERS * EACH


async def test_alone_survives_a_connection_that_was_killed(pool: Pool, database: Database) -> None:
    async def killed() -> None:
        with psycopg.connect(database.owner, autocommit=True) as owner:
            async with alone(pool, "gateway", NOW) as work:
                owner.execute("select pg_terminate_backend(%s)", [work.db.info.backend_pid])
                await work.emit("plant.woke")

    with pytest.raises(psycopg.OperationalError):
        await killed()
    async with alone(pool, "gateway", NOW) as work:
        assert await work.scalar("select count(*) from outbox") == 0
