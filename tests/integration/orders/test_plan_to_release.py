"""An order from its plan to the released lot by programs' routes alone: no page, no service called by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import httpx

from mes.recipes.editing import yaml_of
from tests.integration.materials.conftest import Dispensary, a_need, dispensary
from tests.integration.release.certified import GTIN, RECORD
from tests.plugins.web import PASSWORD, Web, problem

__all__ = ["dispensary"]

ROLES = ("engineer", "lead", "operator", "qc", "qa", "qp")
SIGNED = {"password": PASSWORD, "reason": "read"}
PENS = replace(RECORD, lines=(a_need(),))


@dataclass(slots=True)
class Floor:
    """Everybody who has a part in it, signed in."""

    people: dict[str, httpx.AsyncClient]

    async def get(self, path: str, who: str = "lead") -> dict[str, Any]:
        answer = await self.people[who].get(f"/api/{path}")
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def post(self, who: str, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.people[who].post(f"/api/{path}", json=body)
        assert answer.is_success, (path, answer.text)
        told: dict[str, Any] = answer.json()
        return told

    async def refused(self, who: str, path: str, **body: Any) -> list[str]:
        answer = await self.people[who].post(f"/api/{path}", json=body)
        assert answer.status_code == 409, answer.text
        guards: list[str] = problem(answer)["failed_guards"]
        return guards


async def in_force(floor: Floor) -> None:
    """The master record is written by the engineer, approved and put in force by QA."""
    text = yaml_of(PENS, version=1, reason="the first")
    recipe = await floor.post("engineer", "recipes", yaml=text)
    for who, step in (("engineer", "submit"), ("qa", "approve")):
        recipe = await floor.post(who, f"recipes/{recipe['id']}/{step}", version=recipe["version"], **SIGNED)
    recipe = await floor.post("qa", f"recipes/{recipe['id']}/put_in_force", version=recipe["version"])
    assert recipe["status"] == "effective"


async def made(floor: Floor, order: dict[str, Any], zone_id: int) -> None:
    """Started, material issued, reported, completed."""
    batch_id = order["batch"]["id"]
    [operation] = (await floor.get(f"batches/{batch_id}/record"))["operations"]
    at = f"operations/{operation['id']}"
    operation = await floor.post("operator", f"{at}/start", version=operation["version"])
    scan = {"lot": "RM-1", "quantity": "12.5", "idempotency_key": "scan-0001"}
    await floor.post("operator", f"batches/{batch_id}/issues", **scan)
    assert (await floor.post("operator", f"batches/{batch_id}/issues", **scan))["again"] is True  # sent twice, once in
    assert "steps_are_done" in await floor.refused("operator", f"{at}/complete", version=operation["version"], **SIGNED)
    for values in ({}, {"good": "99", "rejected": "1", "sampled": "0"}):
        step = next(s for s in (await floor.get(at))["steps"] if s["status"] == "open")
        await floor.post("operator", f"steps/{step['id']}/report", version=step["version"], values=values)
    operation = await floor.get(at)
    await floor.post("operator", f"{at}/complete", version=operation["version"], password=PASSWORD)
    order = await floor.get(f"orders/{order['id']}")
    told = {"version": order["version"], "quantity": "99", "zone_id": zone_id}
    assert (await floor.post("lead", f"orders/{order['id']}/complete", **told))["status"] == "completed"


async def judged(floor: Floor, batch_id: int) -> None:
    """Proved by the laboratory and a label, read by production and quality, its trail looked through."""
    at = f"batches/{batch_id}"
    lot = (await floor.get(at))["made"]
    assert lot["quality_status"] == "quarantine"
    label = f"]d201{GTIN}17{lot['expires_on'][2:].replace('-', '')}10{lot['number']}"
    proof = {"version": 0, "meaning": "verified", **SIGNED}
    await floor.post("qc", f"{at}/laboratory", certificate="COA-1", passed=True, **proof)
    await floor.post("operator", f"{at}/label", text=label, **proof)
    early = {"meaning": "released", "version": (await floor.get(f"{at}/gate"))["version"], **SIGNED}
    assert await floor.refused("qp", f"{at}/certify", **early) == ["G1", "G11"]
    for who, act in (("lead", "review_production"), ("qa", "review_quality")):
        gate = await floor.get(f"{at}/gate")
        body = {"version": gate["version"], "seen": gate["seen"], "meaning": "reviewed", **SIGNED}
        await floor.post(who, f"{at}/{act}", **body)
    about = {"scope": "batch", "subject": str(batch_id), "conclusion": "no_findings", "meaning": "reviewed"}
    await floor.post("qa", "audit/reviews", **about, **SIGNED)


async def test_an_order_from_its_plan_to_the_released_lot(dispensary: Dispensary, web: Web) -> None:
    floor = Floor({role: await web.person(role) for role in ROLES})
    await floor.post("engineer", "items/PEN/gtins", gtin=GTIN, level="each", quantity="1", reason="registered")
    await dispensary.lot("RM-1", "20")
    planned = await floor.post("lead", "orders", item="PEN", equipment_id=dispensary.line_id, quantity="100")
    assert planned["status"] == "planned"
    release = f"orders/{planned['id']}/release"
    early = await floor.refused("lead", release, version=planned["version"])
    assert early == ["master_record_is_effective"]
    await in_force(floor)
    order = await floor.post("lead", release, version=planned["version"])
    assert (order["status"], order["batch"]["status"]) == ("released", "issued")
    await made(floor, order, dispensary.zone_id)
    batch_id = order["batch"]["id"]
    await judged(floor, batch_id)
    gate = await floor.get(f"batches/{batch_id}/gate")
    assert gate["failed"] == ["G14"]
    body = {"version": gate["version"], "seen": gate["seen"], "meaning": "released", **SIGNED}
    assert (await floor.post("qp", f"batches/{batch_id}/certify", **body))["status"] == "released"
    assert (await floor.get(f"batches/{batch_id}"))["made"]["quality_status"] == "released"
    assert (await floor.get(f"orders/{order['id']}"))["status"] == "closed"
    told = await floor.post("qa", "audit/verify")
    assert (told["first_bad_seq"], told["rows"] > 20) == (None, True)
