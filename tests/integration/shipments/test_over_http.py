"""Shipments over HTTP, as a program of the warehouse and one of QA use them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from isotherm.demo_stock import stock_demo
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.work import Pool, begin
from tests.plugins.database import NOW
from tests.plugins.web import Web, problem

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
CUSTOMER = {"code": "HOSP", "name": "Hospital", "address": "1 Story Road", "contact": "pharmacy"}
LINES = [{"item": "FG-PEN", "quantity": "500"}]
PLAN = {"customer": "HOSP", "lines": LINES, "transport": "cold_road", "planned_on": "2026-01-16"}


@pytest.fixture
async def keeper(web: Web, pool: Pool) -> httpx.AsyncClient:
    """A program of the warehouse, in the demo plant with its stock and one customer."""
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        await stock_demo(work, NOW)
    client = web.program("warehouse")
    assert (await client.post("/api/customers", json=CUSTOMER)).status_code == 201
    return client


async def post(client: httpx.AsyncClient, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_shipment_goes_out_and_is_found_by_its_lot(keeper: httpx.AsyncClient) -> None:
    made = await post(keeper, "shipments", 201, **PLAN)
    [line] = made["lines"]
    assert line["take"][0]["lot"] == "PEN-2610-07"  # the first to expire of those that are in the plant
    assert {"lot": "PEN-2610-05", "reasons": ["on_the_road"]} in line["refused"]
    at = f"shipments/{made['id']}"
    picked = await post(keeper, f"{at}/picks", 201, code="PEN-2610-07")
    assert picked["quantity"] == "500"
    for step in ("finish_picking", "load", "ship"):
        version = (await keeper.get(f"/api/{at}")).json()["version"]
        told = await post(keeper, f"{at}/{step}", version=version)
    assert told["status"] == "shipped"
    assert told["steps"] == ["deliver", "refuse"]
    answer = await keeper.get("/api/shipments/deliveries", params={"lot": ["PEN-2610-07", "PEN-2610-11"]})
    [went] = answer.json()["items"]
    assert (went["consignee"], Decimal(went["quantity"]), went["returned"]) == ("Hospital", Decimal(500), [])
    lots = (await keeper.get("/api/lots", params={"item": "FG-PEN"})).json()["items"]
    [lot] = [each for each in lots if each["number"] == "PEN-2610-07"]
    told = (await keeper.get(f"/api/genealogy/{lot['id']}", params={"direction": "forward"})).json()
    assert [each["shipment_no"] for each in told["nodes"][0]["shipped"]] == [made["number"]]


async def test_a_refusal_says_every_reason(keeper: httpx.AsyncClient) -> None:
    made = await post(keeper, "shipments", 201, **PLAN)
    answer = await keeper.post(f"/api/shipments/{made['id']}/picks", json={"code": "PEN-2611-02"})
    assert answer.status_code == 409
    assert problem(answer)["failed_guards"] == ["not_released"]
    answer = await keeper.post(f"/api/shipments/{made['id']}/picks", json={"code": "PEN-2611-01"})
    assert problem(answer)["failed_guards"] == ["not_fefo"]
    answer = await keeper.post(f"/api/shipments/{made['id']}/picks", json={"code": "INS-2610-01"})
    assert problem(answer)["failed_guards"] == ["wrong_item"]


async def test_the_same_request_twice_is_one_pick(keeper: httpx.AsyncClient) -> None:
    made = await post(keeper, "shipments", 201, **PLAN)
    body, key = {"code": "PEN-2610-07", "quantity": "100"}, {"Idempotency-Key": "scan-1"}
    answers = [await keeper.post(f"/api/shipments/{made['id']}/picks", json=body, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await keeper.get(f"/api/shipments/{made['id']}")).json()["picks"]) == 1


async def test_qa_sees_and_does_not_ship(web: Web, keeper: httpx.AsyncClient) -> None:
    made = await post(keeper, "shipments", 201, **PLAN)
    qa = web.program("qa")
    assert (await qa.get(f"/api/shipments/{made['id']}")).json()["number"] == made["number"]
    for path, body in (
        ("shipments", PLAN),
        (f"shipments/{made['id']}/picks", {"code": "PEN-2610-07"}),
        (f"shipments/{made['id']}/cancel", {"version": made["version"], "note": "x"}),
        ("customers", CUSTOMER | {"code": "OTHER"}),
    ):
        assert (await qa.post(f"/api/{path}", json=body)).status_code == 403, path


@pytest.mark.parametrize(
    ("differs", "status", "code"),
    [
        ({"customer": "NOBODY"}, 404, "CustomerNotFound"),
        ({"lines": [{"item": "NOTHING", "quantity": "1"}]}, 404, "ItemNotFound"),
        ({"lines": [*LINES, *LINES]}, 422, "NothingAskedFor"),
        ({"trip_id": 999}, 404, "TripNotFound"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(
    keeper: httpx.AsyncClient, differs: dict[str, Any], status: int, code: str
) -> None:
    answer = await keeper.post("/api/shipments", json=PLAN | differs)
    assert (answer.status_code, problem(answer)["code"]) == (status, code)
    assert (await keeper.get("/api/shipments")).json()["items"] == []
