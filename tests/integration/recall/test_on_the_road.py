"""A truck of ours is under way with some of it: that stands in the plant's books, and is counted once."""

from __future__ import annotations

from decimal import Decimal

from mes.recall import scoping
from tests.integration.recall.story import Story
from tests.integration.trips.truck import truck_of


async def counted(story: Story) -> dict[str, Decimal]:
    async with story.plant.work() as work:
        found = await scoping.reaches(work, [story.lots["P2"]])
    return {line.shipment: line.quantity for line in found.lines if line.counted}


async def test_what_is_on_the_road_is_counted_with_its_shipment(story: Story) -> None:
    truck, dispatch = await truck_of(story.plant), story.dispatch
    await truck.plan()
    await dispatch.plan("T", "25", trip_id=truck.trip_id)
    await dispatch.pick("P2", "T")
    await dispatch.step("finish_picking", "T")
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    await truck.cold(41, 60)
    await dispatch.step("load", "T")
    assert await counted(story) == {"": Decimal(100)}  # in the truck, and not shipped
    await dispatch.step("ship", "T")
    await truck.step("depart")
    assert await dispatch.left("P2") == Decimal(100)
    assert await counted(story) == {"": Decimal(75), "SHP-2026-0002": Decimal(25)}
    await truck.cold(61, 90)
    await truck.step("arrive")
    await dispatch.step("deliver", "T", receiver="the pharmacist")
    assert await dispatch.left("P2") == Decimal(75)
    assert await counted(story) == {"": Decimal(75), "SHP-2026-0002": Decimal(25)}
