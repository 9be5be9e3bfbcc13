"""`isotherm edge plan`: which requests and subscriptions a config leads to, why, and what they will cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from edge.config import load
from edge.outlook import DeviceOutlook, Outlook, outlook, told
from isotherm.progress import console
from telemetry.clock import SystemClock

Config = Annotated[Path, typer.Argument(help="The edge's configuration, YAML: see edge/drivers/*/README.md")]


def plan(
    config: Config,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Print the requests and subscriptions that a configuration leads to, and why. Nothing is connected.

    At the foot stands what they cost: requests of a round, values a second, bytes a day at 9 a reading, and how long
    the buffer lasts when the plant can't be reached. `isotherm edge check` then reads every point once.
    """
    found = outlook(load(config), SystemClock())
    if as_json:
        typer.echo(json.dumps(told(found), indent=1))
        return
    for device in found.devices:
        _show(device)
    for line in totals(found):
        console.print(Text(line), soft_wrap=True)


def _show(device: DeviceOutlook) -> None:
    """Never cut: addresses are what a person compares with the machine's papers."""
    console.print(Text(device.name, style="bold"))
    for line in device.plan.splitlines():
        console.print(Text(f"  {line}"), soft_wrap=True)
    cost = f"  points: {device.points}; requests or subscriptions: {device.requests}; {_rate(device.values_per_s)}"
    console.print(Text(cost, style="dim"), soft_wrap=True)


def totals(found: Outlook) -> list[str]:
    """What it all costs, in sentences."""
    points = sum(device.points for device in found.devices)
    screened = "" if found.least_per_s == found.values_per_s else f", {_rate(found.least_per_s)} when nothing moves"
    read = f"{found.edge}: points: {points}; requests or subscriptions: {found.requests}"
    return [
        f"{read}; {_rate(found.values_per_s)}{screened}",
        f"{found.bytes_per_day / 1e6:,.1f} MB a day at most; without the plant the buffer lasts "
        f"{found.buffer_days:,.1f} days",
    ]


def _rate(per_s: float) -> str:
    return f"{per_s:,.1f} values a second" if per_s >= 1 or not per_s else f"{per_s * 60:,.1f} values a minute"
