"""Episodes, alarms and their priorities: what is found, what is not doubled, what needs a new look."""

from __future__ import annotations

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Priority, State
from mes.quality import episodes, excursions
from mes.transitions import Refused, StaleVersion
from tests.plugins.cold_room import UNKNOWN, ColdStore, minute


async def test_a_spike_shorter_than_the_delay_is_a_record_without_an_alarm(cold_store: ColdStore) -> None:
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 10)), (10, 5.0))
    async with cold_store.work() as work:
        [episode] = await episodes.episodes(work)
        assert await alarms.alarms(work) == []
    assert (episode.started_at, episode.ended_at, episode.raised_at) == (minute(1), minute(10), None)
    assert await cold_store.count("excursion") == 0


async def test_exactly_at_the_limit_is_inside(cold_store: ColdStore) -> None:
    await cold_store.read(*((m, 8.0) for m in range(46)))
    assert await cold_store.count("episode") == 0


async def test_a_delay_passes_between_two_readings(cold_store: ColdStore) -> None:
    """The last reading holds for five minutes: the alarm comes with the clock, not with the next reading."""
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 9)))
    await cold_store.look(at=10.9)
    async with cold_store.work() as work:
        assert await alarms.alarms(work, kind=Kind.TEMPERATURE) == []
    await cold_store.look(at=11.1)
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work, kind=Kind.TEMPERATURE)
    assert alarm.raised_at == minute(11)


async def test_two_probes_one_excursion(cold_store: ColdStore) -> None:
    await cold_store.put_lot("B2601A")
    for m in range(45):
        value = 5.0 if m < 20 else 9.0
        await cold_store.read((m, value))
        await cold_store.read((m, 5.0 if m < 25 else 8.4), probe="air-2")
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
        filed = await episodes.of_excursions(work, [excursion.id])
        raised = await alarms.alarms(work)
    assert {e.started_at for e in filed} == {minute(20), minute(25)}
    assert {a.source for a in raised} == {cold_store.name("air-1"), cold_store.name("air-2")}
    assert [await cold_store.count(t) for t in ("deviation", "maintenance_order", "lot_hold")] == [1, 1, 1]

    await cold_store.read((45, 5.0))
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
    assert excursion.ended_at is None
    await cold_store.read((47, 5.0), probe="air-2")
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
    assert excursion.ended_at == minute(47)


async def test_worse_is_told_again_and_needs_a_new_acknowledgement(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=31)
    async with cold_store.work("operator") as work:
        [alarm] = await alarms.alarms(work)
        known = await alarms.acknowledge(work, alarm.id, version=alarm.version, comment="door checked")
    assert (alarm.priority, known.state) == (Priority.HIGH, State.ACTIVE_ACKED)
    await cold_store.read((32, 15.6))
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work)
    assert (alarm.priority, alarm.state) == (Priority.CRITICAL, State.ACTIVE_UNACKED)
    assert len(await cold_store.rows("select 1 from outbox where topic = 'alarm.upgraded'")) == 1
    await cold_store.read((33, 9.0))
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work)
    assert alarm.cleared_at is None


async def test_an_acknowledgement_needs_a_comment_and_the_present_version(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=30)
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work)
    with pytest.raises(Refused) as refused:
        async with cold_store.work("operator") as work:
            await alarms.acknowledge(work, alarm.id, version=alarm.version, comment=" ")
    assert refused.value.failed == ("comment_given",)
    with pytest.raises(StaleVersion):
        async with cold_store.work("operator") as work:
            await alarms.acknowledge(work, alarm.id, version=alarm.version + 1, comment="seen")
    refusals = await cold_store.rows("select action from audit where action like 'alarm.%%refused' order by seq")
    assert refusals == [("alarm.acknowledge.refused",), ("alarm.change.refused",)]


