"""Weighing, issue and return over HTTP: the same steps, checks and two people as at the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

from tests.integration.materials.conftest import Dispensary, a_need
from tests.plugins.cold_room import PASSWORD as THEIRS
from tests.plugins.web import PASSWORD, Web, problem

CHECK = {"nominal": "500", "tolerance": "0.2", "weight_no": "M1-500"}


async def sent(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refused(client: httpx.AsyncClient, path: str, **body: Any) -> tuple[int, str]:
    answer = await client.post(f"/api/{path}", json=body)
    return answer.status_code, problem(answer)["code"]


async def test_a_line_is_weighed_checked_by_another_issued_and_partly_returned(
    dispensary: Dispensary, web: Web
) -> None:
    here, crew = dispensary, await web.person("operator")
    lot = await here.lot("RM-1", "20")
    batch = await here.run(a_need(dispense=True))
    planned = await sent(crew, f"batches/{batch}/dispensings", line=10, lot_id=lot)
    assert (planned["target"], planned["unit"], planned["steps"]) == ("12.5", "kg", ["reject", "tare"])
    await here.weight(800.0)
    on_scale = {"version": planned["version"], "code": "RM-1", "point_id": here.point_id}
    unready = await crew.post(f"/api/dispensings/{planned['id']}/tare", json=on_scale)
    assert problem(unready)["failed_guards"] == ["scale_is_calibrated", "daily_check_passed"]
    await here.calibrate()
    await here.weight(500.1)
    assert (await sent(crew, f"scales/{here.point_id}/checks", **CHECK))["passed"]
    [scale] = (await crew.get("/api/scales")).json()["items"]
    assert (scale["point"], scale["against"]) == ("hainan/cold-store/scale-1/weight", [])

    weighed = await weigh(here, crew, planned)
    alone = {"version": weighed["version"], "password": PASSWORD, "reason": "seen"}
    assert await refused(crew, f"dispensings/{weighed['id']}/verify", **alone) == (409, "SameSigner")
    second = alone | {"username": "qa-2", "password": THEIRS}
    verified = await sent(crew, f"dispensings/{weighed['id']}/verify", **second)
    room = here.plant.rooms["cold-room-1"]
    staged = await sent(crew, f"dispensings/{weighed['id']}/stage", version=verified["version"], zone_id=room)
    assert staged["status"] == "staged"
    await use(here, crew, batch, staged["number"])


async def weigh(here: Dispensary, crew: httpx.AsyncClient, planned: dict[str, Any]) -> dict[str, Any]:
    """Tare and gross by the scale's own readings; the number that is sent is no weight."""
    at = f"dispensings/{planned['id']}"
    await here.weight(800.0)
    scan = {"version": planned["version"], "point_id": here.point_id}
    assert await refused(crew, f"{at}/tare", **scan) == (422, "ScanNotSaid")
    assert await refused(crew, f"{at}/tare", **scan, lot="RM-1", container="BOX") == (422, "ScanNotSaid")
    tared = await sent(crew, f"{at}/tare", **scan, code="RM-1")
    assert tared["tare"] == "0.8"
    await here.weight(13310.0)
    weighed = await sent(crew, f"{at}/weigh", version=tared["version"])
    assert (weighed["net"], weighed["evidence"]["gross"]["value"]) == ("12.51", "13310.0")
    assert (await crew.get(f"/api/{at}")).json() == weighed
    return weighed


async def use(here: Dispensary, crew: httpx.AsyncClient, batch: int, container: str) -> None:
    scan = {"container": container, "quantity": "12.51", "idempotency_key": "scan-0001"}
    issued = await sent(crew, f"batches/{batch}/issues", **scan)
    assert not issued["again"]
    assert (await sent(crew, f"batches/{batch}/issues", **scan))["again"]
    [line] = (await crew.get(f"/api/batches/{batch}/materials")).json()["items"]
    assert (line["net"], line["is_short"], line["low"], line["high"]) == ("12.51", False, "12.4375", "12.5625")
    back = {"issue_id": issued["id"], "quantity": "0.51", "zone_id": here.zone_id, "idempotency_key": "back-0001"}
    assert await refused(crew, f"batches/{batch}/returns", **back, reason=" ") == (422, "ReturnWithoutReason")
    assert await refused(crew, "batches/999999/returns", **back, reason="left over") == (404, "IssueNotFound")
    returned = await sent(crew, f"batches/{batch}/returns", **back, reason="left over")
    more = back | {"quantity": "12.01", "idempotency_key": "back-0002"}
    assert await refused(crew, f"batches/{batch}/returns", **more, reason="left over") == (409, "ReturnTooMuch")
    assert (await crew.get(f"/api/batches/{batch}/returns")).json()["items"] == [returned]
    [kept] = (await crew.get(f"/api/batches/{batch}/issues")).json()["items"]
    assert (kept["quantity"], kept["returned"]) == ("12.51", "0.51")
    told = (await crew.get(f"/api/lots/{here.lots['RM-1']}/movements")).json()
    assert (told["agrees"], Decimal(told["stock"])) == (True, Decimal(8))


async def test_a_typed_weight_and_an_end_over_http(dispensary: Dispensary, web: Web) -> None:
    here, crew, office = dispensary, web.program("operator"), web.program("engineer")
    lot = await here.lot("RM-1", "20")
    batch = await here.run(a_need(dispense=True))
    assert await refused(office, f"batches/{batch}/dispensings", line=10, lot_id=lot) == (403, "RoleMissing")
    assert await refused(crew, f"batches/{batch}/dispensings", line=20, lot_id=lot) == (404, "LineNotFound")
    planned = await sent(crew, f"batches/{batch}/dispensings", line=10, lot_id=lot, quantity="6.25")
    at = f"dispensings/{planned['id']}"
    weights = {"tare": "800", "gross": "7050", "unit": "g", "zone_id": here.zone_id, "lot": "RM-1"}
    blank = weights | {"version": planned["version"], "reason": " "}
    assert await refused(crew, f"{at}/type", **blank) == (422, "TypedWithoutReason")
    assert await refused(crew, f"{at}/type", **(blank | {"unit": "ml", "reason": "x"})) == (422, "UnitsDiffer")
    weighed = await sent(crew, f"{at}/type", **(blank | {"reason": "cable broken"}))
    assert (weighed["net"], weighed["evidence"]["typed"]) == ("6.25", True)
    stale = {"version": planned["version"], "how": "destroy", "reason": "a smell"}
    assert await refused(crew, f"{at}/end", **stale) == (409, "StaleVersion")
    ended = await sent(crew, f"{at}/end", **(stale | {"version": weighed["version"]}))
    assert (ended["status"], ended["ended_reason"]) == ("destroyed", "a smell")
    assert [each["number"] for each in (await crew.get(f"/api/batches/{batch}/dispensings")).json()["items"]] == [
        planned["number"]
    ]
