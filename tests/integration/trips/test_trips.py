"""From the plan to receiving's signature: the story of a truck, with the ways in which it may go wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mes.inventory import service as inventory
from mes.people.refusals import SignerRoleMissing
from mes.plant import service as plant
from mes.quality import deviations
from mes.transitions import Refused
from mes.trips import service as trips
from mes.trips.loading import LotNotAboard, LotOnHold, LotUnknown
from mes.trips.model import Status
from models.policy import ContextRule
from tests.integration.trips.truck import Truck
from tests.plugins.cold_room import UNKNOWN, minute, signed_by


async def test_a_cold_trip_is_loaded_driven_recorded_and_accepted(truck: Truck) -> None:
    await truck.under_way("A", "(01)09506000134352(10)B(17)261231")
    await truck.read((70, 0), (80, 1), (84, 0), (120, 0), probes=("door",))
    await truck.read((70, 20.0), (100, 20.5), (140, 20.5), probes=("latitude",))
    await truck.read((70, 110.0), (100, 110.0), (140, 110.0), probes=("longitude",))
    await truck.cold(61, 150, 6.0)
    arrived = await truck.step("arrive")
    record = await truck.record()
    assert arrived.status is Status.ARRIVED
    assert record["conforms"]
    assert [lot["lot"] for lot in record["lots"]] == ["A", "B"]
    [one, two] = record["points"]
    assert (one["min"], one["max"], one["completeness"], one["gaps"]) == (5.0, 6.0, 1.0, [])
    assert 5.0 < one["mean"] < one["mkt"] < 6.0
    assert one["sha256"] == two["sha256"]  # the same readings
    assert record["door"] == {"openings": 1, "open_s": 240.0}
    assert record["distance_km"] == pytest.approx(55.6, abs=0.05)  # half a degree of a meridian
    accepted = await truck.judge("accept")
    assert (accepted.status, accepted.judged_record) == (Status.ACCEPTED, 1)
    await truck.unload("A")
    await truck.unload("B")
    async with truck.plant.work() as work:
        armed = await trips.armed(work, [truck.zone_id])
        assert [interval.end_us < trips.ON_AND_ON for interval in armed[truck.zone_id]] == [True]
        assert (
            len(await trips.records(work, truck.trip_id)) == 1
        )  # what is unloaded after the signature changes nothing


async def test_a_warm_truck_is_not_loaded_and_the_refusal_tells_figures(truck: Truck) -> None:
    await truck.plan()
    await truck.cold(0, 20, 9.5)
    await truck.cold(21, 40)
    with pytest.raises(trips.NotReadyForLoading) as refused:
        await truck.step("begin_loading")
    assert refused.value.failed == ("vehicle_is_precooled",)
    assert "hainan/fleet/truck-1/air-1: 5…9.5, 11.0 min out" in str(refused.value.facts["detail"])
    with pytest.raises(Refused):
        await truck.load("A")
    truck.plant.clock.at = minute(51)  # out until 09:21: at 09:51 half an hour has passed, but nothing came since 09:40
    with pytest.raises(trips.NotReadyForLoading) as silent:
        await truck.step("begin_loading")
    assert set(silent.value.failed) == {"vehicle_is_precooled", "enough_points_are_live"}
    await truck.cold(41, 51)
    assert (await truck.step("begin_loading")).status is Status.LOADING


async def test_qa_lets_a_truck_be_loaded_that_was_not_cold_long_enough(truck: Truck) -> None:
    await truck.plan()
    await truck.cold(0, 20, 9.5)
    await truck.cold(21, 25)
    async with truck.plant.work("qa") as work:
        found = await trips.trip(work, truck.trip_id)
        told: dict[str, Any] = {"version": found.version, "meaning": "approved", "reason": "short way, ice packs"}
        with pytest.raises(SignerRoleMissing):
            await trips.override_readiness(work, found.id, credentials=signed_by("warehouse"), **told)
        loading = await trips.override_readiness(work, found.id, credentials=signed_by("qa"), **told)
    assert loading.status is Status.LOADING
    assert loading.precooled is not None
    assert (loading.precooled["passed"], loading.precooled["overridden_by"]) == (False, "QA")


async def test_a_lot_that_is_held_after_loading_does_not_leave(truck: Truck) -> None:
    await truck.plan()
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    await truck.load("A")
    await truck.load("B")
    async with truck.plant.work("qa") as work:
        await inventory.place_hold(work, truck.plant.lots["B"], cause="manual:1", reason="looks odd")
    with pytest.raises(Refused, match="no_lot_aboard_is_on_hold"):
        await truck.step("depart")
    await truck.unload("B", "cold-room-2")
    assert (await truck.step("depart")).status is Status.UNDER_WAY


async def test_who_holds_a_lot_while_the_vehicle_is_told_to_leave_comes_first(truck: Truck) -> None:
    """The hold is placed and not committed yet: the departure waits for it, and is refused."""
    await truck.plan()
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    await truck.load("A")
    async with truck.plant.work("qa") as work:
        await inventory.place_hold(work, truck.plant.lots["A"], cause="manual:1", reason="looks odd")
        leaving = asyncio.create_task(truck.step("depart"))
        done, _ = await asyncio.wait({leaving}, timeout=0.5)
        assert not done
    with pytest.raises(Refused, match="no_lot_aboard_is_on_hold"):
        await leaving


async def test_only_what_may_travel_is_loaded(truck: Truck) -> None:
    await truck.plan()
    await truck.cold(0, 40)
    await truck.step("begin_loading")
    with pytest.raises(Refused, match="something_is_loaded"):
        await truck.step("depart")
    with pytest.raises(LotUnknown):
        await truck.load("C")
    async with truck.plant.work("qa") as work:
        await inventory.place_hold(work, truck.plant.lots["B"], cause="manual:1", reason="looks odd")
    with pytest.raises(LotOnHold):
        await truck.load("B")
    with pytest.raises(LotNotAboard):
        await truck.unload("A")
    await truck.load("A", quantity=40)
    with pytest.raises(Refused, match="nothing_is_loaded"):
        await truck.step("cancel", note="truck broke down")
    await truck.unload("A", "cold-room-2")
    assert (await truck.step("cancel", note="truck broke down")).status is Status.CANCELLED


async def test_a_warm_trip_is_for_qa_alone_and_a_refusal_holds_its_lots(truck: Truck) -> None:
    await truck.under_way("A", "B")
    await truck.cold(61, 90, 9.0)
    await truck.cold(91, 120)
    await truck.step("arrive")
    record = await truck.record()
    assert not record["conforms"]
    assert [check["passed"] for check in record["checks"]] == [False, True, True, True]
    [episode] = record["points"][0]["episodes"]
    assert (episode["raised"], episode["known_s"], episode["worst_case_s"]) == (True, 1800.0, 1800.0)
    with pytest.raises(SignerRoleMissing):
        await truck.judge("accept")
    refused = await truck.judge("refuse", reason="9 °C for half an hour")
    assert refused.status is Status.REFUSED
    async with truck.plant.work() as work:
        holds = await inventory.holds(work, cause=f"trip:{truck.trip_id}")
        assert [hold.active for hold in holds] == [True, True]
        assert refused.deviation_id is not None
        drafted = await deviations.deviation(work, refused.deviation_id)
    assert "9 °C for half an hour" in drafted.description
    with pytest.raises(SignerRoleMissing):
        await truck.judge("accept")
    assert (await truck.judge("accept", "qa", "stability budget allows it")).status is Status.ACCEPTED
    async with truck.plant.work() as work:
        assert not [h for h in await inventory.holds(work, cause=f"trip:{truck.trip_id}") if h.active]


async def test_readings_that_come_late_ask_for_acceptance_again(truck: Truck) -> None:
    await truck.under_way("A")
    await truck.cold(61, 100)
    await truck.read(*((float(m), 5.0) for m in range(101, 131)), probes=("air-2",))
    await truck.read((101.0, UNKNOWN), (130.0, 5.0), probes=("air-1",))
    await truck.step("arrive")
    before = await truck.record()
    [gap] = before["points"][0]["gaps"]
    assert gap["cause"] == "bad_reading"
    assert not before["conforms"]  # 29 of 90 minutes unknown
    await truck.judge("accept", "qa", "data logger to follow")
    async with truck.plant.work("watch") as work:
        assert await trips.recheck(work) == []
    await truck.read(*((float(m), 9.0) for m in range(102, 130)), probes=("air-1",))
    await truck.plant.look(132)  # the watch finds by itself that the record is older than its readings
    again = await truck.trip()
    assert (again.status, again.judged_record, again.signature_id) == (Status.ARRIVED, None, None)
    assert "A" in await truck.plant.held()
    async with truck.plant.work() as work:
        kept = await trips.records(work, truck.trip_id)
    assert [record.version for record in kept] == [1, 2]
    assert kept[0].content == before  # the first stands as it was signed
    assert kept[1].content["points"][0]["episodes"][0]["raised"]


async def test_the_same_readings_twice_change_no_record(truck: Truck) -> None:
    await truck.under_way("A")
    await truck.cold(61, 100)
    await truck.step("arrive")
    await truck.judge("accept")
    await truck.cold(61, 100)
    async with truck.plant.work("watch") as work:
        assert await trips.recheck(work) == []
    assert (await truck.trip()).status is Status.ACCEPTED


async def test_a_load_that_was_forgotten_is_told_late(truck: Truck) -> None:
    await truck.under_way("A")
    await truck.cold(61, 90, 9.0)
    with pytest.raises(Refused, match="loaded_between_loading_and_departure"):
        await truck.load("B")
    with pytest.raises(Refused, match="loaded_between_loading_and_departure"):
        await truck.load("B", at=39)
    await truck.load("B", at=45)
    [(asked,)] = await truck.plant.rows("select count(*) from rejudging where reason like %s", "%told late%")
    assert asked == 2  # both probes
    await truck.cold(91, 100)
    await truck.step("arrive")
    record = await truck.record()
    assert [(lot["lot"], lot["told_late"]) for lot in record["lots"]] == [("A", False), ("B", True)]


async def test_an_open_door_lengthens_the_delay_and_hides_nothing(truck: Truck) -> None:
    doors = (ContextRule(role="door", longest_s=1800, citation="SOP-7"),)
    async with truck.plant.work("plant") as work:
        known = (await plant.rules_in_force(work, work.now))["cold-2-8"].policy
        said = replace(known, contexts=doors)
        await plant.add_rule_version(work, "cold-2-8", said, effective_from=work.now, reason="loading takes time")
    truck.plant.clock.advance(timedelta(seconds=1))
    await truck.under_way("A")
    await truck.read(*((float(m), 1.0) for m in range(61, 79)), (79.0, 0.0), probes=("door",))
    await truck.cold(61, 78, 9.0)
    await truck.cold(79, 120)
    await truck.step("arrive")
    record = await truck.record()
    assert record["conforms"]
    point = record["points"][0]
    assert (point["out_s"], [e["raised"] for e in point["episodes"]]) == (1080.0, [False])
