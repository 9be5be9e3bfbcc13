"""Orders from plan to closed: who wins of two, what a stale page changes, what is given up, what a line does first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mes.batches import service as batches
from mes.batches.model import BatchStatus
from mes.inventory import service as inventory
from mes.orders import service
from mes.orders.model import Status
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.plant.model import EquipmentStatus
from mes.recipes import service as recipes
from mes.transitions import Refused, StaleVersion
from telemetry.work import Pool, begin
from tests.plugins.database import NOW
from tests.plugins.filling import DEMO, LINE, PRODUCT, RECORD, FillingLine


async def test_what_is_given_up_never_comes_back(filling_line: FillingLine) -> None:
    line = filling_line
    order, batch = await line.released()
    with pytest.raises(Refused) as blank:
        await service.cancel_order(line.at(1), order.id, reason=" ")
    assert blank.value.failed == ("reason_given",)
    cancelled = await service.cancel_order(line.at(1), order.id, reason="not needed")
    assert (cancelled.status, cancelled.ended_reason) == (Status.CANCELLED, "not needed")
    assert (await batches.batch(line.first, batch.id)).status is BatchStatus.REJECTED
    order, batch = await line.released()
    await line.start(2, batch, "prepare")
    with pytest.raises(Refused) as unsigned:
        await service.abort_order(line.at(3), order.id, signature_id=None, reason="broken")
    assert unsigned.value.failed == ("signed",)
    with pytest.raises(Refused):
        await service.cancel_order(line.at(3), order.id, reason="late")
    assert batch.lot_id is not None
    assert (await inventory.lot(line.first, batch.lot_id)).quantity == 0


async def test_the_most_urgent_stands_first(filling_line: FillingLine) -> None:
    line, work = filling_line, filling_line.first
    made = [(await line.released())[0] for _ in range(3)]
    today = NOW.date()
    for order, (priority, due_on) in zip(made, ((5, None), (3, today), (1, today)), strict=True):
        found = await service.order(work, order.id)
        await service.put_in_line(work, order.id, priority=priority, due_on=due_on, version=found.version)
    assert [row.order.id for row in await service.dispatch(work)] == [made[2].id, made[1].id, made[0].id]
    with pytest.raises(StaleVersion):
        await service.put_in_line(work, made[0].id, priority=1, due_on=None, version=made[0].version)
    assert await service.dispatch(work, equipment_id=2**31 - 1) == []


async def test_nothing_starts_on_a_line_under_maintenance(filling_line: FillingLine) -> None:
    order, _ = await filling_line.released()
    work = filling_line.at(1)
    await plant.set_equipment_status(work, filling_line.line_id, EquipmentStatus.UNDER_MAINTENANCE, reason="bearing")
    with pytest.raises(Refused) as refused:
        await service.start_order(work, order.id)
    assert refused.value.failed == ("machine_works",)


async def test_of_two_tablets_one_starts_the_line(pool: Pool) -> None:
    async with begin(pool, "lead", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        await recipes.install(work, RECORD, number=1, reason="a story")
        line = await plant.machine_named(work, LINE)
        ids = []
        for _ in range(2):
            planned = await service.plan_order(work, item=PRODUCT, equipment_id=line.id, quantity=RECORD.batch_size)
            ids.append((await service.release_order(work, planned.id)).id)

    async def start(order_id: int) -> tuple[str, ...]:
        try:
            async with begin(pool, f"tablet-{order_id}", NOW + timedelta(minutes=1)) as work:
                await service.start_order(work, order_id)
        except Refused as refused:
            return refused.failed
        return ()

    told = await asyncio.gather(*(start(order_id) for order_id in (*ids, ids[0])))
    assert sum(each == () for each in told) == 1
    async with begin(pool, "qa", NOW) as work:
        running = await service.orders(work, statuses=[Status.RUNNING])
        assert len(running) == 1
