"""The pages of machine health: who needs people first, one machine, the register, and what people do there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from dashboards.app import build
from mes.border import Doors
from mes.changes.model import subject_of
from mes.people.model import Credentials
from telemetry.clock import HeldClock
from telemetry.work import Pool
from tests.integration.health.line import COMMISSIONING, LINE, PASSWORD, WatchedLine, at, watched_line
from tests.plugins.controlled import approved_change
from tests.plugins.web import UNHURRIED

WORN = COMMISSIONING + 181


@pytest.fixture
async def line(pool: Pool, clock: HeldClock) -> WatchedLine:
    """Commissioned, and three hours of wear found."""
    made = await watched_line(pool, clock)
    await made.commission()
    await made.read(COMMISSIONING + 1, WORN, worse=1 / 400)
    await made.look(WORN)
    return made


@asynccontextmanager
async def visit(line: WatchedLine, who: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has signed in."""
    transport = httpx.ASGITransport(build(Doors(line.pool, line.clock), rates=UNHURRIED))
    async with httpx.AsyncClient(transport=transport, base_url="http://plant", follow_redirects=True) as client:
        answer = await client.post("/api/session", json={"username": who, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        client.cookies.set("language", "en")
        yield client


async def text_of(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_who_needs_people_stands_in_the_fleet_with_its_order(line: WatchedLine) -> None:
    async with visit(line, "maintenance") as crew:
        fleet = await text_of(crew, "/machine-health")
        machine = await text_of(crew, f"/machine-health/{line.equipment_id}?window=1d")
        plain = await text_of(crew, f"/maintenance/machines/{line.equipment_id}")
        crew.cookies.set("language", "zh")
        chinese = await text_of(crew, "/machine-health")
    [order] = await line.orders()
    assert 'data-testid="health-row" data-standing="drifting"' in fleet
    assert f'href="/maintenance/{order.id}"' in fleet
    assert "劣化中" in chinese
    assert machine.count('data-testid="health-alert"') == len(await line.alerts())
    assert "Bearing vibration" in machine
    assert 'class="expected"' in machine, "the band of what was expected is drawn"
    assert "Learn a new version" not in machine, "the crew authors no models"
    assert 'data-testid="to-health"' in plain


async def test_a_version_is_learned_signed_and_registered_at_the_pages(line: WatchedLine) -> None:
    at_machine = f"/machine-health/{line.equipment_id}"
    span = {"start": at(120).isoformat(), "end": at(COMMISSIONING).isoformat(), "reason": "new drive"}
    async with visit(line, "engineer") as engineer:
        answer = await engineer.post(
            f"{at_machine}/exclude", data=span | {"start": at(0).isoformat(), "end": at(60).isoformat()}
        )
        assert "done=health.excluded" in str(answer.url)
        answer = await engineer.post(f"{at_machine}/learn", data=span | {"start": "never"})
        assert "MomentUnreadable" in answer.text
        answer = await engineer.post(f"{at_machine}/learn", data=span)
        assert "done=health.learning_asked" in str(answer.url)
    await line.look()
    [proposed, _] = await line.models()
    signing = {"version": "1", "username": "qa", "password": PASSWORD, "meaning": "approved", "reason": "judged"}
    signer = Credentials("qa", PASSWORD)
    async with line.work("qa") as work:
        change = await approved_change(work, subject_of("model", LINE), author="engineer", approver=signer)
    async with visit(line, "qa") as qa:
        page = await text_of(qa, f"/machine-health/models/{proposed.id}")
        assert change.number in page, "the approved change of this model is offered"
        answer = await qa.post(f"/machine-health/models/{proposed.id}/sign", data=signing)
        assert "ChangeNeeded" in answer.text
        answer = await qa.post(f"/machine-health/models/{proposed.id}/sign", data=signing | {"control": change.number})
        assert "done=health_model.signed" in str(answer.url)
        assert 'data-status="in_force"' in answer.text
        register = await text_of(qa, "/machine-health/models")
    assert register.count('data-testid="model-row"') == 2


async def test_the_same_over_http(line: WatchedLine) -> None:
    async with visit(line, "engineer") as program:
        [found] = (await program.get("/api/machine-health")).json()["items"]
        alert = found["open_alerts"][0]
        told = (await program.get(f"/api/health-alerts/{alert['id']}")).json()
        samples = (await program.get(f"/api/machine-health/{line.equipment_id}/samples")).json()
        [model] = (await program.get("/api/health-models")).json()["items"]
        refused = await program.post(f"/api/health-models/{model['id']}/withdraw", json={"version": 1, "reason": "no"})
    assert (found["standing"], found["machine"]) == ("drifting", LINE)
    assert {"signal", "contribution", "value", "expected"} <= told["contributions"][0].keys()
    assert len(samples["items"][-1]["value"]) == len(samples["signals"]) == 3
    assert (model["status"], model["precision"]["advised"]) == ("in_force", len(found["open_alerts"]))
    assert refused.status_code == 409, "a version in force is not withdrawn"
