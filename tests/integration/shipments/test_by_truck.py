"""A shipment in a vehicle of ours: it stands in the vehicle, so that what its air does reaches the lots."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.epcis import capture
from gateway.epcis.naming import naming_of
from mes.inventory import containers, decisions, stock
from mes.inventory import service as inventory
from mes.quality import excursions
from mes.shipments import service as shipments
from mes.shipments.model import Status
from mes.shipments.picking import PickRefused
from mes.transitions import Refused
from mes.trips.rows import aboard
from mes.trips.rows import scans as scans_of
from tests.integration.shipments.dispatch import Dispatch
from tests.integration.trips.truck import Truck
from tests.plugins.cold_room import minute


async def picked(dispatch: Dispatch, truck: Truck, *, box: str = "") -> None:
    """40 of L1 at nine, loose or in a box, for a truck that is planned."""
    await dispatch.lot("L1")
    if box:
        await dispatch.box(box, "L1", "40")
    await truck.plan()
    await dispatch.plan(trip_id=truck.trip_id)
    await dispatch.pick(box or "L1")
    await dispatch.step("finish_picking")


async def loaded(dispatch: Dispatch, truck: Truck, *, box: str = "") -> None:
    """The same, in the truck at 09:40."""
    await picked(dispatch, truck, box=box)
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    await dispatch.step("load")


async def on_the_road(dispatch: Dispatch, truck: Truck) -> None:
    """In a box, and gone at 10:00."""
    await loaded(dispatch, truck, box="BOX-1")
    await truck.cold(41, 60)
    await dispatch.step("ship")
    await truck.step("depart")


async def stands(dispatch: Dispatch, lot: str) -> dict[str, Decimal]:
    async with dispatch.plant.work() as work:
        places = await inventory.standings(work, [dispatch.plant.lots[lot]], now_only=True)
    names = {zone_id: code for code, zone_id in dispatch.plant.rooms.items()}
    return {names[place.zone_id]: place.quantity for place in places}


async def test_nothing_is_loaded_before_the_vehicle_may_be(dispatch: Dispatch, truck: Truck) -> None:
    await picked(dispatch, truck)
    with pytest.raises(Refused, match="vehicle_is_loading"):
        await dispatch.step("load")


async def test_goods_stand_in_the_vehicle_until_the_customer_has_them(dispatch: Dispatch, truck: Truck) -> None:
    await on_the_road(dispatch, truck)
    assert await stands(dispatch, "L1") == {"cold-room-2": 60, "truck-1": 40}
    assert await dispatch.left("L1") == 100
    assert await dispatch.reserved("L1") == 40
    [row] = await dispatch.went("L1")
    assert (row.quantity, row.status, row.arrived_at) == (Decimal(40), Status.SHIPPED, None)
    with pytest.raises(Refused, match="vehicle_has_arrived"):
        await dispatch.step("deliver", receiver="pharmacist")
    await truck.cold(61, 300)
    await truck.step("arrive")
    await dispatch.step("deliver", receiver="pharmacist", at=minute(300))
    assert await stands(dispatch, "L1") == {"cold-room-2": 60}
    assert await dispatch.left("L1") == 60
    assert await dispatch.reserved("L1") == 0
    async with dispatch.plant.work() as work:
        assert aboard(await scans_of(work, [truck.trip_id])) == {}
    assert await dispatch.differences() == []


async def test_what_its_trip_unloaded_on_the_way_is_delivered_from_there(dispatch: Dispatch, truck: Truck) -> None:
    """And nothing of the lot's rest at home, which is larger."""
    await loaded(dispatch, truck)
    await dispatch.step("ship")
    await truck.cold(41, 60)
    await truck.step("depart")
    await truck.cold(61, 90)
    await truck.step("arrive")
    async with dispatch.plant.work("warehouse") as work:  # past the trip: nobody knows that this is what was shipped
        lot_id, away = dispatch.plant.lots["L1"], dispatch.plant.rooms["cold-room-1"]
        await stock.move_lot(work, lot_id, from_zone_id=truck.zone_id, to_zone_id=away)
    await truck.cold(91, 92)
    with pytest.raises(stock.NotStandingThere):
        await dispatch.step("deliver", receiver="pharmacist")
    async with dispatch.plant.work("warehouse") as work:
        await stock.move_lot(work, lot_id, from_zone_id=away, to_zone_id=truck.zone_id)
    await truck.cold(93, 94)
    await truck.unload("L1", "cold-room-1")
    await truck.cold(95, 96)
    await dispatch.step("deliver", receiver="pharmacist")
    assert await stands(dispatch, "L1") == {"cold-room-2": 60}
    assert await dispatch.differences() == []


