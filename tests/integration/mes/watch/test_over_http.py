"""Excursions, deviations, alarms and orders over HTTP: what programs read, and what people may send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.base import RequestResponseEndpoint

from mes.alarms import api as alarms
from mes.border import Caller, Doors
from mes.maintenance import api as maintenance
from mes.quality import api as quality
from mes.transitions import Refused
from telemetry.errors import Forbidden, PlantError
from tests.plugins.cold_room import PASSWORD, ColdStore


@pytest.fixture
async def http(cold_store: ColdStore) -> AsyncIterator[httpx.AsyncClient]:
    """The slices' routers alone. Who calls is said in a header: entrance and problems are the gateway's stories."""
    app = FastAPI()
    app.state.doors = Doors(cold_store.pool, cold_store.clock)
    for slice_ in (alarms, maintenance, quality):
        app.include_router(slice_.router, prefix="/api")

    @app.middleware("http")
    async def enter(request: Request, call_next: RequestResponseEndpoint) -> Response:
        name = request.headers.get("who", "qa")
        request.state.caller = Caller(name, frozenset({name.removesuffix("-2")}), terminal="10.0.0.9")
        return await call_next(request)

    @app.exception_handler(PlantError)
    async def problem(_: Request, error: PlantError) -> JSONResponse:
        failed = list(error.failed) if isinstance(error, Refused) else []
        status = 403 if isinstance(error, Forbidden) else 409
        return JSONResponse({"code": error.code, "failed_guards": failed}, status)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plant") as client:
        yield client


async def get(http: httpx.AsyncClient, path: str, **query: str) -> Any:
    answer = await http.get(f"/api{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_excursion_tells_all_that_hangs_on_it(cold_store: ColdStore, http: httpx.AsyncClient) -> None:
    lot_id = await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=31)
    [line] = (await get(http, "/excursions", status="open"))["items"]
    assert (line["lots"], line["undecided"], line["deviation"]["number"]) == (1, 1, "DEV-2026-0001")
    found = await get(http, f"/excursions/{line['id']}")
    assert (found["status"], found["condition"], found["ended_at"]) == ("open", "active", None)
    assert found["zone"]["code"] == "cold-room-2"
    assert found["point"]["name"] == cold_store.name()
    assert found["episode"]["rule"]["version"] == 1
    assert (found["episode"]["peak"], found["episode"]["limit"]) == (8.6, 8.0)
    [lot] = found["lots"]
    assert (lot["lot_id"], lot["number"], lot["quality_status"]) == (lot_id, "B2601A", "released")
    assert [(hold["cause"], hold["active"]) for hold in lot["holds"]] == [(f"excursion:{found['id']}", True)]
    assert lot["exposure_s"] == 660
    assert found["deviation"]["status"] == "draft"
    assert found["maintenance_order"]["equipment"]["path"] == "hainan/cold-store/cold-room-2-compressor"
    assert found["alarms"][0]["state"] == "active_unacked"
    assert found["steps"] == ["acknowledge", "disposition", "false_alarm", "sensor_lost"]
    assert (await get(http, "/excursions", status="closed"))["items"] == []
    [alarm] = (await get(http, "/alarms", state="active_unacked"))["items"]
    assert (await get(http, "/alarms", state="active"))["items"] == [alarm]
    assert alarm["excursion_id"] == found["id"]
    [order] = (await get(http, "/maintenance/orders"))["items"]
    assert (order["id"], order["steps"]) == (found["maintenance_order"]["id"], ["approve", "reject", "cancel"])


async def test_qa_goes_the_whole_way(cold_store: ColdStore, http: httpx.AsyncClient) -> None:
    lot_id = await cold_store.put_lot("B2601A")
    await cold_store.warm_up(until=31)
    await cold_store.read((32, 5.0))
    signed = {"password": PASSWORD, "meaning": "approved", "reason": "within the stability budget"}
    decided = {"dispositions": [{"lot_id": lot_id, "disposition": "no_impact", "reason": "12 minutes"}]}
    version = (await get(http, "/excursions/1"))["version"]
    answer = await http.post("/api/excursions/1/acknowledge", json={"version": version, "comment": "seen"})
    assert answer.status_code == 200
    body = {"version": answer.json()["version"], **signed, **decided}
    assert (await http.post("/api/excursions/1/disposition", json=body, headers={"who": "operator"})).status_code == 403
    wrong = await http.post("/api/excursions/1/disposition", json=body | {"password": "guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "WrongPassword")
    answer = await http.post("/api/excursions/1/disposition", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["lots"][0]["disposition"] == "no_impact"
    assert answer.json()["signatures"][0]["terminal"] == "10.0.0.9"
    again = await http.post("/api/excursions/1/disposition", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "StaleVersion")

    answer = await http.post("/api/deviations/1/classify", json={"version": 1, "severity": "minor"})
    assert answer.json()["status"] == "classified"
    answer = await http.post("/api/deviations/1/close", json={"version": 2, **signed})
    assert answer.json()["status"] == "closed", answer.text
    assert (await get(http, "/excursions/1"))["status"] == "closed"
    assert (await get(http, "/deviations", status="closed"))["items"][0]["excursion_id"] == 1
    assert await cold_store.held() == set()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/excursions/1/acknowledge", {"version": "one"}),
        ("/excursions/99999999999/acknowledge", {"version": 1}),
        ("/excursions/1/disposition", {"version": 1, "dispositions": []}),
        ("/alarms/1/acknowledge", {"comment": "seen"}),
        ("/deviations/1/explode", {"version": 1}),
        ("/deviations/1/classify", {"version": 1, "severity": "terrible"}),
    ],
)
async def test_nonsense_is_refused_at_the_door(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    assert (await http.post(f"/api{path}", json=body)).status_code == 422
