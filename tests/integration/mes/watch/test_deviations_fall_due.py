"""A deviation's clock: told on the 25th day, worse on the 30th, over with it. Days turn at the plant's midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Priority
from mes.quality import handling
from mes.quality.deviations import Draft
from mes.quality.model import Deviation
from tests.plugins.cold_room import NINE, ColdStore, signed_by

MIDNIGHT = timedelta(hours=15)  # from nine in the plant to the end of its day


async def reported(cold_store: ColdStore) -> Deviation:
    """At nine on 15 January; due on 14 February."""
    async with cold_store.work() as work:
        draft = Draft(title_en="Label torn", title_zh="标签破损", description="seen at packing")
        made = await handling.open_deviation(work, draft)
        said = handling.Said(description="seen at packing", immediate_action="set aside")
        return await handling.take_step(work, made.id, "report", version=made.version, said=said)


async def standing(cold_store: ColdStore) -> Alarm | None:
    async with cold_store.work() as work:
        return next(iter((await alarms.standing(work, Kind.DEVIATION_DUE)).values()), None)


async def looked(cold_store: ColdStore, after: timedelta) -> Alarm | None:
    """What stands after the watch looked, so long after nine of the first day."""
    cold_store.clock.at = NINE + after
    await cold_store.watch.tick()
    return await standing(cold_store)


async def test_it_is_told_before_it_is_due_and_worse_when_it_is(cold_store: ColdStore) -> None:
    found = await reported(cold_store)
    assert found.due_on == date(2026, 2, 14)
    assert await looked(cold_store, timedelta(days=24) + MIDNIGHT - timedelta(minutes=2)) is None
    notice = await looked(cold_store, timedelta(days=24) + MIDNIGHT)
    assert notice is not None
    assert (notice.source, notice.priority) == (found.number, Priority.MEDIUM)
    assert notice.raised_at == datetime(2026, 2, 8, 16, tzinfo=UTC)
    assert "is due on 2026-02-14" in notice.message_en
    last = await looked(cold_store, timedelta(days=29) + MIDNIGHT)
    assert last is not None
    assert (last.id, last.priority) == (notice.id, Priority.HIGH)
    late = await looked(cold_store, timedelta(days=40))
    assert late is not None
    assert late.id == notice.id


async def test_it_is_over_with_the_deviation(cold_store: ColdStore) -> None:
    found = await reported(cold_store)
    assert await looked(cold_store, timedelta(days=26)) is not None
    async with cold_store.work() as work:
        told = {"meaning": "approved", "reason": "entered twice"}
        await handling.sign_step(
            work,
            found.id,
            "void",
            version=found.version,
            credentials=signed_by(),
            **told,
        )
    assert await looked(cold_store, timedelta(days=26, minutes=2)) is None
