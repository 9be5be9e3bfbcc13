"""The demo plant's batches: one that was coated and filled, one that is released, and plans; made once."""

from __future__ import annotations

from pathlib import Path

from isotherm.demo_batches import run_batches
from isotherm.demo_stock import stock_demo
from isotherm.first_entry import let_in
from mes.batches import service as batches
from mes.batches.model import OperationStatus
from mes.orders import service as orders
from mes.orders.model import Status
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


async def test_a_visitor_finds_a_line_at_work(work: Work) -> None:
    model = read_plant(DEMO)
    await apply(work, model, "test")
    crew = [each for each in model.people if each.username in {"operator", "lead"}]
    entries = await let_in(work, crew, {})
    await stock_demo(work, NOW)
    await run_batches(work, NOW, entries)
    await run_batches(work, NOW, entries)
    found = await orders.orders(work)
    statuses = [each.status for each in reversed(found)]
    assert statuses == [Status.RUNNING, Status.RELEASED, *[Status.PLANNED] * 3]
    [kit, _] = await orders.dispatch(work)
    assert [(o.code, o.status) for o in kit.operations] == [("fill", OperationStatus.RUNNING)]
    assert (kit.done, kit.total) == (1, 3)
    assert len([v for v in await batches.values(work, kit.batch_id) if v.in_force]) == 7
    [clearance] = await batches.clearances(work, kit.batch_id)
    assert clearance.passed
    assert (await plant.machine(work, kit.order.equipment_id)).status == "in_use"
