"""A round that was missed is an alarm, as other alarms are, until somebody has reviewed it."""

from __future__ import annotations

from mes.rounds import missing, service
from telemetry.work import begin
from tests.integration.rounds.walk import a_round, first, look, plan, walk
from tests.plugins.cold_room import ColdStore

ALARMS = "select source, priority, message_en, cleared_at is null from alarm where kind = 'round' order by id"


async def watched(cold_store: ColdStore, at: float) -> list[tuple[object, ...]]:
    await look(cold_store, at)
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        await missing.watch_rounds(work)
    return await cold_store.rows(ALARMS)


async def reviewed(cold_store: ColdStore) -> None:
    async with cold_store.work("lead") as work:
        for each in await service.rounds(work, end=cold_store.clock.at):
            await service.review(work, each.id, version=each.version, remark="walked anew")


async def test_a_round_nobody_walked_is_told_once_and_until_it_is_reviewed(cold_store: ColdStore) -> None:
    await plan(cold_store)
    assert await watched(cold_store, 59) == []
    [(source, priority, text, stands)] = await watched(cold_store, 60)
    number = (await first(cold_store)).number
    assert (source, priority, stands) == ("round/morning", "medium", True)
    assert text == f"Morning round {number}: nobody walked it until 2026-01-15 10:00"
    assert len(await watched(cold_store, 61)) == 1
    await reviewed(cold_store)
    assert [row[3] for row in await watched(cold_store, 62)] == [False]


async def test_several_are_one_alarm_that_counts_them(cold_store: ColdStore) -> None:
    await plan(cold_store)
    await watched(cold_store, 1)
    [(_, _, text, _)] = await watched(cold_store, 2 * 1440 + 61)
    assert str(text).endswith("2 more wait for review")


async def test_a_round_not_walked_whole_is_told_more_quietly(cold_store: ColdStore) -> None:
    await walk(cold_store, await a_round(cold_store), but="noise")
    [(_, priority, text, _)] = await watched(cold_store, 60)
    assert priority == "low"
    assert "not everything was looked at" in str(text)


async def test_a_round_that_was_walked_is_none(cold_store: ColdStore) -> None:
    await walk(cold_store, await a_round(cold_store))
    assert await watched(cold_store, 60) == []
