"""The demo plant's mock recall: whoever opens it finds one whose scope reaches the hospital; once."""

from __future__ import annotations

from pathlib import Path

from isotherm.demo_recalls import rehearse_recall
from isotherm.demo_shipments import CUSTOMERS, HOSPITAL, ship_demo
from isotherm.demo_stock import stock_demo
from isotherm.first_entry import let_in
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.recall import scoping, service
from mes.recall.model import Status
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


async def test_a_visitor_finds_a_mock_recall_to_sign(work: Work) -> None:
    model = read_plant(DEMO)
    await apply(work, model, "test")
    await let_in(work, model.people, {})
    await stock_demo(work, NOW)
    await rehearse_recall(work, NOW)
    await rehearse_recall(work, NOW)
    await ship_demo(work, NOW)
    [found] = await service.recalls(work)
    assert (found.is_mock, found.status) == (True, Status.INITIATED)
    reach = await scoping.reaches(work, await scoping.starts_of(work, found.id))
    assert [line.consignee for line in reach.lines if not line.in_plant] == [CUSTOMERS[HOSPITAL].name]
