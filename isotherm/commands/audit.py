"""`isotherm audit`: the trail of who did what, and whether it is whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from isotherm.connection import connected, database_url
from isotherm.progress import console
from mes.audit import service as trail
from telemetry.clock import SystemClock
from telemetry.work import begin

app = typer.Typer(help="The trail of who did what, and whether it is whole.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The trail of who did what, and whether it is whole."""


@app.command()
def verify(
    var: Annotated[
        Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")
    ] = Path("var"),
) -> None:
    """Recompute the hash chain from its first row. Exit code 1, and the first bad row, when it is broken."""
    verdict = asyncio.run(_verify(database_url(var)))
    if verdict.first_bad_seq is not None:
        console.print(f"[red]broken[/red] at row {verdict.first_bad_seq}: it is not what was written then")
        raise typer.Exit(1)
    console.print(f"[green]whole[/green]: {verdict.rows} rows, head {verdict.head}", soft_wrap=True)


async def _verify(url: str) -> trail.Verdict:
    async with connected(url, largest=1) as pool, begin(pool, "audit", SystemClock().now()) as work:
        return await trail.verify(work)
