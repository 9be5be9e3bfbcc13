"""A room that is to be mapped again calls, louder as the day passes, until a study is approved."""

from __future__ import annotations

from dataclasses import replace

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Priority
from mes.mapping.model import Season
from models.policy import Remapping
from tests.integration.mapping.test_studies import approve, filled, planned
from tests.integration.mes.watch.test_whole_policies import POLICY
from tests.plugins.cold_room import ColdStore

YEARLY = replace(POLICY, remapping=Remapping(every_days=400, notice_days=(30, 0), citation="GSP"))


async def standing(store: ColdStore, days: float) -> dict[str, Priority]:
    """Alarms of mappings when the watch has looked, so many days later."""
    await store.look(days * 1440)
    async with store.work() as work:
        return {source: each.priority for source, each in (await alarms.standing(work, Kind.MAPPING)).items()}


async def test_a_room_whose_policy_asks_for_mapping_calls_until_a_study_is_approved(cold_store: ColdStore) -> None:
    assert await standing(cold_store, 0) == {}  # the policy asks for nothing
    await cold_store.judge_by(YEARLY)
    both = {"cold-room-1": Priority.MEDIUM, "cold-room-2": Priority.MEDIUM}
    assert await standing(cold_store, 0.1) == both  # neither was ever mapped
    async with cold_store.work() as work:
        study = await planned(cold_store, work, Season.HOT)
        await filled(work, study)
        await approve(work, study.id)
    other = {"cold-room-1": Priority.MEDIUM}
    assert await standing(cold_store, 1) == other
    # QA signed for another study within a year, which is sooner than the policy asks
    heard = [(days, (await standing(cold_store, days)).get("cold-room-2")) for days in (334, 335, 364, 365, 366)]
    low, medium = Priority.LOW, Priority.MEDIUM
    assert heard == [(334, None), (335, low), (364, low), (365, medium), (366, medium)]
    async with cold_store.work() as work:
        [told] = [a for a in await alarms.alarms(work, kind=Kind.MAPPING, active=True) if a.source == "cold-room-2"]
    assert told.message_en == "Cold room 2: mapping was due on 2027-01-15 (the day set with the last study)"
    assert told.message_zh == "2号冷库：温度分布验证到期日 2027-01-15（上次验证批准时确定的日期）"
    assert told.zone_id == cold_store.rooms["cold-room-2"]
