"""A trip as people in the warehouse, in QA and at receiving work with it: forms, a scanner's Enter, a signature."""

from __future__ import annotations

from datetime import timedelta

from telemetry.clock import HeldClock
from tests.integration.dashboards.furnish import measure
from tests.integration.dashboards.visitor import SIGNATURE, Plant, Visitor

PROBES = {f"hainan/fleet/truck-2/air-{n}": 5.0 for n in (1, 2)}
PLAN = {
    "vehicle": "truck-2",
    "origin": "Hainan plant",
    "destination": "Guangzhou hub",
    "planned_departure": "2026-01-15T10:00",
    "planned_arrival": "2026-01-15T15:30",
    "carrier": "Cold Line",
    "escort": "driver",
}


async def drive(plant: Plant, clock: HeldClock, minutes: int, first: int) -> None:
    """Both probes tell 5 °C every minute."""
    for minute in range(minutes):
        clock.advance(timedelta(minutes=1))
        await measure(plant.pool, clock.now(), first + minute, PROBES)


async def loaded(plant: Plant, clock: HeldClock) -> tuple[Visitor, Visitor, str]:
    """Planned by the warehouse, let by QA: the plant has no certificates on record."""
    await drive(plant, clock, 31, 10_000)
    warehouse, qa = await plant.visit("warehouse"), await plant.visit("qa")
    await warehouse.open("/trips")
    assert warehouse.page.has("empty")
    page = await warehouse.send("/trips", **PLAN)
    trip = page.url.removeprefix("http://plant").partition("?")[0]
    page = await warehouse.send(f"{trip}/begin_loading")
    assert page.refused == {"sensors_have_certificates"}
    assert "no certificate" in page.marked("readiness").text  # the figures stand beside the message
    assert "2 live, 2 needed" in page.marked("points-live").text
    assert not page.has("trip-open-override_readiness")
    await qa.open(trip)
    page = await qa.send(f"{trip}/override_readiness", **SIGNATURE)
    assert page.marked("trip-status").attributes["data-status"] == "loading"
    return warehouse, qa, trip


async def test_a_trip_from_its_plan_to_the_signature_of_receiving(plant: Plant, clock: HeldClock) -> None:
    warehouse, _, trip = await loaded(plant, clock)
    await warehouse.open(trip)
    assert "autofocus" in warehouse.page.marked("scan-lot").attributes
    page = await warehouse.send(f"{trip}/scan", lot="P2601A")
    assert page.has("aboard-P2601A")
    page = await warehouse.send(f"{trip}/scan", lot="NOBODY")
    assert page.code == "LotUnknown"
    await warehouse.open(trip)
    page = await warehouse.send(f"{trip}/scan", lot="P2601C")
    assert page.code == "LotOnHold"
    await warehouse.open(trip)
    await warehouse.send(f"{trip}/depart")
    await drive(plant, clock, 40, 20_000)
    await warehouse.sign_in("warehouse")
    await warehouse.open(trip)
    page = await warehouse.send(f"{trip}/arrive")
    assert page.marked("record-conforms").attributes["data-conforms"] == "true"
    assert page.marked("check-recording").attributes["data-passed"] == "true"
    page = await warehouse.send(f"{trip}/accept", **SIGNATURE)
    assert page.code == "trip.accepted"
    assert page.marked("trip-status").attributes["data-status"] == "accepted"
    assert (await warehouse.open("/trips?show=done")).has("trip-row")
    assert not (await warehouse.open("/trips?show=waiting")).has("trip-row")


async def test_receiving_refuses_and_qa_finds_a_deviation(plant: Plant, clock: HeldClock) -> None:
    warehouse, _, trip = await loaded(plant, clock)
    await warehouse.open(trip)
    await warehouse.send(f"{trip}/scan", lot="P2601A")
    await warehouse.send(f"{trip}/depart")
    clock.advance(timedelta(hours=1))  # and not a word of any probe
    await warehouse.sign_in("warehouse")
    await warehouse.open(trip)
    page = await warehouse.send(f"{trip}/arrive")
    assert page.marked("check-complete").attributes["data-passed"] == "false"
    assert "cause unknown: nothing is on record" in page.marked("trip-gap").text
    assert not page.has("trip-open-accept")  # for QA alone
    page = await warehouse.send(f"{trip}/refuse", **(SIGNATURE | {"meaning": "rejected", "reason": "logger was off"}))
    assert page.code == "trip.refused"
    assert page.has("trip-deviation")
    lots = await warehouse.open("/lots?hold=true")
    assert lots.has("lot-row-P2601A")


async def test_a_gap_of_one_probe_is_told_with_its_cause(plant: Plant, clock: HeldClock) -> None:
    warehouse, _, trip = await loaded(plant, clock)
    await warehouse.open(trip)
    await warehouse.send(f"{trip}/scan", lot="P2601A")
    await warehouse.send(f"{trip}/depart")
    for minute in range(40):
        clock.advance(timedelta(minutes=1))
        spoken = PROBES if minute in {0, 39} else {"hainan/fleet/truck-2/air-1": 5.0}
        await measure(plant.pool, clock.now(), 20_000 + minute, spoken)
    await warehouse.sign_in("warehouse")
    await warehouse.open(trip)
    page = await warehouse.send(f"{trip}/arrive")
    assert "this probe alone was silent" in page.marked("trip-gap").text
    assert sum(e.attributes.get("data-testid") == "trip-gap" for e in page.elements) == 1


async def test_what_a_person_mistypes_is_told(plant: Plant, clock: HeldClock) -> None:
    warehouse, _, trip = await loaded(plant, clock)
    await warehouse.open(trip)
    for told, code in (
        ({"quantity": "ten"}, "QuantityUnreadable"),
        ({"quantity": "NaN"}, "QuantityNotPositive"),
        ({"at": "yesterday"}, "TimeUnreadable"),
        ({"at": "2031-01-01T10:00"}, "Refused"),
    ):
        page = await warehouse.send(f"{trip}/scan", lot="P2601A", **told)
        assert page.code == code, told
        await warehouse.open(trip)
    operator = await plant.visit("operator")
    await operator.open(trip)
    assert not operator.page.has("scan-lot")
    assert (await operator.send(f"{trip}/scan", lot="P2601A")).status in {200, 403}
    assert (await warehouse.open("/trips/999")).status == 404
