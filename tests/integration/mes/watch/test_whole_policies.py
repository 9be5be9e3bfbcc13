"""A whole policy at work: warnings, sides with delays of their own, defrost and doors, and where a probe stood."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Priority, State
from mes.quality import episodes, excursions, losing
from mes.quality.model import Episode
from mes.sensors import places
from models.policy import ContextRule, Level, LevelRule, Policy
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message
from tests.plugins.cold_room import ColdStore, minute, signed_by

SITE = "a rule of this plant"
POLICY = Policy(
    code="cold-2-8",
    version=2,
    title_en="2 to 8 °C",
    title_zh="2至8 °C",
    deadband=0.5,
    stale_s=300.0,
    resolution=Decimal("0.1"),
    citation=SITE,
    levels=(
        LevelRule(level=Level.WARN, low=3.0, high=7.0, low_delay_s=300, high_delay_s=300, citation=SITE),
        LevelRule(level=Level.ALARM, low=2.0, high=8.0, low_delay_s=120, high_delay_s=600, citation=SITE),
        LevelRule(level=Level.CRITICAL, low=-0.5, high=15.0, low_inclusive=True, citation=SITE),
    ),
)
DOOR = ContextRule(role="door", longest_s=600.0, citation=SITE)


async def alarm_of(cold_store: ColdStore) -> Alarm | None:
    async with cold_store.work() as work:
        found = await alarms.alarms(work, kind=Kind.TEMPERATURE)
    return found[0] if found else None


async def all_episodes(cold_store: ColdStore) -> list[Episode]:
    async with cold_store.work() as work:
        return sorted(await episodes.episodes(work), key=lambda e: (e.started_at, e.level))


async def test_a_warning_is_an_alarm_and_nothing_more(cold_store: ColdStore) -> None:
    """7.4 °C for ten minutes: people are told. Then the label's limit: the same alarm gets worse, now lots are held."""
    await cold_store.judge_by(POLICY)
    await cold_store.put_lot("B2601A")
    await cold_store.read((0, 5.0), *((m, 7.4) for m in range(1, 11)))
    warned = await alarm_of(cold_store)
    assert warned is not None
    assert (warned.priority, warned.raised_at, warned.excursion_id) == (Priority.MEDIUM, minute(6), None)
    assert [e.level for e in await all_episodes(cold_store)] == [Level.WARN]
    assert (await cold_store.count("excursion"), await cold_store.held()) == (0, set())

    await cold_store.read(*((m, 8.3) for m in range(11, 22)))
    worse = await alarm_of(cold_store)
    assert worse is not None
    assert (worse.id, worse.priority, worse.excursion_id is None) == (warned.id, Priority.HIGH, False)
    assert await cold_store.held() == {"B2601A"}

    await cold_store.read((22, 7.4))  # the label's limit is passed no longer, the warning is
    back = await alarm_of(cold_store)
    assert back is not None
    assert back.cleared_at is None
    await cold_store.read((23, 5.0))
    over = await alarm_of(cold_store)
    assert over is not None
    assert over.state is State.RTN_UNACKED
    assert await cold_store.count("alarm") == 1


async def test_every_side_waits_for_its_own_delay(cold_store: ColdStore) -> None:
    """Cold harms sooner: below 2 °C two minutes, above 8 °C ten. At -0.5 °C itself the product freezes at once."""
    await cold_store.judge_by(POLICY)
    await cold_store.read((0, 5.0), (1, 1.8), (2, 1.8), (3, 1.8))
    [cold] = [e for e in await all_episodes(cold_store) if e.level is Level.ALARM]
    assert (cold.raised_at, cold.limit_value) == (minute(3), 2.0)
    await cold_store.read((4, -0.4))
    assert not [e for e in await all_episodes(cold_store) if e.level is Level.CRITICAL]
    await cold_store.read((5, -0.5))
    [frozen] = [e for e in await all_episodes(cold_store) if e.level is Level.CRITICAL]
    assert (frozen.raised_at, frozen.limit_value) == (minute(5), -0.5)
    alarm = await alarm_of(cold_store)
    assert alarm is not None
    assert alarm.priority is Priority.CRITICAL


