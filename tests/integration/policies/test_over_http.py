"""Policies as programs meet them: packs, a proposal of a whole document, a person's signature."""

from __future__ import annotations

from typing import Any

import pytest

from mes.people.model import Credentials
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.work import begin
from tests.integration.plant.test_apply import DEMO
from tests.plugins.controlled import approved_change
from tests.plugins.database import NOW
from tests.plugins.web import PASSWORD, Web, problem


@pytest.fixture
async def plant(web: Web) -> Web:
    async with begin(web.doors.pool, "plant", NOW) as work:
        await apply(work, read_plant(DEMO), "first start")
    return web


async def document(web: Web) -> dict[str, Any]:
    """What the newest version of the cold rooms' policy says."""
    answer = await web.program("operator").get("/api/policies/cold-2-8")
    found: dict[str, Any] = answer.json()["versions"][-1]["document"]
    return found


async def test_a_program_proposes_and_a_person_signs(plant: Web) -> None:
    said = await document(plant) | {"deadband": 0.4}
    body = {"base_version": 1, "document": said, "reason": "calmer"}
    refused = await plant.program("engineer").post("/api/policies/cold-2-8/changes", json=body)
    assert (refused.status_code, problem(refused)["code"]) == (403, "RoleMissing")
    made = await plant.program("qa").post("/api/policies/cold-2-8/changes", json=body)
    assert made.status_code == 201
    assert made.json()["differences"] == [{"place": "shared.deadband", "before": 0.3, "after": 0.4}]
    change, signing = made.json()["id"], {"version": 1, "meaning": "approved", "reason": "checked"}
    qa = await plant.person("qa")
    bare = await qa.post(f"/api/policy-changes/{change}/sign", json=signing | {"password": PASSWORD})
    assert (bare.status_code, problem(bare)["code"]) == (409, "ChangeNeeded")
    await plant.hire("engineer")
    async with begin(plant.doors.pool, "qa-1", NOW) as work:
        who = Credentials("qa-1", PASSWORD)
        control = await approved_change(work, "policy:cold-2-8", author="engineer-1", approver=who)
    under = signing | {"password": PASSWORD, "control": control.number}
    wrong = await qa.post(f"/api/policy-changes/{change}/sign", json=under | {"password": "guessed"})
    assert (wrong.status_code, problem(wrong)["code"]) == (401, "WrongPassword")
    signed = await qa.post(f"/api/policy-changes/{change}/sign", json=under)
    assert (signed.status_code, signed.json()["version"]) == (200, 2)
    shown = (await plant.program("operator").get("/api/policies/cold-2-8")).json()
    assert [version["document"]["deadband"] for version in shown["versions"]] == [0.3, 0.4]
    assert [each["status"] for each in shown["changes"]] == ["signed"]
    assert len({version["content_sha256"] for version in shown["versions"]}) == 2


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"deadband": -1}, 422, "PolicyWrong"),
        ({"deadbnd": 1}, 422, "PolicyWrong"),
        ({"levels": []}, 422, "AlarmLevelMissing"),
        ({"unit": "%", "kinetic": None}, 422, "UnitChanged"),
        ({"packs": ["nope"]}, 404, "PolicyUnknown"),
        ({}, 422, "NothingChanged"),
    ],
)
async def test_a_document_that_is_no_policy_is_refused(
    plant: Web, changed: dict[str, object], status: int, code: str
) -> None:
    body = {"base_version": 1, "document": await document(plant) | changed, "reason": "a try"}
    answer = await plant.program("qa").post("/api/policies/cold-2-8/changes", json=body)
    assert (answer.status_code, problem(answer)["code"]) == (status, code)


async def test_packs_are_there_for_everybody(web: Web) -> None:
    operator = web.program("operator")
    packs = {pack["code"]: pack for pack in (await operator.get("/api/policy-packs")).json()["items"]}
    assert len(packs) == 12
    assert packs["gsp_cn"] == (await operator.get("/api/policy-packs/gsp_cn@2")).json()
    assert packs["gsp_cn"]["document"]["people"]["least"] == 3
    assert (await operator.get("/api/policy-packs/gsp_cn@9")).status_code == 404


async def test_a_zones_cadence_is_told(plant: Web) -> None:
    zones = (await plant.program("qa").get("/api/zones")).json()["items"]
    room = next(zone for zone in zones if zone["code"] == "cold-room-1")
    told = (await plant.program("qa").get(f"/api/zones/{room['id']}/cadence")).json()
    assert told["rule"]["storage_s"] == 1800
    assert [(point["is_met"], point["kept"][0]["longest_s"]) for point in told["points"]] == [(False, 86_400)] * 2
