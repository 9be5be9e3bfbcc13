"""Whatever a program sends that the API's own description allows, no answer is a server error; refusals are problems.

The description is the application's OpenAPI document, the requests are schemathesis's, the plant is the demo plant with
its stock, the caller is a program that may do what any role may do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from psycopg_pool import AsyncConnectionPool
from schemathesis import GenerationMode

from gateway.app import build_api
from isotherm.demo_stock import stock_demo
from mes.border import Doors
from mes.people.model import Role
from mes.people.sessions import issue_key
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.clock import HeldClock
from telemetry.work import begin
from tests.plugins.database import NOW, Database
from tests.plugins.filling import DEMO
from tests.plugins.web import UNHURRIED

STREAMS = frozenset({"/api/live"})
"""Answers that never end have stories of their own."""


@dataclass(slots=True)
class Asked:
    """The application in a loop of its own: hypothesis asks without one."""

    loop: asyncio.AbstractEventLoop
    client: httpx.AsyncClient
    schema: Any

    def send(self, case: Any) -> httpx.Response:
        """One request as the description allows it."""
        told = case.as_transport_kwargs(base_url="http://plant")
        told = {name: told[name] for name in ("method", "url", "params", "headers", "json", "data") if name in told}
        if isinstance(told.get("data"), str | bytes):
            told["content"] = told.pop("data")
        return self.loop.run_until_complete(self.client.request(**told))


@pytest.fixture
def asked(database: Database) -> Iterator[Asked]:
    loop = asyncio.new_event_loop()
    pool = AsyncConnectionPool(database.app, min_size=1, max_size=4, open=False)

    async def opened() -> httpx.AsyncClient:
        await pool.open()
        async with begin(pool, "plant", NOW) as work:
            await apply(work, read_plant(DEMO), "first start")
            await stock_demo(work, NOW)
            key = await issue_key(work, "anything", [role.value for role in Role])
        app = build_api(Doors(pool, HeldClock(NOW)), rates=UNHURRIED)
        headers = {"Authorization": f"Bearer {key.secret}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plant", headers=headers)

    client = loop.run_until_complete(opened())
    document = loop.run_until_complete(client.get("/api/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    yield Asked(loop, client, schema)
    loop.run_until_complete(client.aclose())
    loop.run_until_complete(pool.close())
    loop.close()


FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)


def wrong_answers(asked: Asked, operation: Any) -> list[str]:
    """What is wrong with the answers to some requests that the description allows."""
    found: list[str] = []

    @FEW
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case: Any) -> None:
        answer = asked.send(case)
        kind = answer.headers.get("content-type", "")
        if answer.status_code >= 500 or (answer.status_code >= 400 and kind != "application/problem+json"):
            told = f"{answer.status_code} {answer.text[:300]}"
            found.append(f"{operation.label}: {case.as_curl_command()} -> {told}")

    ask()
    return found[:1]


def test_no_request_that_the_description_allows_is_a_server_error(asked: Asked) -> None:
    operations = [each.ok() for each in asked.schema.get_all_operations()]
    assert len(operations) > 200
    wrong = [
        each for operation in operations if operation.path not in STREAMS for each in wrong_answers(asked, operation)
    ]
    assert wrong == []
