"""A major deviation from raising to closing over HTTP alone: its lot on hold, each guard on the way, its CAPA."""

from __future__ import annotations

from typing import Any

import httpx

from mes.inventory import service as inventory
from tests.integration.materials.conftest import Dispensary, dispensary
from tests.plugins.web import PASSWORD, Web, problem

__all__ = ["dispensary"]

DRAFT = {"title_en": "Cap torque too low", "title_zh": "旋盖扭矩偏低", "description": "Three of ten caps came off."}
INVESTIGATED = {
    "root_cause": "the clutch's spring is worn",
    "other_batches": "none: the batch before was measured at 0.8 Nm",
    "investigation": "torque of 50 pens measured, spring replaced",
    "departments": ["production", "quality"],
    "extra_tests": "no: the cartridge was never open",
}
SIGNATURE = {"password": PASSWORD, "meaning": "approved", "reason": "cause known, lot not affected"}


class Case:
    """The deviation, at whoever's desk it lies."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    async def take(self, who: httpx.AsyncClient, step: str, **said: Any) -> httpx.Response:
        answer = await who.post(f"/api/deviations/{self.told['id']}/{step}", json={"version": self.version, **said})
        if answer.is_success:
            self.told = answer.json()
        return answer

    async def failed(self, who: httpx.AsyncClient, step: str, **said: Any) -> list[str]:
        answer = await self.take(who, step, **said)
        assert answer.status_code == 409, answer.text
        guards: list[str] = problem(answer)["failed_guards"]
        return guards

    @property
    def version(self) -> int:
        return int(self.told["version"])


async def _raised(dispensary: Dispensary, web: Web, operator: httpx.AsyncClient) -> tuple[Case, int]:
    await dispensary.lot("RM-1", "20")
    lot_id = dispensary.lots["RM-1"]
    made = await operator.post("/api/deviations", json=DRAFT | {"lot_ids": [lot_id]})
    assert made.status_code == 201, made.text
    return Case(made.json()), lot_id


async def _holds(dispensary: Dispensary, lot_id: int) -> int:
    async with dispensary.plant.work() as work:
        return (await inventory.lot(work, lot_id)).active_holds


async def test_a_major_deviation_goes_its_whole_way(dispensary: Dispensary, web: Web) -> None:
    operator, qa = await web.person("operator"), await web.person("qa")
    case, lot_id = await _raised(dispensary, web, operator)
    assert await _holds(dispensary, lot_id) == 1
    assert (await case.take(operator, "report", description=DRAFT["description"])).is_success
    assert (await case.take(operator, "classify", severity="major")).status_code == 403
    assert await case.failed(qa, "classify") == ["severity_given"]
    assert (await case.take(qa, "classify", severity="major", note="patients open it")).is_success
    early = await case.failed(qa, "close", **SIGNATURE)
    assert early == ["severity_is_minor_or_investigated", "root_cause_given", "lots_have_dispositions"]
    assert (await case.take(qa, "investigate")).is_success
    asked = {"root_cause_given", "other_batches_answered", "departments_reported", "extra_tests_answered"}
    assert set(await case.failed(operator, "submit")) == asked
    one = INVESTIGATED | {"departments": ["production"]}
    assert await case.failed(operator, "submit", **one) == ["departments_reported"]
    assert (await case.take(operator, "submit", **INVESTIGATED)).is_success
    assert await case.failed(qa, "close", **SIGNATURE) == ["lots_have_dispositions", "capa_or_why_not"]
    decided = await case.take(qa, f"lots/{lot_id}", disposition="no_impact", reason="cartridge closed")
    assert decided.json()["lots"][0]["disposition"] == "no_impact"
    await _capa_opened(qa, case)
    refused = await case.take(qa, "close", **SIGNATURE | {"password": ""})
    assert (refused.status_code, problem(refused)["code"]) == (401, "ReauthRequired")
    by_operator = await case.take(qa, "close", username="operator-1", **SIGNATURE)
    assert "signer_is_not_the_reporter" in problem(by_operator)["failed_guards"]
    assert (await case.take(qa, "close", **SIGNATURE)).json()["status"] == "closed"
    assert await _holds(dispensary, lot_id) == 0
    refusals = await dispensary.plant.rows("select count(*) from audit where action like 'deviation.%.refused'")
    assert refusals == [(6,)]


async def _capa_opened(qa: httpx.AsyncClient, case: Case) -> None:
    source = {"record_type": "deviation", "record_id": str(case.told["id"])}
    told = {"title": "Springs wear", "problem": "torque falls unseen", "owner": "operator-1", "sources": [source]}
    made = await qa.post("/api/capas", json=told)
    assert made.status_code == 201, made.text
    assert made.json()["sources"] == [f"deviation:{case.told['id']}"]


async def test_without_a_capa_the_reason_is_part_of_what_is_signed(dispensary: Dispensary, web: Web) -> None:
    operator, qa = await web.person("operator"), await web.person("qa")
    case, lot_id = await _raised(dispensary, web, operator)
    await case.take(operator, "report")
    await case.take(qa, "classify", severity="critical")
    await case.take(qa, "investigate")
    await case.take(qa, "submit", **INVESTIGATED)
    await case.take(qa, f"lots/{lot_id}", disposition="no_impact", reason="cartridge closed")
    closed = await case.take(qa, "close", **SIGNATURE, no_capa_why="the machine is retired")
    assert closed.json()["no_capa_why"] == "the machine is retired"
    kept = await dispensary.plant.rows(
        "select content ->> 'no_capa_why' from signature where record_type = 'deviation'"
    )
    assert kept == [("the machine is retired",)]


async def test_opened_again_after_it_was_closed_it_holds_its_lot_and_asks_for_a_new_decision(
    dispensary: Dispensary, web: Web
) -> None:
    operator, qa = await web.person("operator"), await web.person("qa")
    case, lot_id = await _raised(dispensary, web, operator)
    await case.take(operator, "report")
    await case.take(qa, "classify", severity="minor")
    await case.take(qa, f"lots/{lot_id}", disposition="no_impact", reason="cartridge closed")
    assert (await case.take(qa, "close", **SIGNATURE)).is_success
    assert (await case.take(operator, "reopen", note="a customer found another")).status_code == 403
    assert await case.failed(qa, "reopen") == ["reason_given"]
    assert (await case.take(qa, "reopen", note="a customer found another")).json()["status"] == "reported"
    assert await _holds(dispensary, lot_id) == 1
    await case.take(qa, "classify", severity="minor")
    assert await case.failed(qa, "close", **SIGNATURE) == ["lots_have_dispositions"]
