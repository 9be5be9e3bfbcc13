"""Readings stay as long as their class says: what is over goes, no row is deleted, evidence never goes too early."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.migrate import Engine
from telemetry.store import append, arrival, readings, retention, trend
from telemetry.store.retention import Retirement, UnknownClass, set_retention_class
from telemetry.wire import Message
from tests.integration.telemetry.conftest import Store

WEEK, YEAR = timedelta(days=7), timedelta(days=366)
WHY = "a year is over"


async def give(store: Store, class_: str, point: int | None = None) -> None:
    async with store.owner.transaction():
        work = store.work()
        await set_retention_class(work, [point or store.point], class_, reason="the plant model says so")
        await work.flush()


async def let_go(store: Store) -> list[tuple[str, int]]:
    """What `isotherm db retention --apply` does with raw readings of the story's point; what went, by class."""
    gone = [each for each in await retention.due(store.work()) if store.point in each.points]
    for each in gone:
        await retire(store, each)
    return [(each.class_, each.readings) for each in gone]


async def retire(store: Store, gone: Retirement) -> None:
    async with store.owner.transaction():
        work = store.work()
        await retention.retire(work, gone, reason=WHY)
        await work.flush()
    store.memory.weeks.clear()  # a gateway does so after the commit that failed for want of a chunk


async def a_neighbour(store: Store, *moments_s: float) -> tuple[int, str]:
    """A point of class gxp in the same room, with readings so many seconds from now."""
    name = store.name.replace("air-1", "air-2")
    times = [to_us(store.now + timedelta(seconds=s)) for s in moments_s]
    batch = batch_of([Reading(name, t, t, 3.0, 192) for t in times])
    async with store.owner.transaction():
        await append(store.work(), [arrival(Message("edge-line", store.point, 10**6, batch))], memory=store.memory)
    point = store.memory.point_ids[name]
    await give(store, "gxp", point)
    return point, name


async def test_what_is_over_goes_out_of_its_chunk_and_the_evidence_beside_it_stays(store: Store) -> None:
    old, young = store.now - 20 * WEEK, store.now - 2 * WEEK
    await store.keep(store.at(old, 4.0), store.at(old + timedelta(hours=1), 6.0), store.at(young, 5.0), sequence=1)
    neighbour, _ = await a_neighbour(store, -(20 * WEEK).total_seconds())
    await store.refresh(store.now + timedelta(hours=2))
    await give(store, "bulk")
    if store.engine is Engine.TIMESCALE:
        await store.ask("select compress_chunk(c) from show_chunks('reading') c")
    assert await let_go(store) == [("bulk", 2)]

    assert [r.value for r in await readings(store.work(), store.point, old, store.now)] == [5.0]
    assert [r.value for r in await readings(store.work(), neighbour, old, store.now)] == [3.0]
    rolled = "select sum(n), min(lowest), max(highest) from reading_hour where point_id = :point"
    assert await store.ask(rolled) == [(3, 4.0, 6.0)]
    if store.engine is Engine.TIMESCALE:
        packed = "select count(*) from timescaledb_information.chunks where range_start <= $1 and range_end > $1"
        found = await store.ask(packed.replace("$1", f"'{old}'::timestamptz") + " and is_compressed")
        assert found == [(1,)]
    assert await let_go(store) == []


async def test_a_chunk_in_which_nothing_stays_goes_whole(store: Store) -> None:
    old = store.now - 20 * WEEK
    await store.keep(store.at(old), store.at(store.now), sequence=1)
    await give(store, "bulk")
    await let_go(store)
    chunks = await store.ask("select starts, ends from raw_chunks()")
    assert [starts for starts, ends in chunks if starts <= old < ends] == []
    assert len([starts for starts, ends in chunks if starts <= store.now < ends]) == 1