async def test_a_container_that_somebody_carried_off_is_delivered_from_where_it_is(
    dispatch: Dispatch, truck: Truck
) -> None:
    await on_the_road(dispatch, truck)
    await truck.cold(61, 90)
    await truck.step("arrive")
    async with dispatch.plant.work("warehouse") as work:
        box = await containers.container_named(work, "BOX-1")
        assert box is not None
        await containers.move(work, box.id, to_zone_id=dispatch.plant.rooms["cold-room-1"])
    await truck.cold(91, 92)
    await dispatch.step("deliver", receiver="pharmacist")  # the container itself is known, wherever it is
    assert await stands(dispatch, "L1") == {"cold-room-2": 60}


async def test_partners_read_that_it_left_our_places(dispatch: Dispatch, truck: Truck) -> None:
    await on_the_road(dispatch, truck)
    await truck.cold(61, 90)
    await truck.step("arrive")
    await dispatch.step("deliver", receiver="pharmacist")
    async with dispatch.plant.work() as work:
        await capture.capture(work, await capture.language(work, naming_of("https://id.example.invalid/", "")))
    [(loaded,), (unloaded,)] = await dispatch.plant.rows(
        "select body from epcis_event where subject like 'scan:%%' order by seq"
    )
    assert loaded["bizLocation"] == {"id": "https://id.example.invalid/zones/truck-1"}
    assert unloaded["readPoint"] == loaded["bizLocation"]
    assert "bizLocation" not in unloaded


async def test_an_excursion_on_the_road_holds_the_lot_and_the_road_must_be_judged(
    dispatch: Dispatch, truck: Truck
) -> None:
    await on_the_road(dispatch, truck)
    await truck.cold(61, 100)
    await truck.cold(101, 130, value=11.0)
    await truck.cold(131, 300)
    assert await dispatch.plant.held() == {"L1"}
    assert await dispatch.reserved("L1") == 40  # nobody else may have what is in the vehicle
    async with dispatch.plant.work() as work:
        assert await excursions.of_lot(work, dispatch.plant.lots["L1"])
    await truck.step("arrive")
    with pytest.raises(Refused, match="road_is_accepted"):
        await dispatch.step("deliver", receiver="pharmacist")
    await truck.judge("accept", who="qa", reason="within what the pens withstand")
    await dispatch.step("deliver", receiver="pharmacist")
    assert (await truck.trip()).status == "accepted"  # unloading after it was judged opens nothing again
    assert await dispatch.differences() == []


async def test_a_vehicle_that_left_carries_what_nobody_called_shipped(dispatch: Dispatch, truck: Truck) -> None:
    await loaded(dispatch, truck)
    assert await dispatch.went("L1") == []
    await truck.cold(41, 60)
    departed = (await truck.step("depart")).departed_at
    [row] = await dispatch.went("L1")
    assert (row.status, row.shipped_at) == (Status.LOADED, departed)
    await truck.cold(61, 62)
    assert (await dispatch.step("ship")).shipped_at == departed


async def test_goods_come_off_the_vehicle_again(dispatch: Dispatch, truck: Truck) -> None:
    await loaded(dispatch, truck, box="BOX-1")
    dispatch.plant.clock.at = minute(41)
    await dispatch.step("unload", to_zone_id=dispatch.plant.rooms["cold-room-1"])
    assert await stands(dispatch, "L1") == {"cold-room-2": 60, "cold-room-1": 40}
    dispatch.plant.clock.at = minute(42)
    await dispatch.step("load")
    assert await stands(dispatch, "L1") == {"cold-room-2": 60, "truck-1": 40}


async def test_what_is_in_a_vehicle_is_not_picked_for_somebody_else(dispatch: Dispatch, truck: Truck) -> None:
    lot_id = await dispatch.lot("L1")
    async with dispatch.plant.work("warehouse") as work:
        await stock.move_lot(work, lot_id, to_zone_id=truck.zone_id)
    await dispatch.plan()
    with pytest.raises(PickRefused, match="wrong_location"):
        await dispatch.pick("L1")


async def test_what_was_refused_after_the_road_comes_back_from_outside(dispatch: Dispatch, truck: Truck) -> None:
    await on_the_road(dispatch, truck)
    await truck.cold(61, 300)
    await truck.step("arrive")
    await dispatch.step("refuse", note="nobody was there")
    assert await dispatch.left("L1") == 60
    number = await dispatch.take_back("L1", "40")
    async with dispatch.plant.work() as work:
        back = await inventory.lot_named(work, number)
        assert back is not None
        stood = await inventory.stood(work, [back.id])
        [row] = await shipments.delivered_lots(work, ["L1"])
    assert truck.zone_id in {stay.zone_id for stay in stood}  # it was in the vehicle as a part of L1
    assert row.status is Status.RETURNED
    assert await dispatch.differences() == []


async def test_a_hold_on_the_rest_of_the_lot_frees_nothing_on_the_road(dispatch: Dispatch, truck: Truck) -> None:
    await on_the_road(dispatch, truck)
    async with dispatch.plant.work() as work:
        await decisions.hold_by_hand(work, dispatch.plant.lots["L1"], reason="a doubt")
    assert await dispatch.reserved("L1") == 40
