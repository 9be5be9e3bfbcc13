"""`isotherm db retention`: what is kept how long, what would go now, and its going at the owner's word."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from isotherm.connection import checked, connected
from isotherm.engines import postgres
from isotherm.machine import last_ports
from isotherm.progress import console
from isotherm.reason import said
from isotherm.retention import Over, let_go, look
from isotherm.settings import BadSetting, read_settings
from telemetry.clock import SystemClock
from telemetry.errors import Conflict


class EvidenceStays(Conflict):
    """Raw readings of class gxp are kept for five years at least; nothing of them was dropped."""


def retention(
    do: Annotated[bool, typer.Option("--apply", help="Drop it. Without this, only say what would go.")] = False,
    reason: Annotated[str, typer.Option(help="Stands in the audit trail.")] = "its time is over",
    var: Annotated[
        Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_OWNER_URL is set.")
    ] = Path("var"),
) -> None:
    """Say which readings are older than their class keeps them; with --apply, drop them, each with its audit row."""
    asyncio.run(_retention(owner_url(var), said(reason) if do else None))


async def _retention(url: str, reason: str | None) -> None:
    clock = SystemClock()
    async with connected(url, largest=1) as pool:
        _tell(await look(pool, clock), is_done=reason is not None)
        if reason is None:
            return
        try:
            await let_go(pool, clock, f"cli:{getpass.getuser()}", reason, _say)
        except psycopg.errors.RestrictViolation as error:
            raise EvidenceStays(reason=str(error)) from error


def _tell(over: Over, *, is_done: bool) -> None:
    for class_, n in over.classed.items():
        _say(f"{n} points {'get' if is_done else 'would get'} the class {class_}")
    for gone in over.readings:
        week = f"{gone.starts:%Y-%m-%d} to {gone.ends:%Y-%m-%d}"
        _say(f"{week}  {gone.class_:<8} {gone.readings:>12,} raw readings of {len(gone.points)} points")
    for rollup in over.rollups:
        _say(f"before {rollup.before:%Y-%m-%d}     {rollup.class_:<8} roll-ups by {rollup.what}")
    if not over.readings:
        _say("No raw readings are older than their class keeps them.")
    if not is_done:
        _say("Nothing was changed. `--apply` drops what is listed.")


def _say(words: str) -> None:
    console.print(words, markup=False, soft_wrap=True)


def owner_url(var: Path) -> str:
    """As ISOTHERM_DATABASE_OWNER_URL says; without it that of the plant in the folder. Raises BadSetting."""
    told = read_settings().database_owner_url
    if told:
        return checked("ISOTHERM_DATABASE_OWNER_URL", told)
    ports = last_ports(var)
    if not ports:
        reason = f"it is not set, and no plant was started in {var}"
        raise BadSetting(setting="ISOTHERM_DATABASE_OWNER_URL", reason=reason)
    return postgres.prepare(var / "postgres", ports["database"]).dsn(postgres.OWNER)