async def test_exactly_at_the_critical_limit_is_a_warning(cold_store: ColdStore) -> None:
    """Vector E7, warn 8, critical 10: 10.0 is a warning, 10.1 is critical, and people are told again (E8)."""
    levels = (
        LevelRule(level=Level.WARN, low=2.0, high=8.0, citation=SITE),
        LevelRule(level=Level.CRITICAL, low=0.0, high=10.0, citation=SITE),
    )
    await cold_store.judge_by(replace(POLICY, levels=levels))
    await cold_store.read((0, 5.0), (1, 10.0))
    alarm = await alarm_of(cold_store)
    assert alarm is not None
    assert alarm.priority is Priority.MEDIUM
    async with cold_store.work("operator") as work:
        await alarms.acknowledge(work, alarm.id, version=alarm.version, comment="seen")
    await cold_store.read((2, 10.5))
    worse = await alarm_of(cold_store)
    assert worse is not None
    assert (worse.id, worse.priority, worse.state) == (alarm.id, Priority.CRITICAL, State.ACTIVE_UNACKED)
    assert len(await cold_store.rows("select 1 from outbox where topic = 'alarm.upgraded'")) == 1


async def test_what_is_found_late_is_one_alarm_that_is_over(cold_store: ColdStore) -> None:
    """A buffer brings an hour at 16 °C: warning, alarm and critical together are one line, and it does not sound."""
    await cold_store.judge_by(POLICY)
    await cold_store.read((0, 5.0))
    await cold_store.read((120, 5.0))
    await cold_store.read(*((m, 16.0) for m in range(10, 70, 2)), (70, 5.0), lane="backlog")
    alarm = await alarm_of(cold_store)
    assert alarm is not None
    assert (alarm.priority, alarm.state) == (Priority.MEDIUM, State.RTN_UNACKED)
    assert (await cold_store.count("alarm where kind = 'temperature'"), await cold_store.count("excursion")) == (1, 1)


async def test_a_door_puts_an_alarm_off_and_hides_nothing(cold_store: ColdStore) -> None:
    """Open 09:02 to 09:08: six minutes don't count, so the alarm of 09:01 comes at 09:17. The record is the same."""
    await cold_store.judge_by(replace(POLICY, levels=POLICY.levels[1:], contexts=(DOOR,)))
    await cold_store.read((0, 0.0), (2, 1.0), (5, 1.0), (8, 0.0), (11, 0.0), (14, 0.0), probe="door")
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 17)))
    assert await alarm_of(cold_store) is None
    [episode] = await all_episodes(cold_store)
    assert (episode.started_at, episode.known_s, episode.raised_at) == (minute(1), 900, None)
    await cold_store.read((17, 9.0))
    alarm = await alarm_of(cold_store)
    assert alarm is not None
    assert alarm.raised_at == minute(17)


async def test_a_door_that_is_told_late_takes_the_alarm_back(cold_store: ColdStore) -> None:
    """The door's readings come after the alarm: judged again, it was not to be raised yet. Held lots stay held."""
    await cold_store.judge_by(replace(POLICY, levels=POLICY.levels[1:], contexts=(DOOR,)))
    await cold_store.put_lot("B2601A")
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 13)))
    assert await cold_store.held() == {"B2601A"}
    await cold_store.read(*((m, 1.0) for m in range(1, 12)), (12, 0.0), probe="door", lane="backlog")
    [episode] = await all_episodes(cold_store)
    assert (episode.started_at, episode.raised_at) == (minute(1), None)
    alarm = await alarm_of(cold_store)
    assert alarm is not None
    assert alarm.state is State.RTN_UNACKED
    await cold_store.read(*((m, 9.0) for m in range(13, 22)))
    [raised] = await all_episodes(cold_store)
    assert raised.raised_at == minute(21)  # ten minutes at most are not counted
    assert await cold_store.held() == {"B2601A"}


async def test_a_door_that_is_told_when_all_is_over(cold_store: ColdStore) -> None:
    """Twelve minutes out, over, and alarmed; then it is told that the door was open for all of it: it was no alarm."""
    await cold_store.judge_by(replace(POLICY, levels=POLICY.levels[1:], contexts=(DOOR,)))
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 13)), (13, 5.0))
    [raised] = await all_episodes(cold_store)
    assert raised.raised_at == minute(11)
    await cold_store.read((60, 5.0))
    await cold_store.read(*((m, 1.0) for m in range(1, 12)), (12, 0.0), probe="door", lane="backlog")
    [episode] = await all_episodes(cold_store)
    assert (episode.started_at, episode.ended_at, episode.raised_at) == (minute(1), minute(13), None)


