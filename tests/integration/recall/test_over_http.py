"""A program and a person recall over HTTP: who may, what is told back, what is refused and with which code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.app import build_api
from mes.border import Doors
from mes.people.sessions import issue_key
from telemetry.work import begin
from tests.integration.recall.story import HOSPITAL_NAME, Story
from tests.plugins.cold_room import PASSWORD
from tests.plugins.web import UNHURRIED, problem

SIGNED = {"password": PASSWORD, "meaning": "approved", "reason": "looked through"}


@pytest.fixture
async def lead(story: Story) -> AsyncIterator[httpx.AsyncClient]:
    """A program with the rights of a lead; people sign on it with their own passwords."""
    async with begin(story.plant.pool, "admin", story.plant.clock.now()) as work:
        secret = (await issue_key(work, "line", ["lead"])).secret
    transport = httpx.ASGITransport(build_api(Doors(story.plant.pool, story.plant.clock), rates=UNHURRIED))
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://plant/api", headers=headers) as client:
        yield client


async def told(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_recall_over_http(story: Story, lead: httpx.AsyncClient) -> None:
    lots = story.lots
    reach = await told(await lead.get("/recalls/reach", params={"lot_id": [lots["R1"]]}))
    assert [(each["lot"], each["shipment"]) for each in reach["lines"]] == [
        ("R1", ""), ("P1", ""), ("P1", "SHP-2026-0001"), ("P2", ""),
    ]  # fmt: skip
    body = {"kind": "real", "recall_class": "II", "reason": "glass", "lots": [lots["R1"]]}
    found = await told(await lead.post("/recalls", json=body), 201)
    at = f"/recalls/{found['id']}"
    signed = {"version": found["version"], **SIGNED}
    refused = await lead.post(f"{at}/scope", json=signed | {"username": "warehouse"})
    assert (refused.status_code, problem(refused)["code"]) == (403, "SignerRoleMissing")
    scoped = await told(await lead.post(f"{at}/scope", json=signed | {"username": "qa"}))
    stale = await lead.post(f"{at}/steps/apply_holds", json={"version": found["version"]})
    assert (stale.status_code, problem(stale)["code"]) == (409, "StaleVersion")
    held = await told(await lead.post(f"{at}/steps/apply_holds", json={"version": scoped["version"]}))
    assert (held["status"], held["scope_signed"], held["open_steps"]) == ("hold_applied", True, ["notify"])
    assert await story.plant.held() == {"R1", "P1", "P2"}
    said = {"consignee": HOSPITAL_NAME, "event": "sent", "channel": "mail"}
    await told(await lead.post(f"{at}/notices", json=said), 201)
    await told(await lead.post(f"{at}/steps/notify", json={"version": held["version"]}))
    entry = {"lot_id": lots["P1"], "shipment": "SHP-2026-0001", "fate": "returned", "quantity": "40"}
    kept = await told(await lead.post(f"{at}/recoveries", json=entry), 201)
    over = await lead.post(f"{at}/recoveries", json=entry | {"quantity": "0.5"})
    assert problem(over)["failed_guards"] == ["within_what_is_left"]
    await told(await lead.post(f"{at}/recoveries/{kept['id']}/take-back", json={"reason": "another lot"}), 201)
    shown = await told(await lead.get(at))
    assert [total["left"] for total in shown["totals"] if total["unit"] == "1"] == ["200"]
    assert (await told(await lead.get("/recalls", params={"lot_id": lots["P2"]})))["items"][0]["id"] == found["id"]


async def test_what_is_not_a_leads_is_refused(story: Story, lead: httpx.AsyncClient) -> None:
    found = await story.notified()
    for path, body in (("progress", {"reference": "R-1"}), ("steps/evaluate", {"version": found.version})):
        answer = await lead.post(f"/recalls/{found.id}/{path}", json=body)
        assert (answer.status_code, problem(answer)["code"]) == (403, "RoleMissing")
    nothing = {"kind": "mock", "recall_class": "I", "reason": "  ", "lots": [story.lots["R1"]]}
    assert problem(await lead.post("/recalls", json=nothing))["failed_guards"] == ["reason_given"]
    assert (await lead.post("/recalls", json=nothing | {"reason": "x", "lots": [999_999]})).status_code == 404
