"""What partners read of goods that went to a customer: shipping, arriving, and receiving what came back."""

from __future__ import annotations

import httpx
from jsonschema import Draft7Validator

from gateway.epcis.identity import event_id
from tests.integration.epcis.conftest import events_of
from tests.integration.shipments.conftest import dispatch as dispatch
from tests.integration.shipments.conftest import truck as truck
from tests.integration.shipments.dispatch import Dispatch
from tests.integration.trips.truck import Truck

BASE = "https://id.example.invalid/"
SSCC = "106141412345678908"


async def test_goods_left_arrived_and_came_back(
    dispatch: Dispatch, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    await dispatch.lot("L1")
    await dispatch.box(SSCC, "L1", "30")
    await dispatch.plan()
    await dispatch.pick(SSCC)
    await dispatch.pick("L1", quantity="10")
    for step in ("finish_picking", "load", "ship"):
        await dispatch.step(step)
    await dispatch.step("deliver", receiver="pharmacist")
    await dispatch.take_back("L1", "15")
    answer = await program.get("/api/epcis/events")
    schema.validate(answer.json())
    shipped, arrived, back = events_of(answer.json())
    assert [(e["bizStep"], e["disposition"]) for e in (shipped, arrived, back)] == [
        ("shipping", "in_transit"),
        ("arriving", "in_progress"),
        ("receiving", "returned"),
    ]
    assert shipped["epcList"] == [f"https://id.gs1.org/00/{SSCC}"]
    assert shipped["quantityList"] == [{"epcClass": f"{BASE}items/PEN/lots/L1", "quantity": 40}]
    assert shipped["readPoint"] == {"id": f"{BASE}zones/cold-room-2"}
    assert shipped["bizTransactionList"] == [{"type": "desadv", "bizTransaction": f"{BASE}shipments/SHP-2026-0001"}]
    assert shipped["destinationList"] == [{"type": "owning_party", "destination": f"{BASE}customers/HOSP"}]
    assert arrived["readPoint"] == {"id": f"{BASE}customers/HOSP"}
    assert "bizLocation" not in arrived
    assert back["quantityList"] == [{"epcClass": f"{BASE}items/PEN/lots/L1-R1", "quantity": 15}]
    assert back["bizLocation"] == {"id": f"{BASE}zones/cold-room-1"}
    assert back["sourceList"] == [{"type": "owning_party", "source": f"{BASE}customers/HOSP"}]
    for event in (shipped, arrived, back):
        assert event["eventID"] == event_id(event, {"isotherm": f"{BASE}voc/"})
    again = await program.get("/api/epcis/events")
    assert events_of(again.json()) == [shipped, arrived, back], "what was given out is not told again"


async def test_a_truck_of_ours_ships_what_stands_in_it(
    dispatch: Dispatch, truck: Truck, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    """Only a part of the container goes: it is no carrier of this shipment."""
    await dispatch.lot("L1")
    await dispatch.box("BOX-1", "L1", "60")
    await truck.plan()
    await dispatch.plan(trip_id=truck.trip_id)
    await dispatch.pick("BOX-1")
    await dispatch.step("finish_picking")
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    await dispatch.step("load")
    await dispatch.step("ship")
    answer = await program.get("/api/epcis/events", params={"EQ_bizStep": "shipping"})
    schema.validate(answer.json())
    [shipped] = events_of(answer.json())
    assert "epcList" not in shipped
    assert shipped["quantityList"][0]["quantity"] == 40
    assert shipped["readPoint"] == {"id": f"{BASE}zones/truck-1"}
