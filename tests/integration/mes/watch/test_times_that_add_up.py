"""Many short warmings: none alarms alone, together they do, and what stood there in each of them is held."""

from __future__ import annotations

from dataclasses import replace

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Priority, State
from mes.maintenance import service as maintenance
from mes.maintenance.model import FailureMode
from mes.plant import service as plant
from mes.quality import episodes, excursions
from mes.quality.model import Excursion
from models.limits import Side
from models.policy import CumulativeRule
from tests.integration.mes.watch.test_whole_policies import POLICY, SITE
from tests.plugins.cold_room import ColdStore, minute

SUM = CumulativeRule(side=Side.HIGH, limit=8.0, allowed_s=3600.0, window_s=86_400.0, citation=SITE)
LEVELS = tuple(replace(level, low_delay_s=1800.0, high_delay_s=1800.0) for level in POLICY.levels[1:])
WITH_SUM = replace(POLICY, levels=LEVELS, cumulative=(SUM,))


async def sum_alarm(cold_store: ColdStore) -> Alarm | None:
    async with cold_store.work() as work:
        found = await alarms.alarms(work, kind=Kind.CUMULATIVE)
    return found[0] if found else None


async def dip(cold_store: ColdStore, start: float, *, lane: str = "live") -> None:
    """A quarter of an hour at 9 °C."""
    warm = [(start + m, 9.0) for m in range(0, 15, 5)]
    await cold_store.read((start - 5, 5.0), *warm, (start + 15, 5.0), lane=lane)


async def excursion_of(cold_store: ColdStore) -> Excursion:
    async with cold_store.work() as work:
        [found] = await excursions.excursions(work)
    return found


async def test_four_quarters_of_an_hour_make_an_hour(cold_store: ColdStore) -> None:
    """Vector b3: out at 0, 180, 360 and 540 for 15 min each; C(375) = 45, C(555) = 60: alarm; C(1455) = 45: over."""
    await cold_store.judge_by(WITH_SUM)
    await cold_store.put_lot("B2601A", at=-60)
    await cold_store.put_lot("B2601B", at=30)  # stands there between the first two
    await cold_store.move_lot("B2601B", "cold-room-1", at=170)
    await cold_store.put_lot("B2601C", at=200)
    await cold_store.move_lot("B2601C", "cold-room-1", at=370)  # ten minutes of the third
    for start in (0, 180, 360):
        await dip(cold_store, start)
    assert await sum_alarm(cold_store) is None
    assert await cold_store.count("alarm where kind = 'temperature'") == 0
    await cold_store.read((535, 5.0), (540, 9.0), (545, 9.0), (550, 9.0))
    await cold_store.look(at=554.9)
    assert await sum_alarm(cold_store) is None
    await cold_store.read((555, 5.0))
    alarm = await sum_alarm(cold_store)
    assert alarm is not None
    assert (alarm.raised_at, alarm.state) == (minute(555), State.ACTIVE_UNACKED)

    found = await excursion_of(cold_store)
    assert (found.started_at, found.ended_at, alarm.excursion_id) == (minute(0), minute(555), found.id)
    async with cold_store.work() as work:
        lots = {row.lot_id: row.exposure_s for row in await excursions.lots_of(work, [found.id])}
        filed = await episodes.episodes(work)
    assert lots == {cold_store.lots["B2601A"]: 3600, cold_store.lots["B2601C"]: 600}
    assert await cold_store.held() == {"B2601A", "B2601C"}
    assert {e.excursion_id for e in filed} == {found.id}

    await cold_store.look(at=1440)
    assert (standing := await sum_alarm(cold_store)) is not None
    assert standing.cleared_at is None
    await cold_store.look(at=1441)
    assert (over := await sum_alarm(cold_store)) is not None
    assert (over.cleared_at, over.state) == (minute(1440), State.RTN_UNACKED)
    assert await cold_store.held() == {"B2601A", "B2601C"}


async def test_what_cools_a_room_that_is_out_too_long_altogether_gets_an_order(cold_store: ColdStore) -> None:
    """As after a single event: one order, urgent while the sum is used up, with the excursion; not another a dip."""
    await cold_store.judge_by(WITH_SUM)
    for start in (0, 180, 360):
        await dip(cold_store, start)
    assert await cold_store.count("maintenance_order") == 0
    await dip(cold_store, 540)
    await dip(cold_store, 720)
    excursion, alarm = await excursion_of(cold_store), await sum_alarm(cold_store)
    async with cold_store.work() as work:
        [order] = await maintenance.orders(work)
        machine = await plant.machine(work, order.equipment_id)
    assert machine.path == "hainan/cold-store/cold-room-2-compressor"
    assert (order.failure_mode, order.priority) == (FailureMode.ROOM_OUT_OF_LIMITS, Priority.HIGH)
    assert alarm is not None
    assert (order.excursion_id, order.alarm_id) == (excursion.id, alarm.id)
    assert "was out of its limits for 60 min within 24 h (EXC-2026-0001)" in order.title_en
    assert "24 小时内超出限值累计达 60 分钟" in order.title_zh
    assert order.evidence["finding"]["peak"] == 9.0


async def test_the_sum_grows_while_it_is_out_and_knows_nothing_of_the_single_event(cold_store: ColdStore) -> None:
    """Out for an hour at once: the single event alarms after half of it, the sum at the end of it; each by itself."""
    await cold_store.judge_by(WITH_SUM)
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 60, 2)))
    assert await sum_alarm(cold_store) is None
    assert await cold_store.count("alarm where kind = 'temperature'") == 1
    await cold_store.look(at=61)
    alarm = await sum_alarm(cold_store)
    assert alarm is not None
    assert alarm.raised_at == minute(61)
    await cold_store.read((63, 5.0))
    async with cold_store.work() as work:
        assert await alarms.standing(work, Kind.TEMPERATURE) == {}
        assert list(await alarms.standing(work, Kind.CUMULATIVE)) == [cold_store.name()]
        assert len(await excursions.excursions(work)) == 1


async def test_times_that_are_told_late_add_up_too(cold_store: ColdStore) -> None:
    """Two days later a buffer brings four dips: an alarm that is over, an excursion, a hold. Sent twice: the same."""
    await cold_store.judge_by(WITH_SUM)
    await cold_store.put_lot("B2601A")
    await cold_store.read((-10, 5.0))
    await cold_store.read((2880, 5.0))
    for _ in range(2):
        for start in (540, 180, 0, 360):
            await dip(cold_store, start, lane="backlog")
    alarm = await sum_alarm(cold_store)
    assert alarm is not None
    assert (alarm.raised_at, alarm.cleared_at) == (minute(555), minute(1440))
    assert await cold_store.count("alarm where kind = 'cumulative'") == 1
    assert await cold_store.held() == {"B2601A"}
    assert ((await excursion_of(cold_store)).started_at, await cold_store.count("excursion")) == (minute(0), 1)


async def test_a_rule_for_a_value_that_no_level_knows(cold_store: ColdStore) -> None:
    """As a shipping indicator has it: at 7 °C or above for an hour in all, though single limits are far away."""
    rule = replace(SUM, limit=7.0, inclusive=True)
    await cold_store.judge_by(replace(WITH_SUM, cumulative=(rule,)))
    for start in (0, 180, 360, 540):
        await cold_store.read((start - 5, 5.0), *((start + m, 7.0) for m in range(0, 15, 5)), (start + 15, 6.9))
    alarm = await sum_alarm(cold_store)
    assert alarm is not None
    assert alarm.raised_at == minute(555)
    assert await cold_store.count("episode where counted_by = 0") == 0
