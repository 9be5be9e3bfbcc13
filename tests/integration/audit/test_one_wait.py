"""Questions asked together are answered in their order; changes sent without waiting stand or fall with the work."""

from __future__ import annotations

import psycopg
import pytest

from mes.audit.service import entries, verify
from telemetry.work import Pool, begin
from tests.plugins.database import NOW


async def test_answers_come_in_the_order_of_the_questions(pool: Pool) -> None:
    async with begin(pool, "qa", NOW) as work:
        answers = await work.together(work.scalar("select 1"), work.scalar("select 2"), entries(work))
    assert answers == [1, 2, []]


async def test_the_first_error_among_them_is_raised_when_all_have_ended(pool: Pool) -> None:
    async def ask() -> None:
        async with begin(pool, "qa", NOW) as work:
            work.audit("lot.move", "lot", 1)
            await work.together(work.scalar("select 1"), work.scalar("select 1 / 0"), work.scalar("select 2"))

    with pytest.raises(psycopg.errors.DivisionByZero):
        await ask()
    async with begin(pool, "qa", NOW) as work:  # the connection is whole, and nothing was written
        assert await entries(work) == []


async def test_changes_sent_without_waiting_are_all_there_or_none(pool: Pool) -> None:
    async def send(wrong: str) -> None:
        async with begin(pool, "qa", NOW) as work:
            async with work.without_waiting():
                await work.emit("plant.woke", n=1)
                await work.run(wrong)
                await work.emit("plant.woke", n=2)
            work.audit("lot.move", "lot", 1)

    with pytest.raises(psycopg.errors.DivisionByZero):
        await send("select 1 / 0")
    await send("select 1")
    async with begin(pool, "qa", NOW) as work:
        assert await work.scalar("select array_agg(body ->> 'n' order by id) from outbox") == ["1", "2"]
        assert (await verify(work)).rows == 1
