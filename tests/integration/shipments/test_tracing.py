"""A raw lot is found bad: to which customers did it go, through whatever it was made into, and what came back?"""

from __future__ import annotations

from decimal import Decimal

from mes.genealogy.model import Direction, Link
from mes.genealogy.service import trace
from mes.inventory import splitting
from tests.integration.shipments.dispatch import Dispatch


async def test_a_trace_reaches_the_customers_and_what_came_back(dispatch: Dispatch) -> None:
    lot_id = await dispatch.lot("L1")
    async with dispatch.plant.work("warehouse") as work:
        part = await splitting.split_lot(work, lot_id, number="L1-A", quantity=Decimal(30), reason="another label")
    dispatch.plant.lots["L1-A"] = part.id
    shipped = await dispatch.shipped("L1-A", "ONE", "30")
    await dispatch.shipped("L1", "OTHER", "50")
    await dispatch.step("deliver", "ONE", receiver="pharmacist")
    await dispatch.take_back("L1-A", "10", "ONE")
    async with dispatch.plant.work() as work:
        ahead = await trace(work, lot_id, Direction.FORWARD)
        back = await trace(work, dispatch.plant.lots["L1-A-R1"], Direction.BACKWARD)
    assert {node.lot.number: node.depth for node in ahead.nodes} == {"L1": 0, "L1-A": 1, "L1-A-R1": 2}
    assert [(each.lot, each.quantity) for each in ahead.shipped] == [("L1-A", Decimal(30)), ("L1", Decimal(50))]
    assert ahead.node(part.id).shipped[0].shipment_no == shipped.number
    assert {each.consignee for each in ahead.shipped} == {"Hospital of the story"}
    [edge] = [edge for edge in ahead.edges if edge.link is Link.RETURNED]
    assert (edge.quantity, edge.first_at) == (Decimal(10), shipped.shipped_at)
    assert [node.lot.number for node in back.nodes] == ["L1-A-R1", "L1-A", "L1"]


async def test_what_is_on_its_way_is_found_as_well(dispatch: Dispatch) -> None:
    lot_id = await dispatch.lot("L1")
    async with dispatch.plant.work() as work:
        assert (await trace(work, lot_id, Direction.FORWARD)).shipped == []
    await dispatch.shipped("L1")
    async with dispatch.plant.work() as work:
        [row] = (await trace(work, lot_id, Direction.FORWARD)).shipped
    assert row.arrived_at is None
