"""What is told of a probe that fell silent, and of an excursion that only the sum of short times made."""

from __future__ import annotations

from typing import Any

import httpx
from jsonschema import Draft7Validator

from gateway.epcis.identity import event_id
from tests.integration.epcis.conftest import events_of
from tests.integration.epcis.test_events import BASE, ask
from tests.integration.mes.watch.test_times_that_add_up import WITH_SUM, dip
from tests.plugins.cold_room import UNKNOWN, ColdStore

AIR = f"{BASE}points/hainan/cold-store/cold-room-2/air-1"
SILENT = {"EQ_exception": "ERROR_CONDITION"}


async def document(program: httpx.AsyncClient, schema: Draft7Validator, **query: str) -> list[dict[str, Any]]:
    """The answer to a query, held against GS1's schema."""
    answer = await program.get("/api/epcis/events", params=query)
    schema.validate(answer.json())
    return events_of(answer.json())


async def test_b8_a_probe_that_falls_silent_is_an_error_condition(
    cold_store: ColdStore, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    """No excursion anywhere. air-1 is last heard at 09:05, a reading holds five minutes, and speaks again at 09:20."""
    await cold_store.put_lot("A")
    await cold_store.put_lot("ELSEWHERE", "cold-room-1")
    await cold_store.read((0.0, 5.0), (5.0, 5.0))
    await cold_store.look(12)
    [begun] = await document(program, schema, **SILENT)
    await cold_store.put_lot("B", at=15)
    await cold_store.read((20.0, 5.0))
    kept, ended = await document(program, schema, **SILENT)
    assert kept == begun
    rule = f"{BASE}policies/cold-2-8/versions/1"
    said = {"deviceID": AIR, "bizRules": rule}
    unknown = [{"type": "Temperature", "exception": "ERROR_CONDITION"}]
    started, over = "2026-01-15T01:10:00.000Z", "2026-01-15T01:20:00.000Z"
    assert begun["sensorElementList"] == [{"sensorMetadata": {"time": started} | said, "sensorReport": unknown}]
    span = {"startTime": started, "endTime": over}
    assert ended["sensorElementList"] == [{"sensorMetadata": span | said, "sensorReport": unknown}]
    assert [e["eventTime"] for e in (begun, ended)] == [started, over]
    assert begun["readPoint"] == ended["bizLocation"] == {"id": f"{BASE}zones/cold-room-2"}
    lots = [[each["epcClass"].rpartition("/")[2] for each in e["quantityList"]] for e in (begun, ended)]
    assert lots == [["A"], ["A", "B"]]
    for event in (begun, ended):
        assert event["bizStep"] == "sensor_reporting"
        assert event["eventID"] == event_id(event, {"isotherm": f"{BASE}voc/"})
    await cold_store.look(21)
    assert len(await ask(program, EQ_deviceID=AIR)) == 2  # asked again, nothing is told again


async def test_silence_within_an_excursion_is_told_by_the_excursion_alone(
    cold_store: ColdStore, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    """Out from 09:20; nothing usable from 09:25 to 09:35; back at 09:40."""
    course = [(float(m), UNKNOWN if 25 <= m < 35 else 5.0 if m < 20 or m >= 40 else 9.0) for m in range(45)]
    for reading in course:
        await cold_store.read(reading)
    async with cold_store.work() as work:
        stale = await work.scalar("select count(*) from alarm where kind = 'stale'")
    [event] = await document(program, schema, **SILENT)
    assert (stale, event["isotherm:excursion"]) == (1, "EXC-2026-0001")


async def test_an_excursion_of_a_sum_alone_is_told_with_all_of_its_times(
    cold_store: ColdStore, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    """b3: four times 15 minutes at 9 °C, none of which alarms; the hour within a day is the excursion."""
    await cold_store.judge_by(WITH_SUM)
    await cold_store.put_lot("A", at=-60)
    for start in (0, 180, 360):
        await dip(cold_store, start)
    assert await document(program, schema, EQ_bizStep="sensor_reporting", EQ_exception="ALARM_CONDITION") == []
    await dip(cold_store, 540)
    told = (await program.get("/api/epcis/excursions/1")).json()
    schema.validate(told)
    event = events_of(told)[-1]
    assert event["quantityList"] == [{"epcClass": f"{BASE}items/PEN/lots/A", "quantity": 100}]
    air = next(e for e in event["sensorElementList"] if e["sensorMetadata"]["deviceID"] == AIR)
    assert air["sensorMetadata"]["bizRules"] == f"{BASE}policies/cold-2-8/versions/2"
    assert air["sensorMetadata"]["startTime"] == "2026-01-15T01:00:00.000Z"
    report = air["sensorReport"][0]
    assert (report["maxValue"], report["exception"]) == (9.0, "ALARM_CONDITION")
    assert event["eventID"] == event_id(event, {"isotherm": f"{BASE}voc/"})