async def test_a_week_that_was_written_anew_still_takes_late_readings_and_still_refuses_changes(store: Store) -> None:
    old = store.now - 20 * WEEK
    neighbour, name = await a_neighbour(store, -(20 * WEEK).total_seconds())
    await store.keep(store.at(old), sequence=1)
    await give(store, "bulk")
    await let_go(store)
    late = Reading(name, to_us(old) + 7_000_000, to_us(old) + 7_000_000, 8.0, 192)
    await store.keep(late, sequence=2)
    assert [r.value for r in await readings(store.work(), neighbour, old, store.now)] == [8.0, 3.0]
    for change in ("update reading set value = 0", "delete from reading", "truncate reading"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            await store.ask(change)


async def test_a_straggler_does_not_overwrite_the_roll_up_of_readings_that_are_gone(store: Store) -> None:
    old = store.now - 20 * WEEK
    neighbour, name = await a_neighbour(store, -(20 * WEEK).total_seconds())
    await store.keep(store.at(old, 4.0), sequence=1)
    await store.refresh()
    await give(store, "bulk")
    await let_go(store)
    late = Reading(name, to_us(old) + 7_000_000, to_us(old) + 7_000_000, 8.0, 192)
    await store.keep(store.at(old, 99.0), late, sequence=2)
    await store.refresh(store.now + timedelta(hours=2, minutes=1))
    minute = f"select n, highest from reading_minute where bucket = date_trunc('minute', '{old}'::timestamptz)"
    assert await store.ask(f"{minute} and point_id = :point") == [(1, 4.0)]
    assert await store.ask(f"{minute} and point_id = {neighbour}") == [(2, 8.0)]
    hour = f"select n, highest from reading_hour where bucket = date_trunc('hour', '{old}'::timestamptz)"
    assert await store.ask(f"{hour} and point_id = :point") == [(1, 4.0)]
    assert await store.ask(f"{hour} and point_id = {neighbour}") == [(2, 8.0)]
    assert await let_go(store) == [("bulk", 1)]


async def test_a_window_whose_raw_readings_are_gone_is_shown_from_its_minutes_and_then_from_its_hours(
    store: Store,
) -> None:
    start = (store.now - 40 * WEEK).replace(minute=0)
    await store.keep(*[store.at(start + timedelta(seconds=s), s) for s in range(0, 3600, 10)], sequence=1)
    await store.refresh()
    end = start + timedelta(hours=1)
    (before,) = await trend(store.work(), [store.point], start, end, 1000)
    assert (before.width_s, sum(before.n)) == (5, 360)
    await give(store, "bulk")
    await let_go(store)
    (minutes,) = await trend(store.work(), [store.point], start, end, 1000)
    assert (minutes.width_s, sum(minutes.n), max(x for x in minutes.max if x)) == (60, 360, 3590)
    (over,) = [o for o in await retention.rollups_due(store.work()) if o.what == "minute" and store.point in o.points]
    async with store.owner.transaction():
        assert await retention.forget(store.work(), over, reason=WHY) >= 60
    (hours,) = await trend(store.work(), [store.point], start, end, 1000)
    assert (hours.width_s, sum(hours.n), max(x for x in hours.max if x)) == (3600, 360, 3590)


async def test_evidence_younger_than_five_years_is_refused_whatever_the_classes_say(store: Store) -> None:
    old = store.now - 4 * YEAR
    await store.keep(store.at(old), sequence=1)
    chunks = await store.ask("select starts, ends from raw_chunks()")
    starts, ends = next((starts, ends) for starts, ends in chunks if starts <= old < ends)
    gone = Retirement(starts, ends, "gxp", [store.point], 1)
    for class_ in (None, "gxp"):
        if class_:
            await give(store, class_)
        with pytest.raises(psycopg.errors.RestrictViolation):
            await retire(store, gone)
    with pytest.raises(psycopg.errors.CheckViolation):
        await store.ask("update retention.class set keep_raw = '4 years 11 months' where name = 'gxp' returning name")
    assert len(await readings(store.work(), store.point, old, store.now)) == 1


async def test_a_point_that_nobody_has_classed_is_never_due(store: Store) -> None:
    await store.keep(store.at(store.now - 30 * YEAR), sequence=1)
    assert await let_go(store) == []


async def test_what_went_and_who_said_so_stands_in_the_trail(store: Store) -> None:
    await store.keep(store.at(store.now - 20 * WEEK), sequence=1)
    await give(store, "bulk")
    await let_go(store)
    trail = await store.ask(
        f"select action, before ->> 'readings', reason from audit where at = '{store.now}' order by seq"
    )
    assert trail == [("retention.class", None, "the plant model says so"), ("retention.drop", "1", WHY)]


async def test_a_class_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(UnknownClass):
        await give(store, "for-ever")


async def test_the_programs_may_not_drop_anything(store: Store) -> None:
    await store.keep(store.at(store.now - 20 * WEEK), sequence=1)
    await give(store, "bulk")
    (gone,) = [each for each in await retention.due(store.work()) if store.point in each.points]
    forbidden = (
        f"call retire_readings('{gone.starts}', array[{store.point}], now())",
        "delete from rollup.minute",
        "update retention.class set keep_raw = '1 day'",
        "drop table reading",
    )
    for deed in forbidden:
        async with store.owner.transaction(force_rollback=True):
            await store.owner.execute("set local role isotherm_app")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await store.owner.execute(deed.encode())
