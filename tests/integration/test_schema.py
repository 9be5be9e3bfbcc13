"""The audit trail only grows, whoever asks."""

from __future__ import annotations

import psycopg
import pytest

from telemetry.chain import GENESIS
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW, Database


async def test_a_change_and_its_audit_row_are_one(pool: Pool) -> None:
    async with begin(pool, "qa", NOW) as work:
        work.audit("hold.place", "lot", 1, after={"cause": "excursion:1"}, reason="9.1 °C")
        work.audit("hold.place", "lot", 2, after={"cause": "excursion:1"}, reason="9.1 °C")
    async with begin(pool, "qa", NOW) as work:
        rows = await (await work.db.execute("select seq, prev_hash, hash from audit order by seq")).fetchall()
    assert [row[0] for row in rows] == [1, 2]
    assert rows[0][1] == GENESIS
    assert rows[1][1] == rows[0][2]


async def test_nobody_changes_a_row_of_the_trail(pool: Pool, database: Database) -> None:
    async with begin(pool, "qa", NOW) as work:
        work.audit("hold.place", "lot", 1, reason="9.1 °C")
    with psycopg.connect(database.owner) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute("update audit set reason = 'ok'")
    with psycopg.connect(database.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("delete from audit")


async def test_a_unit_of_work_that_fails_leaves_nothing(work: Work) -> None:
    assert await work.scalar("select count(*) from audit") == 0
