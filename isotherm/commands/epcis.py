"""`isotherm epcis`: an excursion as an EPCIS 2.0 document, for other companies' systems."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.epcis.document import excursion_document
from gateway.epcis.naming import naming_of
from isotherm.connection import connected, database_url
from isotherm.progress import console
from isotherm.settings import read_settings
from telemetry.clock import SystemClock
from telemetry.work import begin

app = typer.Typer(help="What happened to lots, as EPCIS 2.0 documents.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What happened to lots, as EPCIS 2.0 documents."""


@app.command()
def export(
    excursion: Annotated[int, typer.Option(help="The excursion's id, as in its page's address.")],
    out: Annotated[Path | None, typer.Option(help="Where the JSON-LD goes; default: to the screen.")] = None,
    var: Annotated[
        Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")
    ] = Path("var"),
) -> None:
    """Everything that was told of an excursion, with what was declared wrong since. What is given out stays."""
    text = json.dumps(asyncio.run(_document(database_url(var), excursion)), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
        return
    out.write_text(text + "\n", "utf-8")
    console.print(f"written to {out}", soft_wrap=True)


async def _document(url: str, excursion_id: int) -> dict[str, Any]:
    settings = read_settings()
    named = naming_of(settings.epcis_base, settings.epcis_gtins)
    async with connected(url, largest=1) as pool, begin(pool, "epcis", SystemClock().now()) as work:
        return await excursion_document(work, excursion_id, named)
