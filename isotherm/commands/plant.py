"""`isotherm plant` and `isotherm up`: a plant of one's own, from a folder of YAML."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from isotherm import edge_folder
from isotherm.connection import connected, database_url
from isotherm.first_entry import let_newcomers_in
from isotherm.machine import Ports
from isotherm.own_plant import start
from isotherm.private import write_facts
from isotherm.progress import console
from isotherm.running import Choice, run
from mes.plant import apply as application
from mes.plant import check as checking
from telemetry.clock import SystemClock
from telemetry.work import begin

app = typer.Typer(help="The plant model: a folder of YAML files, checked, compared, applied.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The plant folder: *.yaml, edges/*.yaml")]
Var = Annotated[Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: the one of the last start, or any free one.")]


@app.command()
def check(folder: Folder) -> None:
    """Report every mistake in a plant folder and its edges with file and line. Exit code 1 when there is one."""
    problems = checking.check(folder) or edge_folder.mistakes(folder, checking.read_plant(folder))
    for problem in problems:
        console.print(str(problem), markup=False, soft_wrap=True)
    if problems:
        console.print(f"[red]{len(problems)} {'mistake' if len(problems) == 1 else 'mistakes'}[/red]")
        raise typer.Exit(1)
    console.print("[green]no mistakes[/green]")


@app.command()
def apply(
    folder: Folder,
    reason: Annotated[str, typer.Option(help="Why: it stands in the audit trail.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before applying.")] = False,
    first_entry: Annotated[
        Path | None,
        typer.Option(help="Let in the folder's people who are new; their first passwords go into this file."),
    ] = None,
    var: Var = Path("var"),
) -> None:
    """Show what differs between a plant folder and the plant, and apply it with audit rows."""
    asyncio.run(_apply(checking.read_plant(folder), reason, yes, first_entry, database_url(var)))


async def _apply(model: checking.PlantModel, reason: str, yes: bool, first_entry: Path | None, url: str) -> None:
    actor = f"cli:{getpass.getuser()}"
    async with connected(url, largest=1) as pool, begin(pool, actor, SystemClock().now()) as work:
        changes = await application.difference(work, model)
        _show(changes)
        if changes:
            if not yes and not typer.confirm(f"Apply {len(changes)} changes?"):
                raise typer.Exit(1)
            await application.apply(work, model, reason or typer.prompt("Why? It stands in the audit trail"))
        entries = await let_newcomers_in(work, model.people) if first_entry else []
        if first_entry and entries:  # written before the commit: a password that is not kept opens nothing
            write_facts(first_entry, {"people": [asdict(entry) for entry in entries]})
    waiting = [change.key for change in changes if change.action is application.Action.PROPOSE]
    console.print(f"[green]{len(changes) - len(waiting)} changes applied, {len(entries)} people let in[/green]")
    if waiting:
        console.print(f"Proposed, and in force when QA has signed on the page Policies: {', '.join(waiting)}")


def _show(changes: Sequence[application.Change]) -> None:
    if not changes:
        console.print("The plant says what the folder says: nothing to apply.")
        return
    table = Table("", "what", "which", "before", "after")
    for change in changes:
        before, after = (_facts(side) for side in (change.before, change.after))
        table.add_row(change.action, change.entity, change.key, before, after)
    console.print(table)


def _facts(side: object) -> str:
    return "" if not isinstance(side, dict) else ", ".join(f"{name}: {value}" for name, value in side.items())


def up(
    folder: Folder,
    var: Annotated[Path, typer.Option(help="Folder for data, logs and passwords.")] = Path("var"),
    host: Annotated[str, typer.Option(help="Address that the web server listens on.")] = "127.0.0.1",
    port: Port = 8080,
    database_port: Port = 0,
    nats_port: Port = 0,
    mqtt_port: Port = 0,
) -> None:
    """Run a plant of your own on this machine: its engines, gateway, watch, web server, and an agent for each edge.

    The first start applies the plant folder and writes first passwords to VAR/first-entry.json; later changes of the
    folder are applied with `isotherm plant apply`.
    """
    model = checking.read_plant(folder)
    given = {"NATS_URL": "nats://127.0.0.1", "VAR": str(var)}  # as the edges will be given them
    if problems := edge_folder.mistakes(folder, model, os.environ | given):
        raise checking.PlantFolderWrong(problems)
    ports = Ports(port, database_port, nats_port, mqtt_port)
    asyncio.run(run(Choice(var, folder, model.site.code, ports, host), start))
