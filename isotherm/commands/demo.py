"""`isotherm demo`: the demo plant."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from isotherm.demo import FOLDER, SITE, Demo
from isotherm.machine import Ports
from isotherm.running import Choice, run
from simulators.scenario import known

Port = Annotated[int, typer.Option(min=0, max=65535, help="0: the one of the last start, or any free one.")]


def demo(
    speed: Annotated[float, typer.Option(min=0.1, max=60, help="How much faster than the clock physics runs.")] = 10.0,
    scenario: Annotated[
        str, typer.Option(help="What goes wrong one minute after the start: cold-room-2-compressor, or none.")
    ] = "cold-room-2-compressor",
    var: Annotated[Path, typer.Option(help="Folder for data, logs and passwords; `make clean` removes var.")] = Path(
        "var"
    ),
    host: Annotated[str, typer.Option(help="Address that the web server listens on.")] = "127.0.0.1",
    port: Port = 0,
    database_port: Port = 0,
    nats_port: Port = 0,
    mqtt_port: Port = 0,
    opcua_port: Port = 0,
    modbus_port: Port = 0,
    scale_port: Port = 0,
) -> None:
    """Start the demo plant: engines, simulated machines, edges, gateway, watch and web server. Ctrl-C stops all of it.

    The demo's policies wait 20 s before an alarm, and its physics runs faster than the clock, so that you needn't wait
    for hours; time stamps are real.
    """
    known(scenario)
    ports = Ports(port, database_port, nats_port, mqtt_port, opcua_port, modbus_port, scale_port)
    choice = Choice(var, FOLDER, SITE, ports, host)
    asyncio.run(run(choice, Demo(speed, scenario).start))
