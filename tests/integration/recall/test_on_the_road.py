"""A truck of ours is under way with some of it: that stands in the plant's books, and is counted once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mes.recall import scoping, stepping
from mes.recall.model import Kind, Recall
from mes.recall.service import recall
from mes.transitions import Refused
from tests.integration.recall.story import Story
from tests.integration.trips.truck import Truck, truck_of


async def counted(story: Story) -> dict[str, Decimal]:
    async with story.plant.work() as work:
        found = await scoping.reaches(work, [story.lots["P2"]])
    return {line.shipment: line.quantity for line in found.lines if line.counted}


async def loaded(story: Story) -> Truck:
    """25 of P2 stand in a truck, which has not left."""
    truck, dispatch = await truck_of(story.plant), story.dispatch
    await truck.plan()
    await dispatch.plan("T", "25", trip_id=truck.trip_id)
    await dispatch.pick("P2", "T")
    await dispatch.step("finish_picking", "T")
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    await truck.cold(41, 60)
    await dispatch.step("load", "T")
    return truck


async def test_what_is_on_the_road_is_counted_with_its_shipment(story: Story) -> None:
    truck, dispatch = await loaded(story), story.dispatch
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


async def test_a_truck_does_not_leave_with_what_is_recalled(story: Story) -> None:
    truck = await loaded(story)
    found = await story.open("P2")
    await story.sign(found, "sign_scope", "qa")
    await story.step(found, "apply_holds")
    with pytest.raises(Refused, match="no_lot_aboard_is_on_hold"):
        await truck.step("depart")
    assert await news(story, found) == {}


async def test_a_truck_that_left_during_a_rehearsal_brings_nothing_in_twice(story: Story) -> None:
    """A rehearsal holds nothing. What left is told as news, taken in with its shipment, and the plant counts so much
    less; delivered, nothing changes.
    """
    truck = await loaded(story)
    found = await story.open("P2", kind=Kind.MOCK)
    await story.sign(found, "sign_scope", "qa")
    await story.step(found, "apply_holds")
    assert await scope(story, found) == {"": Decimal(100)}
    await truck.step("depart")
    assert await news(story, found) == {"": Decimal(75), "SHP-2026-0002": Decimal(25)}
    await story.step(found, "extend")
    assert await scope(story, found) == {"": Decimal(75), "SHP-2026-0002": Decimal(25)}
    await truck.cold(61, 90)
    await truck.step("arrive")
    assert await news(story, found) == {}


async def scope(story: Story, found: Recall) -> dict[str, Decimal]:
    """What is to be found again, by place."""
    return {each.line.shipment: each.expected for each in (await story.look(found)).accounts if each.expected}


async def news(story: Story, found: Recall) -> dict[str, Decimal]:
    async with story.plant.work() as work:
        standing = await stepping.look(work, await recall(work, found.id))
        return {each.line.shipment: each.line.quantity for each in await stepping.news(work, standing)}
