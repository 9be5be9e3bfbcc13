"""`isotherm rejected`: batches that were set aside because they could not be stored. Nothing of them is lost."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gateway import edges
from gateway.replay import replay_rejected
from isotherm.connection import connected, database_url
from isotherm.progress import console
from telemetry.clock import SystemClock
from telemetry.work import Work, begin

app = typer.Typer(help="Batches that were set aside, with the reason; they can be replayed.", no_args_is_help=True)
Var = Annotated[Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")]
Answer = TypeVar("Answer")


@app.command("list")
def list_(
    edge: Annotated[str | None, typer.Option(help="Of this edge only.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 50,
    var: Var = Path("var"),
) -> None:
    """List what was set aside, newest first."""
    found = _in_plant(var, lambda work: edges.rejected(work, edge=edge, limit=limit))
    if not found:
        console.print("Nothing was set aside.")
        return
    for each in found:
        where = f"{each.edge or 'unknown edge'}, sequence {each.sequence or '?'}, {each.n} readings"
        replayed = f", replayed {each.replayed_at.isoformat(timespec='seconds')}" if each.replayed_at else ""
        line = f"{each.id:>5}  {each.at.isoformat(timespec='seconds')}  {where}{replayed}"
        console.print(f"{line}\n       {each.code}: {each.detail}", markup=False, soft_wrap=True)


@app.command()
def replay(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `isotherm rejected list` shows it.")],
    reason: Annotated[str, typer.Option(prompt="Why? It stands in the audit trail", help="Why it can be stored now.")],
    var: Var = Path("var"),
) -> None:
    """Try to store once more what was set aside, for example after a mistake in the program was mended."""
    receipt = _in_plant(var, lambda work: replay_rejected(work, number, reason=reason))
    console.print(f"{receipt.stored} readings stored, batch {receipt.batch_id}")


def _in_plant(var: Path, use: Callable[[Work], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        actor = f"cli:{getpass.getuser()}"
        async with connected(database_url(var), largest=1) as pool, begin(pool, actor, SystemClock().now()) as work:
            return await use(work)

    return asyncio.run(run())
