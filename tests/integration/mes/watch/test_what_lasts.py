"""Alarms of their own: no mains, a door that stays open, an edge whose clock is off, a value that changes fast."""

from __future__ import annotations

from dataclasses import replace

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Priority, State
from models.policy import RateRule
from telemetry import store
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message
from telemetry.work import begin
from tests.integration.mes.watch.test_whole_policies import POLICY, SITE
from tests.plugins.cold_room import GOOD, UNKNOWN, ColdStore, minute


async def newest(cold_store: ColdStore, kind: Kind) -> Alarm | None:
    async with cold_store.work() as work:
        found = await alarms.alarms(work, kind=kind)
    return found[0] if found else None


async def test_without_mains_for_a_minute(cold_store: ColdStore) -> None:
    await cold_store.read((0, 1.0), (1, 0.0), (1.5, 0.0), probe="mains")
    assert await newest(cold_store, Kind.POWER) is None
    await cold_store.look(at=2.1)
    alarm = await newest(cold_store, Kind.POWER)
    assert alarm is not None
    assert (alarm.raised_at, alarm.source, alarm.message_en) == (
        minute(2),
        cold_store.name("mains"),
        "Cold room 2 has no mains power",
    )
    await cold_store.read((3, UNKNOWN), probe="mains")  # nobody knows: the alarm stands
    assert (await newest(cold_store, Kind.POWER) or alarm).cleared_at is None
    await cold_store.read((4, 1.0), probe="mains")
    back = await newest(cold_store, Kind.POWER)
    assert back is not None
    assert (back.id, back.cleared_at, back.state) == (alarm.id, minute(4), State.RTN_UNACKED)


async def test_a_blink_of_the_mains_begins_anew(cold_store: ColdStore) -> None:
    await cold_store.read((0, 0.0), (0.9, 1.0), (1, 0.0), probe="mains")
    await cold_store.look(at=1.9)
    assert await newest(cold_store, Kind.POWER) is None


async def test_a_door_that_stays_open(cold_store: ColdStore) -> None:
    await cold_store.read((0, 0.0), (1, 1.0), (5, 1.0), probe="door")
    assert await newest(cold_store, Kind.DOOR) is None
    await cold_store.read((6, 1.0), probe="door")
    alarm = await newest(cold_store, Kind.DOOR)
    assert alarm is not None
    assert alarm.raised_at == minute(6)
    await cold_store.read((7, 0.0), probe="door")
    assert (await newest(cold_store, Kind.DOOR) or alarm).cleared_at == minute(7)


async def test_an_edge_tells_that_its_clock_is_off(cold_store: ColdStore) -> None:
    async def tell(m: float, offset_s: float) -> None:
        at = to_us(minute(m))
        said = Reading("hainan/edges/edge-cold-store/clock-offset", at, at, offset_s, GOOD)
        await cold_store.store(Message("edge-cold-store", 1, next(cold_store.sequences), batch_of([said])))
        await cold_store.look(at=m)

    await tell(1, -30.0)
    assert await newest(cold_store, Kind.CLOCK) is None
    await tell(2, -31.0)
    alarm = await newest(cold_store, Kind.CLOCK)
    assert alarm is not None
    assert (alarm.source, alarm.message_en) == ("edge-cold-store", "The clock of edge edge-cold-store is off by -31 s")
    await tell(3, 0.2)
    assert (await newest(cold_store, Kind.CLOCK) or alarm).cleared_at == minute(3)
    assert await newest(cold_store, Kind.UNCONFIGURED_POINT) is None


async def test_a_value_that_changes_fast_inside_its_limits(cold_store: ColdStore) -> None:
    """Vector b6: 5.0 5.1 5.3 5.4 5.6 in four minutes are 9.0 °C an hour. Advice: no lot is held, nothing chatters."""
    rate = RateRule(per_h=8.0, over_s=240.0, citation=SITE)
    await cold_store.judge_by(replace(POLICY, levels=POLICY.levels[1:], rate=rate))
    await cold_store.put_lot("B2601A")

    async def roll_up_and_look(at: float) -> Alarm | None:
        cold_store.clock.at = minute(at)
        async with begin(cold_store.pool, "gateway", cold_store.clock.at) as work:
            await store.refresh_rollups(work)
        await cold_store.look()
        return await newest(cold_store, Kind.RATE)

    rise = [5.0, 5.1, 5.3, 5.4, 5.6]
    await cold_store.read(*((m, rise[m]) for m in range(4)))
    await cold_store.store(cold_store.message([(4, 5.6)]))
    alarm = await roll_up_and_look(4)
    assert alarm is not None
    assert (alarm.priority, alarm.message_en) == (Priority.MEDIUM, "Cold room 2, air-1: rises by 9.0 °C per hour")
    await cold_store.store(cold_store.message([(5, 5.7)]))  # 7.2 in an hour: slower, not by enough
    standing = await roll_up_and_look(5)
    assert standing is not None
    assert (standing.id, standing.cleared_at) == (alarm.id, None)
    await cold_store.store(cold_store.message([(6, 5.7), (7, 5.7), (8, 5.7)]))
    over = await roll_up_and_look(8)
    assert over is not None
    assert over.cleared_at == minute(8)
    assert (await cold_store.held(), await cold_store.count("excursion")) == (set(), 0)
