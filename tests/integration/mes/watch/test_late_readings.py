"""Readings that come late are judged like all others, and what was signed in between is asked again."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Priority, State
from mes.quality import deviations, episodes, excursions, handling, service
from mes.quality.model import Decision, DeviationStatus, Disposition, Excursion, ExcursionStatus, Judged, Severity
from mes.watch.judging import judge
from mes.watch.plant import look
from models.columns import Columns
from telemetry.clock import to_us
from tests.plugins.cold_room import BAD, GOOD, UNKNOWN, ColdStore, minute, signed_by


async def only(cold_store: ColdStore) -> Excursion:
    async with cold_store.work() as work:
        [found] = await excursions.excursions(work)
    return found


async def test_a_buffer_shows_what_nobody_saw(cold_store: ColdStore) -> None:
    """Vector b4: live 5 at 0 and 60; at 90 the logger sends 9.5 from 10 to 50 and 5 at 55."""
    await cold_store.put_lot("B2601A")
    await cold_store.read((0, 5.0))
    await cold_store.read((60, 5.0))
    assert await cold_store.count("episode") == 0
    cold_store.clock.at = minute(90)
    await cold_store.read(*((m, 9.5) for m in range(10, 55, 5)), (55, 5.0), lane="backlog")
    async with cold_store.work() as work:
        [episode] = await episodes.episodes(work)
        [alarm] = await alarms.alarms(work, active=False)
    assert (episode.started_at, episode.ended_at, episode.raised_at) == (minute(10), minute(55), minute(20))
    assert (episode.known_s, episode.unknown_s, episode.late, episode.detected_at) == (2700, 0, True, minute(90))
    assert (alarm.priority, alarm.state) == (Priority.MEDIUM, State.RTN_UNACKED)
    found = await only(cold_store)
    assert (found.late, found.condition) == (True, "cleared")
    assert await cold_store.held() == {"B2601A"}


async def test_the_end_of_a_long_alarm_is_not_late_when_it_is_told_as_it_happens(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=40)
    await cold_store.read((41, 7.0))
    async with cold_store.work() as work:
        [episode] = await episodes.episodes(work)
    assert (episode.raised_at, episode.ended_at, episode.late) == (minute(30), minute(41), False)


async def test_an_end_that_is_told_long_afterwards_is_late(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=40)
    cold_store.clock.at = minute(90)
    await cold_store.read((41, 7.0), lane="backlog")
    async with cold_store.work() as work:
        [episode] = await episodes.episodes(work)
    assert (episode.ended_at, episode.late) == (minute(41), True)


async def judged_and_closed(cold_store: ColdStore) -> Excursion:
    """Out 09:20 to 09:41, every lot released, deviation closed."""
    await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=40)
    await cold_store.read((41, 7.0))
    found = await only(cold_store)
    fine = [Decision(lot_id=cold_store.lots["B2601A"], disposition=Disposition.NO_IMPACT, reason="21 minutes")]
    async with cold_store.work() as work:
        await service.disposition(
            work,
            found.id,
            version=found.version,
            decisions=fine,
            credentials=signed_by(),
            meaning="approved",
            reason="ok",
        )
        [draft] = await deviations.deviations(work)
        said = handling.Said(severity=Severity.MINOR)
        classified = await handling.take_step(work, draft.id, "classify", version=draft.version, said=said)
        await handling.sign_step(
            work,
            draft.id,
            "close",
            version=classified.version,
            credentials=signed_by(),
            meaning="approved",
            reason="minor",
        )
    assert await cold_store.held() == set()
    return await only(cold_store)


async def test_a_signed_decision_is_asked_again_when_its_facts_change(cold_store: ColdStore) -> None:
    closed = await judged_and_closed(cold_store)
    assert closed.status is ExcursionStatus.CLOSED
    cold_store.clock.at = minute(80)
    await cold_store.read(*((m, 9.5) for m in range(30, 60)), (60, 5.0), probe="air-2", lane="backlog")
    found = await only(cold_store)
    assert (found.id, found.status, found.ended_at) == (closed.id, ExcursionStatus.OPEN, minute(60))
    assert (found.signature_id, found.evidence) == (None, None)
    assert await cold_store.held() == {"B2601A"}
    async with cold_store.work() as work:
        [deviation] = await deviations.deviations(work)
        [row] = await excursions.lots_of(work, [found.id])
    assert (deviation.status, deviation.closed_at) == (DeviationStatus.REPORTED, None)
    assert (row.disposition, row.exposure_s) == (None, 2400)
    assert len(await cold_store.rows("select 1 from audit where action = 'excursion.reopen'")) == 1


async def test_readings_that_come_late_and_say_nothing_new_reopen_nothing(cold_store: ColdStore) -> None:
    closed = await judged_and_closed(cold_store)
    of_quality = "audit where entity in ('episode', 'excursion', 'deviation', 'lot')"
    before = await cold_store.count(of_quality)
    cold_store.clock.at = minute(80)
    await cold_store.read(*((m, 5.0) for m in range(60)), probe="air-2", lane="backlog")
    assert await only(cold_store) == closed
    assert await cold_store.count(of_quality) == before


async def test_what_late_readings_disprove_is_withdrawn_and_kept(cold_store: ColdStore) -> None:
    """9.0, silence, 9.0 again: worst case, an alarm. The buffer says that it was cold in between."""
    await cold_store.put_lot("B2601A")
    await cold_store.read((0, 5.0), (1, 9.0))
    await cold_store.read((21, 9.0))
    assert (await only(cold_store)).started_at == minute(1)
    await cold_store.read(*((m, 5.0) for m in range(2, 21)), lane="backlog")
    async with cold_store.work() as work:
        standing = await episodes.episodes(work)
        every = await episodes.episodes(work, withdrawn=True)
        [alarm] = await alarms.alarms(work)
    assert [(e.started_at, e.ended_at, e.raised_at) for e in standing] == [
        (minute(21), None, None),
        (minute(1), minute(2), None),
    ]
    assert len(every) == 3
    assert alarm.state is State.RTN_UNACKED
    assert (await only(cold_store)).condition == "cleared"
    assert await cold_store.held() == {"B2601A"}  # the safe direction: a person decides


async def test_a_long_episode_is_counted_on_from_an_anchor(cold_store: ColdStore) -> None:
    """Three hours out, half of them critical: the sums are those of a count from the beginning, to the microsecond."""
    cold_store.settings = replace(cold_store.settings, anchor_rows=20)
    cold_store.watch = cold_store.another_watch()
    course = [(m / 2, 5.0 if m < 4 else 16.0 if m % 180 >= 90 else 9.0 + (m % 7) / 10) for m in range(360)]
    for at in range(0, len(course), 6):
        await cold_store.read(*course[at : at + 6])
        assert await stored(cold_store) == await counted(cold_store, course[: at + 6])
    anchors = await cold_store.rows("select anchored_at from episode where anchored_at > %s", minute(170))
    assert len(anchors) == 2
    # A reading from before the anchor that nobody knew of: all is counted again.
    await cold_store.read((20.25, UNKNOWN), lane="backlog")
    assert await stored(cold_store) == await counted(cold_store, [*course, (20.25, UNKNOWN)])
    await cold_store.read((200, 5.0))
    assert await stored(cold_store) == await counted(cold_store, [*course, (20.25, UNKNOWN), (200, 5.0)])


async def stored(cold_store: ColdStore) -> list[Judged]:
    async with cold_store.work() as work:
        found = await episodes.episodes(work)
    return sorted((e.judged for e in found), key=lambda e: (e.level, e.side, e.started_at))


async def counted(cold_store: ColdStore, course: list[tuple[float, float]]) -> list[Judged]:
    """What all readings together say now."""
    async with cold_store.work() as work:
        plant = await look(work)
        [air] = [p for p in plant.points.values() if p.name == cold_store.name()]
    columns = Columns(
        np.array([to_us(minute(m)) for m, _ in course], dtype=np.int64),
        np.array([value for _, value in course]),
        np.array([BAD if value != value else GOOD for _, value in course], dtype=np.uint8),
    )
    found = judge(columns, plant.segments_of(air.point_id, {}), to_us(cold_store.clock.at))
    return sorted(found, key=lambda e: (e.level, e.side, e.started_at))


@pytest.mark.parametrize("seed", range(6))
async def test_order_and_doubles_change_no_episode(cold_store: ColdStore, seed: int) -> None:
    """Readings cut into batches, shuffled, some sent twice as new ones: the same episodes as from all at once.

    With every second seed long episodes are counted on from anchors, and batches are not shuffled far.
    """
    cold_store.settings = replace(cold_store.settings, anchor_rows=10 if seed % 2 else 1800)
    cold_store.watch = cold_store.another_watch()
    chance = Random(seed)
    times = sorted(chance.sample(range(0, 7200, 20), 250))
    values, value = [], 5.0
    for _ in times:
        value = min(17.0, max(-2.0, value + chance.uniform(-1.6, 1.6) * (0.4 if seed % 2 and value > 8 else 1)))
        values.append(round(value, 1))
    readings = [(t / 60, v) for t, v in zip(times, values, strict=True)]
    pieces = []
    while readings:
        size = chance.randint(1, 25)
        pieces.append(readings[:size])
        readings = readings[size:]
    sent = pieces + chance.sample(pieces, len(pieces) // 3)
    order = sorted(range(len(sent)), key=lambda i: pieces.index(sent[i]) + chance.uniform(0, 3 if seed % 2 else 1000))
    sent = [sent[i] for i in order]
    for piece in sent:
        in_order = max(cold_store.clock.at, minute(piece[-1][0]))
        cold_store.clock.at = in_order if seed % 2 else minute(120)
        await cold_store.store(cold_store.message(piece), lane=chance.choice(["live", "backlog"]))
        if chance.random() < 0.5:
            await cold_store.look()
    await cold_store.look(at=120)

    expected = await counted(cold_store, [(t / 60, v) for t, v in zip(times, values, strict=True)])
    assert expected
    assert await stored(cold_store) == expected
    async with cold_store.work() as work:
        raised = [e for e in await episodes.episodes(work) if e.raised_at is not None]
        found = {e.id: e for e in await excursions.excursions(work)}
    for e in raised:
        own = found[e.excursion_id or 0]
        assert own.started_at <= e.started_at
        assert own.ended_at is None or (e.ended_at is not None and e.ended_at <= own.ended_at)


async def test_an_episode_that_goes_on_after_all_joins_the_rooms_present_excursion(cold_store: ColdStore) -> None:
    """Air 1 seemed to be back at 09:20 and then fell silent; a second reading of that moment says 9.0."""
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(1, 20)), (20, 5.0))
    await cold_store.read((0, 5.0), *((m, 9.0) for m in range(30, 46)), probe="air-2")
    async with cold_store.work() as work:
        assert [e.condition for e in await excursions.excursions(work)] == ["active", "cleared"]
    await cold_store.read((20, 9.0), lane="backlog")
    async with cold_store.work() as work:
        now, before = await excursions.excursions(work)
        filed = await episodes.of_excursions(work, [now.id])
    assert (before.condition, now.condition, now.started_at) == ("cleared", "active", minute(1))
    assert {e.point_id for e in filed} == {e.point_id for e in filed if e.ended_at is None}
    assert len(filed) == 2


async def test_what_was_long_ago_clears_no_alarm_of_now(cold_store: ColdStore) -> None:
    """Out since 09:20. A buffer tells of a minute at 07:00 that was out as well, and over at once."""
    await cold_store.warm_up(until=31)
    await cold_store.read((-120, 9.0), (-119, 5.0), lane="backlog")
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work)
        assert len(await episodes.episodes(work)) == 2
    assert alarm.state is State.ACTIVE_UNACKED


@pytest.mark.parametrize(
    ("at", "spans", "exposed"),
    [
        (25.5, [(26, 41, 36), (20, 25.5, None)], (26, 41)),
        (30.5, [(31, 41, None), (20, 30.5, 30)], (20, 30.5)),
    ],
    ids=["before-its-alarm", "after-its-alarm"],
)
async def test_a_late_reading_that_splits_what_was_judged_asks_for_the_decision_again(
    cold_store: ColdStore, at: float, spans: list[tuple[float, float, float | None]], exposed: tuple[float, float]
) -> None:
    """One normal reading in the middle of 21 minutes: two episodes, of which one was long enough for an alarm."""
    closed = await judged_and_closed(cold_store)
    cold_store.clock.at = minute(80)
    await cold_store.read((at, 5.0), lane="backlog")
    found = await only(cold_store)
    async with cold_store.work() as work:
        standing = await episodes.episodes(work)
        [row] = await excursions.lots_of(work, [found.id])
    told = [(minute(start), minute(end), raised and minute(raised)) for start, end, raised in spans]
    assert [(e.started_at, e.ended_at, e.raised_at) for e in standing] == told
    assert (found.id, found.status, found.signature_id) == (closed.id, ExcursionStatus.OPEN, None)
    assert (row.exposed_from, row.exposed_to, row.disposition) == (minute(exposed[0]), minute(exposed[1]), None)
    assert await cold_store.held() == {"B2601A"}
