"""`isotherm audit`: the trail of who did what, whether it is whole, and where it ended day by day."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from isotherm.connection import connected, database_url
from isotherm.progress import console
from mes.audit import checkpoints as ends
from mes.audit import service as trail
from telemetry.clock import SystemClock
from telemetry.work import begin

app = typer.Typer(help="The trail of who did what, and whether it is whole.", no_args_is_help=True)
Var = Annotated[Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")]


@app.callback()
def _group() -> None:
    """The trail of who did what, and whether it is whole."""


@app.command()
def verify(
    var: Var = Path("var"),
    checkpoints: Annotated[
        Path | None, typer.Option(help="Exported checkpoints; those inside the database always count as well.")
    ] = None,
) -> None:
    """Recompute the hash chain from its first row. Exit code 1, and the first bad row, when it is broken."""
    outside = _read(checkpoints) if checkpoints else []
    verdict, known = asyncio.run(_verify(database_url(var), outside))
    if verdict.first_bad_seq is not None:
        console.print(f"[red]broken[/red] at row {verdict.first_bad_seq}: it is not what was written then")
        raise typer.Exit(1)
    held = f"held against {known} checkpoints"
    console.print(f"[green]whole[/green]: {verdict.rows} rows, head {verdict.head}, {held}", soft_wrap=True)


@app.command("checkpoints")
def export(
    var: Var = Path("var"),
    out: Annotated[Path | None, typer.Option(help="File to write; without it they are printed.")] = None,
) -> None:
    """Hand out where the trail ended each day, as lines of JSON to be kept where nobody rules the database."""
    lines = asyncio.run(_export(database_url(var)))
    if out is None:
        typer.echo("".join(lines), nl=False)
    else:
        out.write_text("".join(lines), "utf-8")
        console.print(f"{len(lines)} checkpoints in {out}", soft_wrap=True)


def _read(file: Path) -> list[trail.Checkpoint]:
    return ends.read_lines(file.read_text("utf-8", errors="replace"))


async def _verify(url: str, outside: list[trail.Checkpoint]) -> tuple[trail.Verdict, int]:
    async with connected(url, largest=1) as pool, begin(pool, "audit", SystemClock().now()) as work:
        known = [*outside, *(each.end for each in await ends.kept(work))]
        return await trail.verify(work, *known), len(known)


async def _export(url: str) -> list[str]:
    """The days' ends, and the end of this moment last."""
    async with connected(url, largest=1) as pool, begin(pool, "audit", SystemClock().now()) as work:
        now = await ends.present(work)
        return [f"{each.line()}\n" for each in (*await ends.kept(work), now)]
