"""`isotherm edge`: the agent that runs beside the machines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from edge.agent import run_until_signal
from edge.check import PointCheck, check
from edge.config import load
from isotherm.progress import console, step
from telemetry.quality import Quality

WHEN_ASKED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "plan": ("edge_plan", "plan"),
        "browse": ("edge_opcua", "browse"),
        "cert": ("edge_opcua", "cert"),
        "key": ("edge_key", "key"),
        "config": ("edge_config", "app"),
    }
)
"""Commands, and the module of isotherm/commands/ with the function, or the group, that each is."""


class WhenAsked(TyperGroup):
    """Imports a command's module when it is asked for: an edge that runs for years pays for no other.

    What typer hands around here has no public type.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, for --help."""
        return [*super().list_commands(ctx), *WHEN_ASKED]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One command."""
        if cmd_name not in WHEN_ASKED:
            return super().get_command(ctx, cmd_name)
        module, name = WHEN_ASKED[cmd_name]
        found = getattr(import_module(f"isotherm.commands.{module}"), name)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)


app = typer.Typer(help="The agent that runs beside the machines. It only reads.", no_args_is_help=True, cls=WhenAsked)
Config = Annotated[Path, typer.Argument(help="The edge's configuration, YAML: see edge/drivers/*/README.md")]


@app.command()
def run(config: Config) -> None:
    """Read the devices of a configuration and send their readings to the plant, until stopped.

    It follows what changes in the file while it runs. With `remote` in it, configs come from afar instead: then the
    last of them that proved itself runs, also after a restart, and this file is what is left when none is.
    """
    own = load(config)
    if own.remote is None:
        asyncio.run(run_until_signal(own, config))
    else:
        from edge.remote.running import run_until_signal as run_remote  # only who is changed from afar pays for it

        asyncio.run(run_remote(own))


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
        typer.echo(json.dumps([_facts(each) for each in found], indent=1))
    else:
        with step(f"Reading {sum(len(d.points) for d in asked.devices)} points of {asked.edge}"):
            found = asyncio.run(check(asked, seconds))
        _show(found)
    raise typer.Exit(0 if all(each.is_readable for each in found) else 1)


def _facts(each: PointCheck) -> dict[str, object]:
    time = each.device_time.isoformat() if each.device_time else None
    return asdict(each) | {"device_time": time, "quality_name": _quality(each)}


def _show(found: list[PointCheck]) -> None:
    """A line a point, never cut: names and addresses are what a person compares with the config."""
    width = max(len(each.point) for each in found)
    for device, points in groupby(found, key=lambda each: each.device):
        console.print(f"[bold]{device}[/bold]")
        for each in points:
            time = each.device_time.isoformat(timespec="milliseconds") if each.device_time else "no time"
            value = "no value" if each.value is None else f"{each.value:g}"
            line = f"  {each.point:{width}}  {value:>10}  {_quality(each) or 'nothing':12}  {time:29}  {each.address}"
            style = None if each.is_readable else "red"
            console.print(Text(line, style=style or ""), soft_wrap=True)
            if each.reason and each.reason != _quality(each):
                console.print(Text(f"    {each.reason}", style=style or ""), soft_wrap=True)


def _quality(each: PointCheck) -> str | None:
    return None if each.quality is None else Quality(each.quality).name.lower().replace("_", " ")
