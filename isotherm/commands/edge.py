"""`isotherm edge`: the agent that runs beside the machines."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from edge.agent import run_until_signal
from edge.check import PointCheck, check
from edge.config import load
from isotherm.progress import console, step

app = typer.Typer(help="The agent that runs beside the machines. It only reads.", no_args_is_help=True)
Config = Annotated[Path, typer.Argument(help="The edge's configuration, YAML: see edge/drivers/*/README.md")]


@app.command()
def run(config: Config) -> None:
    """Read the devices of a configuration and send their readings to the plant, until stopped."""
    asyncio.run(run_until_signal(load(config)))


@app.command("check")
def check_(
    config: Config,
    seconds: Annotated[float, typer.Option(help="How long to wait for a value of every point.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Connect to every device, read every point, and say what was found. Exit code 1 when a point can't be read."""
    asked = load(config)
    if as_json:
        found = asyncio.run(check(asked, seconds))
        typer.echo(json.dumps([asdict(each) for each in found], default=str, indent=1))
    else:
        with step(f"Reading {sum(len(d.points) for d in asked.devices)} points of {asked.edge}"):
            found = asyncio.run(check(asked, seconds))
        console.print(_table(found))
    raise typer.Exit(0 if all(each.is_readable for each in found) else 1)


def _table(found: list[PointCheck]) -> Table:
    table = Table("device", "point", "address", "value", "quality", "device time", "why not")
    for each in found:
        value = "" if each.value is None else f"{each.value:g}"
        quality = "" if each.quality is None else str(each.quality)
        time = each.device_time.isoformat(timespec="milliseconds") if each.device_time else ""
        style = None if each.is_readable else "red"
        table.add_row(each.device, each.point, each.address, value, quality, time, each.reason, style=style)
    return table
