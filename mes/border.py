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
from psycopg.errors import InsufficientPrivilege, RestrictViolation

from mes.transitions import Remembered
from telemetry.clock import Clock
from telemetry.errors import Forbidden, Unauthenticated
from telemetry.work import Pool, Work, begin


class RoleMissing(Remembered, Forbidden):
    """None of this person's roles may do this."""

    attempt = "-"  # method and path, where a request was turned away at the door
    is_told = False

    async def record(self, work: Work) -> None:
        """Leave who tried what, once."""
        if not self.is_told:
            work.audit("request.refused", "request", self.attempt, after={"code": self.code} | self.facts)
        self.is_told = True


class ChangeForbidden(Remembered, Forbidden):
    """The database refused this change: the record only grows."""

    async def record(self, work: Work) -> None:
        """Leave that somebody's request came so far."""
        work.audit("request.refused", "request", "-", after={"code": self.code} | self.facts)


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
        await _remember(doors, actor, refused)
        raise
    except (RestrictViolation, InsufficientPrivilege) as error:
        denied = ChangeForbidden(reason=str(error).splitlines()[0])
        await _remember(doors, actor, denied)
        raise denied from error


async def _remember(doors: Doors, actor: str, refused: Remembered) -> None:
    async with begin(doors.pool, actor, doors.clock.now()) as record:
        await refused.record(record)


async def work(request: Request) -> AsyncIterator[Work]:
    """One transaction a request."""
    async with transaction(request.app.state.doors, caller(request).name) as work:
        yield work


def allow(*roles: str) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that lets only callers with one of these roles through. Raises RoleMissing."""

    async def check(request: Request) -> Caller:
        who = caller(request)
        if not who.roles & set(roles):
            raise await _turned_away(request, who, roles)
        return who

    return check


async def _turned_away(request: Request, who: Caller, roles: tuple[str, ...]) -> Forbidden:
    """The refusal at the door. An attempt to change something is put on record; to look at something is not."""
    refused = RoleMissing(needs=" | ".join(roles), caller=who.name)
    refused.attempt = f"{request.method} {request.url.path}"
    refused.is_told = request.method in _LOOKING
    await _remember(request.app.state.doors, who.name, refused)
    return refused


_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
Signed = Annotated[Caller, Depends(caller)]
"""A route's parameter: who calls."""

Transaction = Annotated[Work, Depends(work, scope="function")]
"""A route's parameter: the transaction it happens in, committed before the answer is sent."""