@pytest.mark.parametrize(("quality", "held"), [(0x40, set()), (0, set()), (192, {"B2601A"})])
async def test_one_doubtful_reading_holds_no_lot(cold_store: ColdStore, quality: int, held: set[str]) -> None:
    """16 °C once, critical without a delay: a good reading holds lots, one of uncertain or bad quality is a record."""
    await cold_store.put_lot("B2601A")
    at = to_us(minute(1))
    spike = Reading(cold_store.name(), at, at, 16.0 if quality else float("nan"), quality)
    await cold_store.read((0, 5.0))
    await cold_store.store(Message("edge-cold-store", 1, next(cold_store.sequences), batch_of([spike])))
    await cold_store.look(at=1.1)
    assert await cold_store.held() == held
    if quality == 0x40:
        await cold_store.read((2, 16.0))  # so it was true
        assert await cold_store.held() == {"B2601A"}
        [first] = [e for e in await all_episodes(cold_store) if e.level is Level.CRITICAL]
        assert first.raised_at == minute(1)


async def test_an_excursion_is_where_the_probe_stood(cold_store: ColdStore) -> None:
    """Out since 09:01 in room 2, found at 09:30 to have been carried to room 1 at 09:15: both rooms were out."""
    await cold_store.put_lot("B2601A", "cold-room-1")
    await cold_store.put_lot("B2601B", "cold-room-2")
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 31)))
    assert await cold_store.held() == {"B2601B"}
    async with cold_store.work() as work:
        [air] = await work.all("select id from point where name = %(n)s", PointId, n=cold_store.name())
        room = cold_store.rooms["cold-room-1"]
        await places.move_point(work, air.id, zone_id=room, reason="carried over", at=minute(15))
    await cold_store.look(at=30.1)
    async with cold_store.work() as work:
        found = {e.zone_id: e for e in await excursions.excursions(work)}
    here, there = (found[cold_store.rooms[code]] for code in ("cold-room-2", "cold-room-1"))
    assert (here.started_at, here.ended_at) == (minute(1), minute(15))
    assert (there.started_at, there.ended_at) == (minute(15), None)
    assert await cold_store.held() == {"B2601A", "B2601B"}


class PointId:
    def __init__(self, id: int) -> None:  # noqa: A002 - the column's name
        self.id = id


async def test_a_lost_probe_stays_ended_though_its_warning_goes_on(cold_store: ColdStore) -> None:
    """QA ended what the silent probe left open; the rounds that follow look at the same point and leave it so."""
    await cold_store.judge_by(POLICY)
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 31)))
    await cold_store.look(at=90)
    async with cold_store.work() as work:
        [found] = await excursions.excursions(work)
        said = {"meaning": "approved", "reason": "the probe was broken off"}
        await losing.end_lost(work, found.id, version=found.version, credentials=signed_by(), **said)
    for at in (91, 100, 200):
        await cold_store.look(at=at)
    ends = {e.level: e.ended_at for e in await all_episodes(cold_store)}
    assert ends == {Level.ALARM: minute(90), Level.WARN: None}
    await cold_store.read((201, 9.0))  # it speaks again, and it is still warm
    [again] = [e for e in await all_episodes(cold_store) if e.level is Level.ALARM]
    assert again.ended_at is None


async def test_an_empty_truck_may_be_warm(cold_store: ColdStore) -> None:
    """12 °C since 09:01. The lot is put into the truck at 09:20, and that is said at 09:40: judged again from there."""
    await cold_store.buy_truck()
    await cold_store.put_lot("B2601A")
    await cold_store.read((0, 5.0), *((m, 12.0) for m in range(1, 41)), room="truck-1")
    assert await cold_store.count("episode") == 0
    await cold_store.move_lot("B2601A", "truck-1", at=20)
    await cold_store.look(at=40.1)
    [episode] = await all_episodes(cold_store)
    assert (episode.started_at, episode.raised_at, episode.ended_at) == (minute(20), minute(30), None)
    assert await cold_store.held() == {"B2601A"}
