"""A year of readings is looked back over by a worker: the request returns at once, and people see how far it is."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from mes.reports.queue import LOOK_BACK
from mes.reports.sql import SQL as QUEUE
from mes.sensors import doubt, look_backs, looking
from mes.sensors.look_backs import LookBack
from mes.transitions import Refused, StaleVersion
from telemetry.work import begin
from tests.integration.sensors.conftest import Sensors
from tests.integration.sensors.test_look_back import doubted as doubted
from tests.plugins.cold_room import ColdStore, signed_by

JOBS = f"queue.procrastinate_jobs where task_name = '{LOOK_BACK}'"


@pytest.fixture(autouse=True)
def _nothing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is, a worker does it."""
    monkeypatch.setattr(look_backs, "AT_ONCE", 0)


async def now(store: ColdStore, found: LookBack) -> LookBack:
    async with store.work() as work:
        return await look_backs.look_back(work, found.id)


async def test_nothing_is_found_or_concluded_until_a_worker_has_looked(sensors_of: Sensors, doubted: LookBack) -> None:
    store = sensors_of.store
    conclude = partial(
        look_backs.conclude, conclusion="No lot.", credentials=signed_by(), meaning="reviewed", reason="seen"
    )
    assert (doubted.looked_at, doubted.findings, await store.held()) == (None, {"errors": [-1.2], "stays": []}, set())
    assert await store.count(JOBS) == 1
    with pytest.raises(Refused) as refused:
        async with store.work() as work:
            await conclude(work, doubted.id, version=1)
    assert refused.value.failed == ("all_is_looked_at",)
    assert await looking.look_back(store.pool, store.clock, doubted.id)
    over = await now(store, doubted)
    assert (over.looked_at, over.looked_share) == (store.clock.now(), 1)
    assert [change["verdict"] for change in over.findings["stays"][0]["changes"]] == ["appears"]
    assert await store.held() == {"STAYED"}
    assert not await looking.look_back(store.pool, store.clock, doubted.id)  # a job that came twice does nothing
    assert await store.count("lot_hold") == 1
    with pytest.raises(StaleVersion):  # who signs must have seen what was found
        async with store.work() as work:
            await conclude(work, doubted.id, version=1)
    async with store.work() as work:
        assert (await conclude(work, doubted.id, version=over.version)).concluded_at is not None


async def test_others_see_how_far_it_is(
    sensors_of: Sensors, doubted: LookBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three hundred days in pieces of thirty, each read once."""
    monkeypatch.setattr(doubt, "_A_PIECE", timedelta(days=30))
    store, seen = sensors_of.store, list[float]()
    real = look_backs.look

    async def watched(work, made, told, clock):  # type: ignore[no-untyped-def]
        async def telling(share: float) -> None:
            await told(share)
            store.clock.at += timedelta(minutes=1)
            seen.append((await now(store, doubted)).looked_share)

        return await real(work, made, telling, clock)

    monkeypatch.setattr(look_backs, "look", watched)
    await looking.look_back(store.pool, store.clock, doubted.id)
    assert len(seen) >= 10
    assert seen == sorted(seen)
    assert (seen[0] < 0.2, seen[-1]) == (True, 1.0)
    assert (await now(store, doubted)).looked_at == store.clock.now()  # when it was done, not when it began


async def test_one_worker_looks_and_what_was_dropped_is_taken_up(sensors_of: Sensors, doubted: LookBack) -> None:
    store = sensors_of.store
    async with begin(store.pool, "look-back", store.clock.now()) as held:
        assert await held.scalar(look_backs.SQL["try_look"], id=doubted.id)
        assert not await looking.look_back(store.pool, store.clock, doubted.id)
    async with store.work("worker") as work:
        assert await looking.defer_unlooked(work) == []  # its job waits
    async with store.work("worker") as work:  # its worker was killed
        await work.run(QUEUE["look_into_queue"])
        await work.db.execute("delete from procrastinate_jobs")
        await work.run(QUEUE["look_away"])
    async with store.work("worker") as work:
        assert await looking.defer_unlooked(work) == [doubted.id]
