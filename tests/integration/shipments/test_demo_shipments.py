"""The demo plant's shipments: whoever opens it finds one that was delivered and one to be picked; once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from isotherm.demo_shipments import DELIVERED_LOT, ship_demo
from isotherm.demo_stock import stock_demo
from isotherm.first_entry import let_in
from mes.inventory import ledger
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.shipments import service as shipments
from mes.shipments.model import Status
from mes.shipments.sheets import sheet
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


async def test_a_visitor_finds_shipments(work: Work) -> None:
    model = read_plant(DEMO)
    await apply(work, model, "test")
    await let_in(work, model.people, {})
    await stock_demo(work, NOW)
    await ship_demo(work, NOW)
    await ship_demo(work, NOW)
    waiting, delivered = await shipments.shipments(work)
    assert (waiting.status, delivered.status) == (Status.PLANNED, Status.DELIVERED)
    [line] = (await sheet(work, waiting)).lines
    assert line.proposal is not None
    assert [row.lot.number for row in line.proposal.allocations] == ["KIT-2610-02"]
    assert {row.lot.number: row.reasons for row in line.proposal.rejections}["KIT-2610-01"] == ("on_the_road",)
    [row] = await shipments.delivered_lots(work, [DELIVERED_LOT])
    assert (row.quantity, row.status) == (Decimal(600), Status.DELIVERED)
    assert await ledger.differences(work) == []
