"""Maintenance as programs see it: an order from request to close, the same person refused with 409, plans and parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.work import Pool, begin
from tests.plugins.database import NOW
from tests.plugins.web import PASSWORD, Web, problem

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
DONE = {
    "findings": "relay burnt",
    "problem_code": "not_running",
    "cause_code": "electrical",
    "remedy_code": "replaced",
    "labour_min": "25",
    "checks": {"clean": False, "calibrate": False, "requalify": False},
}


@pytest.fixture
async def plant(web: Web, pool: Pool) -> Web:
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
    return web


async def ask(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(f"/api/maintenance/{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def compressor(client: httpx.AsyncClient) -> int:
    plans = (await client.get("/api/maintenance/plans")).json()["items"]
    return next(int(plan["equipment_id"]) for plan in plans if plan["code"] == "compressor-2-service")


async def an_order(client: httpx.AsyncClient) -> dict[str, Any]:
    told = {"title_en": "Does not start", "title_zh": "不启动", "failure_mode": "not_running"}
    made: dict[str, Any] = await ask(client, "orders", equipment_id=await compressor(client), **told)
    return made


async def test_from_request_to_close_and_not_by_one_person(plant: Web) -> None:
    crew, other = await plant.person("maintenance"), await plant.person("lead")
    order = await an_order(crew)
    at = f"orders/{order['id']}"
    for step in ("approve", "start"):
        order = await ask(crew, f"{at}/{step}", version=order["version"])
    parts = {p["number"]: p for p in (await crew.get("/api/maintenance/parts")).json()["items"]}
    relay = parts["RLY-230"]
    assert relay["low"]
    await ask(crew, f"parts/{relay['id']}/receipts", quantity="3")
    left = await ask(crew, f"{at}/parts", part_id=relay["id"], quantity="1")
    assert (left["stock"], left["low"]) == ("2", False)
    order = await ask(crew, f"{at}/done", version=order["version"], **DONE)
    said = {"version": order["version"], "check_result": "cools"}
    refused = problem(await crew.post(f"/api/maintenance/{at}/verify", json=said))
    assert (refused["status"], refused["code"]) == (409, "SamePerson")
    unsigned = problem(await other.post(f"/api/maintenance/{at}/verify", json=said))
    assert (unsigned["status"], unsigned["failed_guards"]) == (409, ["signed"])
    sign = {"password": PASSWORD, "meaning": "verified", "reason": "seen at the machine"}
    order = await ask(other, f"{at}/verify", **said, **sign)
    order = await ask(other, f"{at}/close", version=order["version"])
    assert (order["status"], order["equipment"]["status"]) == ("closed", "ready")
    done = (await other.get(f"/api/maintenance/{at}/work")).json()
    assert [each["minutes"] for each in done["labour"]] == ["25"]
    assert [each["act"] for each in done["log"]] == [
        "request", "approve", "start", "part", "labour", "done", "verify", "close",
    ]  # fmt: skip


async def test_who_is_not_of_the_crew_asks_and_takes_no_step(plant: Web) -> None:
    operator = await plant.person("operator")
    order = await an_order(operator)
    answer = await operator.post(f"/api/maintenance/orders/{order['id']}/approve", json={"version": 1})
    assert answer.status_code == 403


async def test_plans_tell_how_they_stand_and_figures_are_none_without_failures(plant: Web) -> None:
    engineer = await plant.person("engineer")
    plans = (await engineer.get("/api/maintenance/plans")).json()["items"]
    assert {plan["standing"] for plan in plans} == {"waiting"}
    by_hours = next(plan for plan in plans if plan["code"] == "compressor-1-service")
    assert by_hours["running"]["hours"] == "500"
    assert (await engineer.get(f"/api/maintenance/plans/{by_hours['id']}")).json()["use"]["charged"] is not None
    figures = (await engineer.get("/api/maintenance/figures", params={"days": 30})).json()
    assert {machine["mtbf_h"] for machine in figures["machines"]} == {None}
    assert figures["alert_precision"]["share"] is None
