"""The web application on the real database, called without a socket; its people, one a role, and what they send."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import build_api
from gateway.rates import Rate, Rates
from mes.border import Doors
from mes.people.model import Person, Role
from mes.people.service import create_person
from mes.people.sessions import issue_key
from telemetry.clock import HeldClock
from telemetry.work import Pool, begin
from tests.plugins.database import NOW

PASSWORD = "one-for-all-of-them"

UNHURRIED = Rates(caller=Rate(1e4, 10**6), address=Rate(1e4, 10**6), sign_in=Rate(1e4, 10**6))
"""Stories about rates build an application of their own."""


@dataclass(frozen=True, slots=True)
class Web:
    """Opens clients of one application. People are named `<role>-1`, keys `<role>`."""

    app: FastAPI
    doors: Doors
    keys: dict[str, str]
    open: Callable[..., httpx.AsyncClient]

    def program(self, role: str = "engineer") -> httpx.AsyncClient:
        """A program with a key of that role."""
        return self.open(headers={"Authorization": f"Bearer {self.keys[role]}"})

    async def hire(self, role: str) -> Person:
        """A person of that role. Nobody works here before: a password costs time to make."""
        async with begin(self.doors.pool, "admin", self.doors.clock.now()) as work:
            return await create_person(work, f"{role}-1", f"{role.upper()} 1", [role], PASSWORD)

    async def person(self, role: str) -> httpx.AsyncClient:
        """A person, hired, who has signed in and whose browser shows the token against forged requests."""
        await self.hire(role)
        client = self.open()
        answer = await client.post("/api/session", json={"username": f"{role}-1", "password": PASSWORD})
        answer.raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The answer's problem+json; fails where it is none."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    assert {"type", "title", "detail", "code"} <= told.keys()
    return told


@pytest.fixture
async def web(pool: Pool, clock: HeldClock) -> AsyncIterator[Web]:
    """A plant's web application at NOW with a key for every role."""
    async with begin(pool, "admin", NOW) as work:
        keys = {role.value: (await issue_key(work, role, [role])).secret for role in Role}
    doors = Doors(pool, clock)
    app = build_api(doors, rates=UNHURRIED)
    async with AsyncExitStack() as stack:

        def open_client(**options: Any) -> httpx.AsyncClient:
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plant", **options)
            stack.push_async_callback(client.aclose)
            return client

        yield Web(app, doors, keys, open_client)
