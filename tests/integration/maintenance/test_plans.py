"""Plans of the cold store: due by the calendar, by hours of running, by a counter; each opens one order, once."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from mes.maintenance import applying, planning
from mes.maintenance import service as maintenance
from mes.maintenance.applying import PlanRow, put
from mes.maintenance.due import Standing
from mes.maintenance.model import Order, OrderKind, Status
from mes.maintenance.proving import Signing
from mes.maintenance.service import Told
from mes.maintenance.words import PlanWords
from telemetry import store
from telemetry.work import begin
from tests.plugins.cold_room import UNKNOWN, ColdStore, minute, signed_by

COMPRESSOR = "hainan/cold-store/cold-room-2-compressor"
SEEN = Signing(credentials=signed_by("maintenance-2"), meaning="verified", reason="seen at the machine")
NAME = {"en": "Service of the compressor", "zh": "压缩机保养"}


async def plan(cold_store: ColdStore, code: str = "service", **rule: object) -> None:
    said = {"code": code, "equipment": "cold-store/cold-room-2-compressor", "name": NAME}
    words = PlanWords.model_validate(said | rule)
    async with cold_store.work("plant") as work:
        await put(work, PlanRow(code=code, equipment=COMPRESSOR, definition=words.model_dump_json()))


async def look(cold_store: ColdStore, at: float) -> list[Order]:
    """The watch's round over plans, at a minute."""
    cold_store.clock.at = minute(at)
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        await store.refresh_rollups(work)
        return await planning.look_at_plans(work)


async def stands(cold_store: ColdStore) -> planning.Planned:
    async with cold_store.work() as work:
        [found] = await planning.planned(work)
    return found


async def finish(cold_store: ColdStore, order: Order) -> Order:
    steps = {
        "start": ("maintenance", Told()),
        "done": ("maintenance", Told(findings="as planned", labour_min=Decimal(30), no_parts=True)),
        "verify": ("maintenance-2", Told(check_result="runs quietly")),
        "close": ("maintenance-2", Told()),
    }
    for step, (who, told) in steps.items():
        async with cold_store.work(who) as work:
            signing = SEEN if step == "verify" else None
            order = await maintenance.take_step(work, order.id, step, version=order.version, told=told, signing=signing)
    return order


async def test_by_the_calendar_one_order_a_month(cold_store: ColdStore) -> None:
    await plan(cold_store, calendar={"first": "2026-01-16", "months": 1})
    assert await look(cold_store, 0) == []
    assert (await stands(cold_store)).due.standing is Standing.DUE_SOON
    [order] = await look(cold_store, 24 * 60)
    assert (order.kind, order.status, str(order.due_on)) == (OrderKind.PREVENTIVE, Status.APPROVED, "2026-01-16")
    assert await look(cold_store, 48 * 60) == [], "one open order for a plan"
    assert (await stands(cold_store)).due.standing is Standing.OVERDUE
    await finish(cold_store, order)
    assert await look(cold_store, 49 * 60) == []
    assert str((await stands(cold_store)).due.due_on) == "2026-02-16"


async def test_the_watch_opens_it_on_its_round(cold_store: ColdStore) -> None:
    await plan(cold_store, calendar={"first": "2026-01-15", "days": 7})
    await cold_store.look(1)
    async with cold_store.work() as work:
        [order] = await maintenance.orders(work)
    assert order.requested_by == "watch"


async def test_two_watches_open_one(cold_store: ColdStore) -> None:
    await plan(cold_store, calendar={"first": "2026-01-15", "days": 7})

    async def at_once() -> list[Order]:
        async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
            return await planning.look_at_plans(work)

    opened = await asyncio.gather(*(at_once() for _ in range(3)))
    assert sum(map(len, opened)) == 1


async def test_hours_of_running_come_from_its_current_and_open_it_once(cold_store: ColdStore) -> None:
    await plan(cold_store, running={"hours": 2, "measure": "current", "above": 2.0})
    running = [(float(m), 6.0 if m % 30 < 20 else 0.1) for m in range(0, 121, 2)]
    await cold_store.read(*running, probe="current", room="cold-room-2-compressor")
    assert await look(cold_store, 120) == []
    use = (await stands(cold_store)).due.use
    assert use is not None
    assert (round(use.used, 3), use.unknown) == (Decimal("1.333"), Decimal(0)), "20 of each 30 minutes"
    more = [(float(m), 6.0) for m in range(122, 161, 2)]
    await cold_store.read(*more, probe="current", room="cold-room-2-compressor")
    assert await look(cold_store, 161) == [], "the watch has opened it on its own round"
    async with cold_store.work() as work:
        [order] = await maintenance.orders(work)
    assert order.plan_use is not None
    assert order.plan_use >= 2
    assert await look(cold_store, 162) == []
    await finish(cold_store, order)
    again = (await stands(cold_store)).due
    assert again.standing is Standing.WAITING, "a new cycle begins when it is done"


async def test_silence_is_charged_and_what_comes_late_takes_it_back(cold_store: ColdStore) -> None:
    await plan(cold_store, running={"hours": 100, "measure": "current", "above": 2.0})
    await cold_store.read((0.0, 0.1), probe="current", room="cold-room-2-compressor")
    await look(cold_store, 180)
    use = (await stands(cold_store)).due.use
    assert use is not None
    assert (use.used, round(use.unknown, 2)) == (Decimal(0), Decimal("2.92")), "a reading holds for five minutes"
    still = [(float(m), 0.1) for m in range(4, 180, 4)]
    await cold_store.read(*still, probe="current", room="cold-room-2-compressor", lane="backlog")
    await look(cold_store, 180)
    use = (await stands(cold_store)).due.use
    assert use is not None
    assert use.charged == 0


async def test_a_counter_that_is_reset_goes_on(cold_store: ColdStore) -> None:
    await plan(cold_store, count={"counts": 100, "measure": "running"})
    shown = [(0.0, 500.0), (10.0, 540.0), (20.0, UNKNOWN), (70.0, 570.0), (80.0, 5.0), (130.0, 20.0)]
    await cold_store.read(*shown, probe="running", room="cold-room-2-compressor")
    assert await look(cold_store, 131) == []
    use = (await stands(cold_store)).due.use
    assert use is not None
    assert use.used == 90, "40 + 30, and 20 since it began again"
    await cold_store.read((140.0, 31.0), probe="running", room="cold-room-2-compressor")
    assert len(await look(cold_store, 141)) == 1


async def test_planned_work_is_skipped_with_a_reason_and_the_next_comes_as_planned(cold_store: ColdStore) -> None:
    await plan(cold_store, calendar={"first": "2026-01-15", "months": 1})
    [order] = await look(cold_store, 1)
    async with cold_store.work("maintenance") as work:
        skipped = await maintenance.take_step(
            work, order.id, "skip", version=order.version, told=Told(note="the room is empty")
        )
    assert skipped.status is Status.SKIPPED
    assert await look(cold_store, 60) == []
    assert str((await stands(cold_store)).due.due_on) == "2026-02-15"


async def test_a_plan_that_leaves_the_folder_opens_nothing(cold_store: ColdStore) -> None:
    await plan(cold_store, calendar={"first": "2026-01-15", "days": 1})
    async with cold_store.work("plant") as work:
        await applying.retire(work, "maintenance_plan", "service")
    assert await look(cold_store, 60) == []
