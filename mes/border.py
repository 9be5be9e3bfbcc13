"""Where requests meet the plant: who calls, in which transaction, and what happens to what was refused.

`gateway` authenticates a request and puts a `Caller` on it; the routers of `mes/*/api.py` ask here for the caller and
for a `Work` that is committed when the route has returned, before the answer leaves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from mes.transitions import Remembered
from telemetry.clock import Clock
from telemetry.errors import Forbidden, Unauthenticated
from telemetry.work import Pool, Work, begin


class RoleMissing(Forbidden):
    """None of this person's roles may do this."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: a person who signed in, or a program with a key."""

    name: str  # username, or `key:<name>`
    roles: frozenset[str]
    language: str = "zh"
    person_id: int | None = None  # None: a program
    terminal: str = ""  # address it calls from


@dataclass(frozen=True, slots=True)
class Doors:
    """What the web application holds for its routes, as `app.state.doors`."""

    pool: Pool
    clock: Clock


def caller(request: Request) -> Caller:
    """The authenticated caller. Raises Unauthenticated."""
    found: Caller | None = getattr(request.state, "caller", None)
    if found is None:
        raise Unauthenticated(path=request.url.path)
    return found


@asynccontextmanager
async def transaction(doors: Doors, actor: str) -> AsyncIterator[Work]:
    """A unit of work. A refusal rolls it back and is then remembered in a transaction of its own."""
    try:
        async with begin(doors.pool, actor, doors.clock.now()) as work:
            yield work
    except Remembered as refused:
        async with begin(doors.pool, actor, doors.clock.now()) as record:
            await refused.record(record)
        raise


async def work(request: Request) -> AsyncIterator[Work]:
    """One transaction a request."""
    async with transaction(request.app.state.doors, caller(request).name) as work:
        yield work


def allow(*roles: str) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that lets only callers with one of these roles through. Raises RoleMissing."""

    async def check(request: Request) -> Caller:
        who = caller(request)
        if not who.roles & set(roles):
            raise RoleMissing(needs=" | ".join(roles), caller=who.name)
        return who

    return check


Signed = Annotated[Caller, Depends(caller)]
"""A route's parameter: who calls."""

Transaction = Annotated[Work, Depends(work, scope="function")]
"""A route's parameter: the transaction it happens in, committed before the answer is sent."""
