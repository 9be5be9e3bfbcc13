"""What trading partners read: excursions, holds, loads. Valid for GS1's schema, and never changed once given out."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator

from gateway.epcis.identity import event_id
from tests.integration.epcis.conftest import events_of
from tests.integration.trips.truck import Truck
from tests.plugins.cold_room import UNKNOWN, ColdStore

BASE = "https://id.example.invalid/"


async def ask(program: httpx.AsyncClient, **query: object) -> list[dict[str, Any]]:
    answer = await program.get("/api/epcis/events", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return events_of(answer.json())


async def out_and_back(store: ColdStore) -> None:
    """Cold room 2 with lot A is too warm from 09:20 to 09:40; air-2 says nothing usable from 09:25 to 09:30."""
    await store.put_lot("A")
    for probe in ("air-1", "air-2"):
        course = [(float(m), 5.0 if m < 20 or m >= 40 else 9.0) for m in range(51)]
        if probe == "air-2":
            course = [(m, UNKNOWN if 25 <= m < 30 else v) for m, v in course]
        await store.read(*course, probe=probe)


async def test_an_excursion_is_told_with_its_probes_its_rule_and_its_lots(
    cold_store: ColdStore, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    await out_and_back(cold_store)
    document = (await program.get("/api/epcis/excursions/1")).json()
    schema.validate(document)
    [event] = events_of(document)
    assert (event["action"], event["bizStep"], event["disposition"]) == (
        "OBSERVE",
        "sensor_reporting",
        "non_sellable_other",
    )
    assert event["quantityList"] == [{"epcClass": f"{BASE}items/PEN/lots/A", "quantity": 100}]
    assert event["readPoint"] == event["bizLocation"] == {"id": f"{BASE}zones/cold-room-2"}
    assert event["eventTimeZoneOffset"] == "+08:00"
    one, two, gap = event["sensorElementList"]
    assert one["sensorMetadata"] == {
        "startTime": "2026-01-15T01:20:00.000Z",
        "endTime": "2026-01-15T01:40:00.000Z",
        "deviceID": f"{BASE}points/hainan/cold-store/cold-room-2/air-1",
        "dataProcessingMethod": f"{BASE}voc/duration-weighted-1",
        "bizRules": f"{BASE}policies/cold-2-8/versions/1",
    }
    air, kinetic = one["sensorReport"]
    assert (air["type"], air["uom"], air["exception"]) == ("Temperature", "CEL", "ALARM_CONDITION")
    assert (air["minValue"], air["maxValue"]) == (5.0, 9.0)
    assert kinetic == {"type": f"{BASE}voc/MeanKineticTemperature", "value": 9.0, "uom": "CEL"}
    assert two["sensorReport"][0]["meanValue"] == 9.0
    assert gap["sensorReport"] == [{"type": "Temperature", "exception": "ERROR_CONDITION"}]
    assert gap["sensorMetadata"]["startTime"] == "2026-01-15T01:25:00.000Z"
    assert event["eventID"] == event_id(event, {"isotherm": f"{BASE}voc/"})


async def test_nothing_is_said_twice_of_a_report(cold_store: ColdStore, program: httpx.AsyncClient) -> None:
    """TCR-53, step 29: what the metadata says of a device, a report of it does not say again."""
    await out_and_back(cold_store)
    [event] = events_of((await program.get("/api/epcis/excursions/1")).json())
    for element in event["sensorElementList"]:
        for report in element["sensorReport"]:
            assert not {"deviceID", "time", "rawData", "dataProcessingMethod"} & report.keys()


async def test_late_readings_declare_the_event_wrong_and_tell_another(
    cold_store: ColdStore, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    await out_and_back(cold_store)
    [first] = events_of((await program.get("/api/epcis/excursions/1")).json())
    assert events_of((await program.get("/api/epcis/excursions/1")).json()) == [first]
    await cold_store.read(*((m, 10.5) for m in (25.0, 27.0, 29.0)), probe="air-1")
    await cold_store.look(60)
    document = (await program.get("/api/epcis/excursions/1")).json()
    schema.validate(document)
    kept, second, wrong = events_of(document)
    assert kept == first
    assert second["sensorElementList"][0]["sensorReport"][0]["maxValue"] == 10.5
    assert wrong["eventID"] == first["eventID"] != second["eventID"]
    declared = wrong["errorDeclaration"]
    assert (declared["reason"], declared["correctiveEventIDs"]) == ("incorrect_data", [second["eventID"]])
    assert event_id(wrong, {"isotherm": f"{BASE}voc/"}) == first["eventID"]
    assert await ask(program, EXISTS_errorDeclaration="true") == [wrong]


async def test_what_was_told_while_it_went_on_stands_if_it_was_so(
    cold_store: ColdStore, program: httpx.AsyncClient
) -> None:
    await cold_store.put_lot("A")
    await cold_store.read(*((float(m), 5.0 if m < 20 else 9.0) for m in range(36)))
    [interim] = events_of((await program.get("/api/epcis/excursions/1")).json())
    assert interim["eventTime"] == "2026-01-15T01:35:00.000Z"
    await cold_store.read((36.0, 9.0), (37.0, 5.0))
    both = events_of((await program.get("/api/epcis/excursions/1")).json())
    assert both[0] == interim
    assert [e.get("errorDeclaration") for e in both] == [None, None]
    assert [e["isotherm:revision"] for e in both] == ["1", "2"]


async def test_a_query_by_value_converts_units(cold_store: ColdStore, program: httpx.AsyncClient) -> None:
    """TCR-53, step 26."""
    await out_and_back(cold_store)
    warm = {"EQ_bizStep": "sensor_reporting", "EQ_type": "Temperature"}
    assert len(await ask(program, **warm, GE_maxValue_CEL=9)) == 1
    assert len(await ask(program, **warm, GE_maxValue_KEL=282.15)) == 1
    assert len(await ask(program, **warm, GE_maxValue_FAH=48.2)) == 1
    assert await ask(program, **warm, GT_maxValue_KEL=282.15) == []
    assert await ask(program, **warm, GE_maxValue_P1=1) == []
    assert len(await ask(program, EQ_type=f"{BASE}voc/MeanKineticTemperature", GE_value_CEL=8, LT_value_CEL=10)) == 1
    assert await ask(program, EQ_type=f"{BASE}voc/MeanKineticTemperature", GE_maxValue_CEL=8) == []
    assert len(await ask(program, EQ_exception="ERROR_CONDITION")) == 1


async def test_holds_are_told_where_the_lot_stood(
    cold_store: ColdStore, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    await out_and_back(cold_store)
    answer = await program.get("/api/epcis/events", params={"EQ_bizStep": "holding"})
    schema.validate(answer.json())
    assert answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert answer.headers["content-type"].startswith("application/ld+json")
    [held] = events_of(answer.json())
    assert (held["disposition"], held["isotherm:cause"]) == ("non_sellable_other", "excursion:1")
    assert held["readPoint"] == {"id": f"{BASE}zones/cold-room-2"}
    mine = f"{BASE}items/PEN/lots/A"
    assert len(await ask(program, MATCH_anyEPCClass=mine)) == 2
    assert len(await ask(program, MATCH_anyEPCClass=f"{BASE}items/PEN/*")) == 2
    assert await ask(program, MATCH_anyEPCClass=f"{BASE}items/P.N/*") == []
    assert len(await ask(program, EQ_bizStep="https://ref.gs1.org/cbv/BizStep-holding|loading")) == 1


async def test_a_trip_is_told_by_its_loads_and_unloads(
    truck: Truck, program: httpx.AsyncClient, schema: Draft7Validator
) -> None:
    await truck.under_way("A", "B")
    await truck.cold(61, 90)
    await truck.step("arrive")
    await truck.unload("A")
    answer = await program.get("/api/epcis/events", params={"perPage": 2})
    schema.validate(answer.json())
    assert [e["bizStep"] for e in events_of(answer.json())] == ["loading", "loading"]
    following = await program.get(answer.headers["Link"].partition(">")[0].removeprefix("<"))
    [unloaded] = events_of(following.json())
    assert "Link" not in following.headers
    assert unloaded["readPoint"] == {"id": f"{BASE}zones/truck-1"}
    assert unloaded["bizLocation"] == {"id": f"{BASE}zones/cold-room-1"}
    assert unloaded["isotherm:trip"] == "TRIP-2026-0001"
    assert len(await ask(program, GE_eventTime="2026-01-15T01:40:00Z", LT_eventTime="2026-01-15T02:00:00Z")) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"EQ_biz": "x"},
        {"GE_eventTime": "yesterday"},
        {"GE_eventTime": "2026-01-15"},
        {"GE_value_CEL": "warm"},
        {"GE_value_CEL": "nan"},
        {"GE_value_celsius": "8"},
        {"nextPageToken": "x"},
        {"nextPageToken": "²"},
        {"perPage": "0"},
        {"perPage": "1001"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(program: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await program.get("/api/epcis/events", params=query)
    assert answer.status_code == 422, answer.text


async def test_nobody_reads_without_a_key(program: httpx.AsyncClient) -> None:
    assert (await program.get("/api/epcis/events", headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await program.get("/api/epcis/excursions/9")).status_code == 404
