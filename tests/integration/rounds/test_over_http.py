"""Rounds and gauges as programs see them: walked over HTTP, twice the same message, figures with nothing to divide."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.rounds import service
from mes.rounds.model import RoundStatus
from telemetry.work import Pool, begin
from tests.integration.maintenance.test_over_http import DEMO
from tests.plugins.database import NOW
from tests.plugins.web import Web, problem

LINE = "filling/line-1"


@pytest.fixture
async def round_id(web: Web, pool: Pool) -> int:
    """The check of the filling line, which is open."""
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
    async with begin(pool, "watch", NOW) as work:
        await service.look_at_rounds(work)
        return next(
            each.id
            for each in await service.rounds(work)
            if each.status is RoundStatus.OPEN and each.words.code == "line-check"
        )


async def send(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(f"/api/{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def test_a_program_walks_a_round_and_its_failure_asks_for_maintenance(web: Web, round_id: int) -> None:
    operator = await web.person("operator")
    await send(operator, f"rounds/{round_id}/starts", stop=0, scanned=LINE, key="program-start-1")
    said = {"stop": 0, "item": "air", "value": "4.9", "note": "leak at the filter", "key": "program-entry-1"}
    first = await send(operator, f"rounds/{round_id}/entries", **said)
    assert (first["passed"], first["late"]) == (False, False)
    assert await send(operator, f"rounds/{round_id}/entries", **said) == first
    order = (await operator.get(f"/api/maintenance/orders/{first['order_id']}")).json()
    assert (order["failure_mode"], order["title_en"]) == ("failed_check", "Filling line 1: Compressed air")
    refused = problem(await operator.post(f"/api/rounds/{round_id}/submit", json={}))
    assert (refused["status"], refused["failed_guards"]) == (409, ["every_item_is_looked_at"])
    for item in ("guards", "leaks"):
        await send(operator, f"rounds/{round_id}/entries", stop=0, item=item, value="ok")
    done = await send(operator, f"rounds/{round_id}/submit")
    lead = await web.person("lead")
    reviewed = await send(lead, f"rounds/{round_id}/review", version=done["version"])
    assert (reviewed["status"], reviewed["reviewed_by"]) == ("reviewed", "lead-1")
    figures = (await lead.get("/api/rounds/figures")).json()
    assert (figures["completion"], figures["failure_rate"], figures["remedied_in_time"]) == ("1.0000", "0.3333", None)


async def test_who_is_of_another_team_walks_nothing(web: Web, round_id: int) -> None:
    keeper = await web.person("warehouse")
    said = {"stop": 0, "scanned": LINE}
    refused = problem(await keeper.post(f"/api/rounds/{round_id}/starts", json=said))
    assert (refused["status"], refused["code"]) == (403, "NotOfThisTeam")


async def test_a_gauge_over_http(web: Web, round_id: int) -> None:
    engineer = await web.person("engineer")
    told = {"serial": "TW-1", "kind": "torque", "name_en": "Wrench", "name_zh": "扳手", "interval_months": 12}
    made = await send(engineer, "gauges", **told, unit="N.m", low="1", high="10")
    assert (made["calibration"]["standing"], made["low"]) == ("unknown", "1")
    use = {"record_type": "round", "record_id": str(round_id), "label": "cap torque", "value": "2.1"}
    refused = problem(await engineer.post(f"/api/gauges/{made['id']}/uses", json=use))
    assert (refused["status"], refused["failed_guards"]) == (409, ["gauge_is_in_calibration"])
    lost = await send(engineer, f"gauges/{made['id']}/status", version=1, status="lost", reason="not in its drawer")
    assert lost["status"] == "lost"
    assert [each["serial"] for each in (await engineer.get("/api/gauges")).json()["items"]] == ["TW-1"]
