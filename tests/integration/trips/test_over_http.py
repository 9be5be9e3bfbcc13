"""Trips as programs drive them: a scanner's program in the warehouse, and who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.app import build_api
from mes.border import Doors
from mes.people.sessions import issue_key
from telemetry.work import begin
from tests.integration.trips.truck import Truck
from tests.plugins.cold_room import NINE, PASSWORD, minute
from tests.plugins.web import UNHURRIED, problem

PLAN = {
    "vehicle": "truck-1",
    "origin": "Hainan plant",
    "destination": "Guangzhou hub",
    "planned_departure": "2026-01-15T02:00:00Z",
    "planned_arrival": "2026-01-15T06:00:00Z",
}


@pytest.fixture
async def program(truck: Truck) -> AsyncIterator[httpx.AsyncClient]:
    """The warehouse's scanners."""
    app = build_api(Doors(truck.plant.pool, truck.plant.clock), rates=UNHURRIED)
    async with begin(truck.plant.pool, "admin", NINE) as work:
        scanner, other = await issue_key(work, "scanner", ["warehouse"]), await issue_key(work, "line", ["operator"])
    headers = {"Authorization": f"Bearer {scanner.secret}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://plant", headers=headers
    ) as client:
        client.headers["X-Other"] = other.secret
        yield client


async def test_a_scanner_loads_and_receiving_signs(program: httpx.AsyncClient, truck: Truck) -> None:
    planned = (await program.post("/api/trips", json=PLAN)).json()
    assert (planned["number"], planned["status"]) == ("TRIP-2026-0001", "planned")
    here = f"/api/trips/{planned['id']}"
    refused = await program.post(f"{here}/begin-loading", json={"version": planned["version"]})
    assert refused.status_code == 409
    told = problem(refused)
    assert "vehicle_is_precooled" in told["failed_guards"]
    assert "air-1" in str(told)
    await truck.cold(0, 40)
    seen = (await program.get(f"{here}/readiness")).json()
    assert (seen["passed"], seen["live_points"], seen["required_points"]) == (True, 2, 2)
    loading = (await program.post(f"{here}/begin-loading", json={"version": planned["version"]})).json()
    assert loading["steps"] == ["depart", "cancel"]
    stale = await program.post(f"{here}/depart", json={"version": planned["version"]})
    assert problem(stale)["code"] == "StaleVersion"
    scanned = await program.post(f"{here}/load", json={"lot": "(10)A", "quantity": "40"})
    assert (scanned.status_code, scanned.json()["quantity"]) == (201, "40")
    at = minute(41).isoformat()
    assert problem(await program.post(f"{here}/load", json={"lot": "B", "at": at}))["code"] == "Refused"
    now = (await program.get(here)).json()
    assert now["aboard"] == {str(truck.plant.lots["A"]): "40"}
    left = (await program.post(f"{here}/depart", json={"version": now["version"]})).json()
    await truck.cold(41, 90)
    arrived = (await program.post(f"{here}/arrive", json={"version": left["version"]})).json()
    assert arrived["record"]["conforms"]
    assert (await program.get(f"{here}/records/1")).json() == arrived["record"]
    assert (await program.get(f"{here}/records/2")).status_code == 404
    await receiving_signs(program, here, arrived["version"])


async def receiving_signs(program: httpx.AsyncClient, here: str, version: int) -> None:
    """Not with a wrong password, another meaning or an old record; then it is accepted."""
    said = {"version": version, "record_version": 1, "username": "warehouse", "reason": "seen"}
    wrong = await program.post(f"{here}/accept", json=said | {"password": "guess", "meaning": "approved"})
    assert problem(wrong)["code"] == "WrongPassword"
    unfit = await program.post(f"{here}/refuse", json=said | {"password": PASSWORD, "meaning": "approved"})
    assert problem(unfit)["code"] == "MeaningMismatch"
    old = await program.post(
        f"{here}/accept", json=said | {"record_version": 7, "password": PASSWORD, "meaning": "approved"}
    )
    assert problem(old)["failed_guards"] == ["record_is_current"]
    accepted = await program.post(f"{here}/accept", json=said | {"password": PASSWORD, "meaning": "approved"})
    assert accepted.json()["status"] == "accepted"
    assert [each["status"] for each in (await program.get("/api/trips?status=accepted")).json()["items"]] == [
        "accepted"
    ]


async def test_an_operator_looks_and_does_not_touch(program: httpx.AsyncClient) -> None:
    await program.post("/api/trips", json=PLAN)
    other = {"Authorization": f"Bearer {program.headers['X-Other']}"}
    assert (await program.get("/api/trips/1", headers=other)).status_code == 200
    for path in ("/api/trips", "/api/trips/1/depart", "/api/trips/1/load"):
        assert (await program.post(path, json={}, headers=other)).status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vehicle": "cold-room-2"}, "NotAVehicle"),
        ({"vehicle": "nowhere"}, "ZoneNotFound"),
        ({"planned_arrival": "2026-01-15T01:00:00Z"}, "PlanMakesNoSense"),
        ({"origin": " "}, "PlanMakesNoSense"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(
    program: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    assert problem(await program.post("/api/trips", json=PLAN | change))["code"] == code