async def test_silence_is_an_alarm_of_its_own(cold_store: ColdStore) -> None:
    """E10: out, then nothing; then back at 5 °C: stale clears by itself, the temperature alarm waits to be seen."""
    await cold_store.warm_up(until=31)
    await cold_store.look(at=40)
    async with cold_store.work() as work:
        stale = await alarms.standing(work, Kind.STALE)
        hot = await alarms.standing(work, Kind.TEMPERATURE)
    assert list(stale) == [cold_store.name()]
    assert stale[cold_store.name()].raised_at == minute(36)
    assert list(hot) == [cold_store.name()]
    await cold_store.read((41, 5.0))
    await cold_store.look(at=41.2)
    async with cold_store.work() as work:
        found = {alarm.kind: alarm.state for alarm in await alarms.alarms(work)}
    assert found[Kind.STALE] is State.RTN_UNACKED
    assert found[Kind.TEMPERATURE] is State.RTN_UNACKED


async def test_a_broken_probe_that_goes_on_talking_is_stale(cold_store: ColdStore) -> None:
    """What is silent may come back; what says that it is broken is told after a minute."""
    await cold_store.read((0, 5.0))
    await cold_store.read((1, UNKNOWN), (1.5, UNKNOWN))
    assert not await cold_store.count("alarm")
    for m in range(2, 5):
        await cold_store.read((m, UNKNOWN))
    async with cold_store.work() as work:
        [alarm] = (await alarms.standing(work, Kind.STALE)).values()
    assert alarm.raised_at == minute(2)
    assert alarm.message_en.endswith("says nothing usable")
    await cold_store.read((8, 5.1))
    async with cold_store.work() as work:
        assert await alarms.standing(work, Kind.STALE) == {}


async def test_a_lost_edge_an_unknown_point_a_rejected_batch(cold_store: ColdStore) -> None:
    await cold_store.read((0, 5.0), probe="new-probe")
    async with cold_store.work() as work:
        assert list(await alarms.standing(work, Kind.UNCONFIGURED_POINT)) == [cold_store.name("new-probe")]
        assert await alarms.standing(work, Kind.EDGE_LOST) == {}
    await cold_store.store(cold_store.message([(1, float("inf"))]))
    await cold_store.look(at=1)
    async with cold_store.work() as work:
        assert list(await alarms.standing(work, Kind.REJECTED_BATCH)) == ["edge-cold-store"]
        assert await alarms.standing(work, Kind.EDGE_LOST) == {}
    await cold_store.look(at=5)
    async with cold_store.work() as work:
        [lost] = (await alarms.standing(work, Kind.EDGE_LOST)).values()
    assert (lost.source, lost.raised_at) == ("edge-cold-store", minute(3))
    await cold_store.read((12, 5.0))
    async with cold_store.work() as work:
        assert await alarms.standing(work, Kind.REJECTED_BATCH) == {}
        assert await alarms.standing(work, Kind.EDGE_LOST) == {}
    await cold_store.look(at=20)
    assert len(await cold_store.rows("select 1 from alarm where kind = 'rejected_batch'")) == 1


async def test_a_silence_that_nobody_was_there_to_hear_is_no_lost_edge(cold_store: ColdStore) -> None:
    """The whole plant was stopped for an hour; the watch is up again before the edges have said anything."""
    await cold_store.read((0, 5.0))
    cold_store.clock.at = minute(60)
    cold_store.watch = cold_store.another_watch()
    await cold_store.look(at=61)
    async with cold_store.work() as work:
        assert await alarms.standing(work, Kind.EDGE_LOST) == {}
    await cold_store.look(at=64)
    cold_store.watch = cold_store.another_watch()  # a restart of the watch alone takes no alarm back
    await cold_store.look(at=65)
    async with cold_store.work() as work:
        [lost] = (await alarms.standing(work, Kind.EDGE_LOST)).values()
    assert (lost.source, lost.raised_at) == ("edge-cold-store", minute(3))


async def test_a_name_of_which_nothing_could_be_stored_is_no_edge_that_is_lost(cold_store: ColdStore) -> None:
    await cold_store.store(cold_store.message([(1, float("inf"))], edge="edge-of-nobody"))
    await cold_store.look(at=60)
    async with cold_store.work() as work:
        assert await alarms.standing(work, Kind.EDGE_LOST) == {}
