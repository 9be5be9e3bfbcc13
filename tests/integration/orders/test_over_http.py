"""The demo plant over HTTP: its zones, its lots with their holds, and material going into a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from isotherm.demo_stock import stock_demo
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.work import Pool, begin
from tests.plugins.database import NOW
from tests.plugins.web import PASSWORD, Web, problem

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


@pytest.fixture
async def plant(web: Web, pool: Pool) -> Web:
    """The demo plant with its stock, and people of every role."""
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        await stock_demo(work, NOW)
    return web


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def a_lot(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    found: dict[str, Any] = next(lot for lot in (await get(client, "lots"))["items"] if lot["number"] == number)
    return found


async def test_a_zone_tells_its_limits_and_what_keeps_it_cold(plant: Web) -> None:
    client = plant.program()
    zones = {zone["code"]: zone for zone in (await get(client, "zones"))["items"]}
    room = zones["cold-room-2"]
    assert (room["rule"]["policy"], room["rule"]["version"], room["rule"]["high"]) == ("cold-2-8", 1, 8)
    assert room["rule"]["resolution"] == "0.1"
    assert room["cooling"]["path"] == "hainan/cold-store/cold-room-2-compressor"
    assert (zones["line-1"]["rule"], zones["line-1"]["cooling"]) == (None, None)
    one = await get(client, f"zones/{room['id']}")
    assert [rule["version"] for rule in one["rules"]] == [1]
    machine = await get(client, f"equipment/{room['cooling']['id']}")
    measures = [point["measure"] for point in machine["points"]]
    assert measures[:4] == ["current", "running", "coil-temperature", "defrost"]
    assert measures[4:] == ["power", "suction-pressure", "fan-current"]
    told = await get(client, "plant")
    assert {area["code"]: len(area["zones"]) for area in told["areas"]} == {"cold-store": 3, "filling": 2, "fleet": 2}


async def test_lots_are_listed_by_hold_and_place(plant: Web) -> None:
    keeper, qa = await plant.person("warehouse"), await plant.person("qa")
    assert (await get(keeper, "lots", hold="true"))["items"] == []
    there = (await get(keeper, "lots", zone="cold-room-2"))["items"]
    assert len(there) == 13
    placed = await keeper.post(f"/api/lots/{there[0]['id']}/holds", json={"reason": "box is wet"})
    assert placed.status_code == 201
    [held] = (await get(qa, "lots", hold="true"))["items"]
    assert (held["number"], held["usable"], held["why_unusable"]) == (there[0]["number"], False, ["on_hold"])
    assert held["holds"][0] | {"reason": "box is wet", "placed_by": "warehouse-1", "active": True} == held["holds"][0]
    assert held["places"][0]["code"] == "cold-room-2"
    assert len((await get(qa, "lots", hold="false"))["items"]) == 39

    signed = {"password": PASSWORD, "meaning": "released", "reason": "dried"}
    refused = await keeper.post(f"/api/holds/{held['holds'][0]['id']}/lift", json=signed)
    assert (refused.status_code, problem(refused)["code"]) == (403, "SignerRoleMissing")
    lifted = await qa.post(f"/api/holds/{held['holds'][0]['id']}/lift", json=signed)
    assert lifted.json()["lifted_by"] == "qa-1"
    [hold] = (await get(qa, f"lots/{held['id']}"))["holds"]
    assert not hold["active"]


async def test_pages_of_lots_follow_each_other(plant: Web) -> None:
    client, met = plant.program(), []
    cursor: int | None = 0
    for _ in range(3):
        page = await get(client, "lots", limit=16, cursor=cursor)
        met += [lot["id"] for lot in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert len(met) == len(set(met)) == 40


async def test_a_lot_comes_in_is_moved_and_released(plant: Web) -> None:
    keeper, qa = await plant.person("warehouse"), await plant.person("qa")
    zones = {zone["code"]: zone["id"] for zone in (await get(qa, "zones"))["items"]}
    said = {"number": "N-1", "item": "FG-PEN", "quantity": "12.50", "zone_id": zones["truck-1"]}
    made = await keeper.post("/api/lots", json=said | {"expires_on": "2027-01-01"})
    lot = made.json()
    assert (made.status_code, lot["quality_status"], lot["quantity"]) == (201, "quarantine", "12.50")
    moved = await keeper.post(f"/api/lots/{lot['id']}/moves", json={"to_zone_id": zones["cold-room-1"]})
    assert [place["to"] is None for place in moved.json()["places"]] == [True]  # where it stands now
    whole = await keeper.get(f"/api/lots/{lot['id']}")
    assert [place["to"] is None for place in whole.json()["places"]] == [False, True]
    body = {"version": lot["version"], "password": PASSWORD, "meaning": "released", "reason": "tested"}
    wrong = await qa.post(f"/api/lots/{lot['id']}/release", json=body | {"meaning": "rejected"})
    assert problem(wrong)["code"] == "MeaningMismatch"
    released = await qa.post(f"/api/lots/{lot['id']}/release", json=body)
    assert (released.status_code, released.json()["usable"]) == (200, True)
    stale = await qa.post(f"/api/lots/{lot['id']}/reject", json=body | {"meaning": "rejected"})
    assert (stale.status_code, problem(stale)["code"]) == (409, "StaleVersion")


async def test_material_goes_into_a_batch_by_scans(plant: Web) -> None:
    crew, client = await plant.person("operator"), plant.program("qa")
    lead = await plant.person("lead")
    line = next(m for m in (await get(client, "equipment"))["items"] if m["path"].endswith("line-1"))
    plan = {"item": "FG-KIT", "equipment_id": line["id"], "quantity": "900"}
    order = (await lead.post("/api/orders", json=plan)).json()
    assert (order["status"], order["steps"]) == ("planned", ["release", "cancel"])
    forbidden = await crew.post(f"/api/orders/{order['id']}/release", json={"version": order["version"]})
    assert (forbidden.status_code, problem(forbidden)["code"]) == (403, "RoleMissing")
    for step, who in (("release", lead), ("start", crew)):
        order = (await who.post(f"/api/orders/{order['id']}/{step}", json={"version": order["version"]})).json()
    batch = f"batches/{order['batch']['id']}"

    scan = {"lot": "ANT-2611-01", "quantity": "62", "idempotency_key": "scan-0001"}
    refused = await crew.post(f"/api/{batch}/issues", json=scan)
    assert refused.status_code == 409
    assert set(problem(refused)["failed_guards"]) == {"over_tolerance", "not_fefo"}
    trail = await get(client, "audit", entity="batch", id=order["batch"]["id"])
    assert "batch.issue.refused" in {row["action"] for row in trail["items"]}

    scan |= {"lot": "ANT-2610-01", "quantity": "61.2"}
    made = await crew.post(f"/api/{batch}/issues", json=scan)
    assert (made.status_code, made.json()["warnings"]) == (201, [])
    assert (await crew.post(f"/api/{batch}/issues", json=scan)).json()["again"] is True
    told = await get(client, batch)
    assert [(row["lot"]["number"], row["quantity"]) for row in told["consumed"]] == [("ANT-2610-01", "61.2")]
    assert len(told["readings"]["points"]) == 12
    assert told["readings"]["from"] == "2026-01-15T01:20:00Z"
    lot = await a_lot(client, "ANT-2610-01")
    assert lot["quantity"] == "118.8"
    links = (await get(client, f"lots/{lot['id']}/genealogy"))["links"]
    assert [link["batch_id"] for link in links] == [order["batch"]["id"]]


async def test_a_pick_explains_itself(plant: Web) -> None:
    told = await get(plant.program(), "items/RM-CALIBRATOR/pick", need="300")
    assert [(row["lot"]["number"], row["quantity"]) for row in told["allocations"]] == [
        ("CAL-2610-01", "260"),
        ("CAL-2611-01", "40"),
    ]
    assert [(row["lot"]["number"], row["reasons"]) for row in told["rejections"]] == [("CAL-2608-02", ["expired"])]


NONSENSE: list[tuple[str, str, dict[str, Any] | None, int, str]] = [
    ("GET", "lots/999999", None, 404, "LotNotFound"),
    ("GET", "lots/99999999999", None, 422, "InvalidRequest"),
    ("GET", "lots?zone=nowhere", None, 404, "ZoneNotFound"),
    ("GET", "zones/999999", None, 404, "ZoneNotFound"),
    ("GET", "equipment/999999", None, 404, "EquipmentNotFound"),
    ("GET", "batches/999999", None, 404, "BatchNotFound"),
    ("GET", "orders/999999", None, 404, "OrderNotFound"),
    ("GET", "orders?status=broken", None, 422, "InvalidRequest"),
    ("GET", "items/NO-SUCH/pick?need=1", None, 404, "ItemNotFound"),
    ("GET", "items/RM-CRESOL/pick?need=NaN", None, 422, "InvalidRequest"),
    ("POST", "lots/1/holds", {"reason": ""}, 422, "InvalidRequest"),
    ("POST", "lots/1/moves", {"to_zone_id": 1, "quantity": "NaN"}, 422, "InvalidRequest"),
    ("POST", "lots/1/moves", {"to_zone_id": 1, "quantitty": "1"}, 422, "InvalidRequest"),
    ("POST", "lots/1/moves", {"to_zone_id": 1, "at": "2026-01-15T01:20:00"}, 422, "InvalidRequest"),
    ("POST", "lots/999999/holds", {"reason": "wet"}, 404, "LotNotFound"),
    ("POST", "lots/1/shred", {}, 422, "InvalidRequest"),
]


async def test_what_makes_no_sense_is_told_so(plant: Web) -> None:
    client = await plant.person("lead")
    told = []
    for method, path, body, _, _ in NONSENSE:
        answer = await client.request(method, f"/api/{path}", json=body)
        told.append((method, path, body, answer.status_code, problem(answer)["code"]))
    assert told == NONSENSE
