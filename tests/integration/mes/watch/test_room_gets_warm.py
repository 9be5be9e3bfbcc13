"""Cold room 2 gets warm: what follows by itself, in one transaction, and what doesn't."""

from __future__ import annotations

from mes.alarms import service as alarms
from mes.maintenance import service as maintenance
from mes.quality import episodes, excursions
from mes.quality.model import Condition, ExcursionStatus
from tests.plugins.cold_room import ColdStore, minute


async def test_no_excursion_before_the_delay_has_passed(cold_store: ColdStore) -> None:
    await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=29)
    assert await cold_store.count("excursion") == 0
    assert await cold_store.count("episode") == 1
    assert await cold_store.held() == set()


async def test_at_half_past_nine_everything_follows(cold_store: ColdStore) -> None:
    await cold_store.put_lot("B2601A")
    await cold_store.put_lot("B2601B", "cold-room-1")
    await cold_store.warm_up(until=30)
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
        [episode] = await episodes.of_excursions(work, [excursion.id])
        [alarm] = await alarms.alarms(work)
        order = await maintenance.order_of_excursion(work, excursion.id)
    assert (excursion.started_at, excursion.ended_at) == (minute(20), None)
    assert (episode.started_at, episode.raised_at) == (minute(20), minute(30))
    assert (alarm.excursion_id, alarm.episode_id, alarm.state) == (excursion.id, episode.id, "active_unacked")
    assert order is not None
    assert order.evidence["finding"]["episode_id"] == episode.id
    assert order.alarm_id == alarm.id
    assert await cold_store.held() == {"B2601A"}
    assert await cold_store.rows("select number, status, excursion_id from deviation") == [
        ("DEV-2026-0001", "draft", excursion.id)
    ]
    assert (await cold_store.rows("select count(*) from ingest_batch where watched_at is null")) == [(0,)]


async def test_cold_again_the_episode_ends_and_the_holds_stay(cold_store: ColdStore) -> None:
    await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=51)
    await cold_store.read((52, 7.8))
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
    assert excursion.condition is Condition.ACTIVE
    await cold_store.read((55, 7.4))
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
        [alarm] = await alarms.alarms(work)
    assert (excursion.condition, excursion.status) == (Condition.CLEARED, ExcursionStatus.OPEN)
    assert (excursion.started_at, excursion.ended_at) == (minute(20), minute(55))
    assert alarm.state == "rtn_unacked"
    assert await cold_store.held() == {"B2601A"}
