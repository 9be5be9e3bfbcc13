"""Edges' configs in the database of a plant, for the command line: pushed there, and what became of them."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from gateway import edge_configs
from gateway.edge_configs import Pushed, Told
from isotherm.connection import connected, database_url
from isotherm.settings import read_settings
from telemetry.clock import SystemClock
from telemetry.signed_config import Envelope
from telemetry.work import Work, begin

Answer = TypeVar("Answer")


def push(var: Path, edge: str, envelope: Envelope, reason: str) -> None:
    """Send a config on its way. Raises ForAnother, VersionNotHigher, DatabaseAway."""
    site = read_settings().site
    _in_plant(var, lambda work: edge_configs.push(work, envelope, site=site, edge=edge, reason=reason))


def status(var: Path, edge: str | None) -> tuple[list[Pushed], list[Told]]:
    """What was pushed, and what the edges say became of it. Raises DatabaseAway."""

    async def ask(work: Work) -> tuple[list[Pushed], list[Told]]:
        return await edge_configs.pushed(work, edge), await edge_configs.outcomes(work, edge)

    return _in_plant(var, ask)


def _in_plant(var: Path, use: Callable[[Work], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        actor = f"cli:{getpass.getuser()}"
        async with connected(database_url(var), largest=1) as pool, begin(pool, actor, SystemClock().now()) as work:
            return await use(work)

    return asyncio.run(run())
