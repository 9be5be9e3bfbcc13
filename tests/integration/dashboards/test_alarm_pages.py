"""The alarm console and the page of notifications, as people without JavaScript use them."""

from __future__ import annotations

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Alarm
from telemetry.work import begin
from tests.integration.dashboards.visitor import Plant
from tests.plugins.database import NOW


async def newest(plant: Plant) -> Alarm:
    async with begin(plant.pool, "qa", NOW) as work:
        return next(each for each in await alarms.alarms(work) if each.kind == "temperature")


@pytest.mark.parametrize("furnished_database", ["still_warm"], indirect=True)
async def test_an_alarm_is_acknowledged_by_its_cause_alone_and_commented_on(plant: Plant) -> None:
    lead, alarm = await plant.visit("lead"), await newest(plant)
    await lead.open(f"/alarms/{alarm.id}")
    page = await lead.send(f"/alarms/{alarm.id}/acknowledge", comment="")
    assert page.refused == {"comment_given"}
    await lead.open(f"/alarms/{alarm.id}")
    page = await lead.send(f"/alarms/{alarm.id}/acknowledge", comment="", cause="door")
    assert page.code == "alarm.acknowledged"
    assert page.marked("alarm-state").attributes["data-isa"] == "ACKED"
    page = await lead.send(f"/alarms/{alarm.id}/comment", comment="door closed at ten past")
    acts = [e.attributes["data-act"] for e in page.elements if e.attributes.get("data-testid") == "journal-row"]
    assert acts[:2] == ["commented", "acknowledged"]
    assert "Door was open" in page.html
    assert "door closed at ten past" in page.html


@pytest.mark.parametrize("furnished_database", ["still_warm"], indirect=True)
async def test_an_alarm_is_shelved_listed_and_taken_from_the_shelf(plant: Plant) -> None:
    operator, lead, alarm = await plant.visit("operator"), await plant.visit("lead"), await newest(plant)
    page = await operator.open(f"/alarms/{alarm.id}")
    assert not page.has("shelve-open")
    refused = await operator.send(f"/alarms/{alarm.id}/acknowledge", cause="unknown", comment="")
    assert refused.code == "alarm.acknowledged"
    page = await lead.open(f"/alarms/{alarm.id}")
    assert 'value="8"' in page.html
    assert 'value="12"' not in page.html
    page = await lead.send(f"/alarms/{alarm.id}/shelve", hours=24, reason="probe is being moved")
    assert page.refused == {"shelf_ends_in_time"}
    await lead.open(f"/alarms/{alarm.id}")
    page = await lead.send(f"/alarms/{alarm.id}/shelve", hours=2, reason="probe is being moved")
    assert page.marked("alarm-state").attributes["data-isa"] == "SHLVD"
    page = await lead.open("/alarms/shelves")
    assert "probe is being moved" in page.marked("shelf-row").text
    page = await lead.send("/alarms/shelves/1/end", reason="it is in place")
    assert page.code == "alarm.brought_back"
    assert not (await lead.open("/alarms/shelves")).has("end-open-1")


async def test_out_of_service_is_for_engineers_and_qa(plant: Plant) -> None:
    lead, engineer, alarm = await plant.visit("lead"), await plant.visit("engineer"), await newest(plant)
    assert not (await lead.open(f"/alarms/{alarm.id}")).has("oos-open")
    page = await lead.send(f"/alarms/{alarm.id}/comment", comment="x")
    await lead.client.post(
        f"/alarms/{alarm.id}/out-of-service",
        data=lead.page.hidden(f"/alarms/{alarm.id}/comment")
        | {"version": alarm.version, "reason": "x", "idempotency_key": "k"},
    )
    assert (await newest(plant)).suppression is None
    page = await engineer.open(f"/alarms/{alarm.id}")
    page = await engineer.send(f"/alarms/{alarm.id}/out-of-service", days="", reason="room is empty")
    assert page.marked("alarm-state").attributes["data-isa"] == "OOSRV"
    assert (await newest(plant)).suppressed_until is None
    await lead.open("/alarms/shelves")
    assert not lead.page.has("end-open-1")


async def test_the_console_is_filtered_by_kind_and_zone(plant: Plant) -> None:
    qa = await plant.visit("qa")
    assert (await qa.open("/alarms?kind=temperature&zone=cold-room-2")).has("alarm-row")
    assert not (await qa.open("/alarms?kind=door")).has("alarm-row")
    assert not (await qa.open("/alarms?kind=temperature&zone=cold-room-1")).has("alarm-row")
    assert (await qa.open("/alarms?kind=nonsense&zone=nowhere")).status == 200


async def test_ladders_are_shown_with_their_worst_latency_and_tested(plant: Plant) -> None:
    qa, operator = await plant.visit("qa"), await plant.visit("operator")
    page = await qa.open("/notifications")
    latencies = [e.text for e in page.elements if e.attributes.get("data-testid") == "worst-latency"]
    assert len(latencies) == 7
    assert all(any(unit in text for unit in (" min ", " h ")) for text in latencies)
    assert not (await operator.open("/notifications")).has("test-cold-chain")
    page = await qa.send("/notifications/tests", ladder="cold-chain")
    assert page.code == "ladder.tested"
    assert page.marked("test-row").text
    page = await qa.send("/notifications/tests", ladder="cold-chain")
    assert page.code == "RehearsalRunning"


async def test_an_address_is_entered_by_its_owner_and_never_shown_whole(plant: Plant) -> None:
    qa, operator = await plant.visit("qa"), await plant.visit("operator")
    await qa.open("/notifications")
    page = await qa.send("/notifications/addresses", channel="email", address="no address")
    assert page.code == "AddressUnreadable"
    await qa.open("/notifications")
    page = await qa.send("/notifications/addresses", channel="email", address="quality@plant.example")
    assert page.code == "address.added"
    assert "q…@plant.example" in page.marked("own-address").text
    assert "quality@plant.example" not in page.html
    await operator.open("/notifications")
    assert not operator.page.has("own-address")
    data = operator.page.hidden("/notifications/addresses") | {"idempotency_key": "theirs"}
    answer = await operator.client.post("/notifications/addresses/1/remove", data=data)
    assert "AddressNotFound" in answer.headers["location"]
    await qa.open("/notifications")
    page = await qa.send("/notifications/addresses/1/remove")
    assert page.code == "address.removed"
    async with begin(plant.pool, "qa", NOW) as work:
        assert await work.scalar("select secret_url from notification_address where id = 1") == ""
