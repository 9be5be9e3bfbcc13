"""Puts a chain together: three devices behind cables, an edge, a cable or a cluster, gateways, and lets it run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edge.tasks import end
from isotherm.engines import cluster, nats
from isotherm.engines.ports import free_port
from simulators.cable import Cable
from tests.faults.fates import Counter
from tests.faults.line import Line
from tests.faults.modbus_device import ModbusDevice
from tests.faults.mqtt_device import MqttDevice
from tests.faults.numbered import PERIOD_S, Device
from tests.faults.opcua_device import OpcuaDevice
from tests.faults.programs import Program, all_at_once, isotherm
from tests.plugins.stream import SITE, await_port

EDGE = "edge-faults"


@dataclass(frozen=True)
class Plant:
    """The stream's side: servers, and how edges and gateways come to them."""

    programs: Sequence[Program]
    passwords: Mapping[str, str]
    urls: str
    replicas: int = 1


@dataclass(frozen=True)
class Wishes:
    """What a story wants otherwise."""

    entry: Sequence[str] = ()  # starts the edge otherwise than `isotherm edge run`
    buffer: Path | None = None
    gateways: int = 1


def one_server(folder: Path) -> Plant:
    """A single nats-server."""
    server = nats.prepare(folder / "nats", free_port(), free_port(), site=SITE, edges=[EDGE])
    return Plant([_server(server, server.command(), "nats")], server.passwords, server.url)


def three_servers(folder: Path) -> Plant:
    """A cluster of three that holds each message three times."""
    nodes = cluster.prepare(folder / "nats", site=SITE, edges=[EDGE])
    programs = [_server(node.server, node.command(), node.name) for node in nodes]
    return Plant(programs, nodes[0].server.passwords, cluster.urls(nodes), len(nodes))


@asynccontextmanager
async def a_line(
    folder: Path, database: tuple[str, str], *, plant: Plant | None = None, wishes: Wishes | None = None
) -> AsyncIterator[Line]:
    """A running line whose numbers flow."""
    plant, wishes, (owner, app) = plant or one_server(folder), wishes or Wishes(), database
    async with AsyncExitStack() as stack:
        devices: list[Device] = [OpcuaDevice(1), ModbusDevice(101), MqttDevice(201, folder / "broker")]
        cables = {}
        for device in devices:
            stack.push_async_callback(device.stop)
            cables[device.protocol] = await _cable(stack, await device.start())
        urls = plant.urls
        if len(plant.programs) == 1:
            cables["stream"] = await _cable(stack, int(urls.rpartition(":")[2]))
            urls = f"nats://127.0.0.1:{cables['stream'].port}"
        path = folder / "edge.yaml"
        path.write_text(yaml.safe_dump(_config(urls, devices, cables, wishes.buffer or folder / "buffer")), "utf-8")
        edge = isotherm("edge", folder, "edge", "run", str(path), env={"EDGE_PASSWORD": plant.passwords[EDGE]})
        if wishes.entry:
            edge.command = [*wishes.entry, str(path)]
        numbers = range(1, wishes.gateways + 1)
        gateways = [isotherm(f"gateway-{n}", folder, "gateway", env=_settings(plant, app)) for n in numbers]
        stack.push_async_callback(all_at_once, [each.stop for each in (edge, *gateways, *plant.programs)])
        await all_at_once([each.start for each in plant.programs])
        await all_at_once([each.start for each in (edge, *gateways)])
        line = Line(devices, cables, Counter(owner), edge, gateways, plant.programs)
        stack.push_async_callback(end, line.giving)
        await line.flow()
        yield line


def _server(server: nats.NatsServer, command: Sequence[str], name: str) -> Program:
    return Program(name, command, server.folder / "output.log", ready=lambda: await_port(server.port))


async def _cable(stack: AsyncExitStack, port: int) -> Cable:
    cable = Cable("127.0.0.1")
    await cable.lay()
    cable.lead_to("127.0.0.1", port)
    stack.push_async_callback(cable.close)
    return cable


def _settings(plant: Plant, dsn: str) -> dict[str, str]:
    """A gateway's environment."""
    return {
        "ISOTHERM_DATABASE_URL": dsn,
        "ISOTHERM_NATS_URL": plant.urls,
        "ISOTHERM_NATS_USER": "gateway",
        "ISOTHERM_NATS_PASSWORD": plant.passwords["gateway"],
        "ISOTHERM_NATS_REPLICAS": str(plant.replicas),
        "ISOTHERM_SITE": SITE,
    }


def _config(urls: str, devices: Sequence[Device], cables: Mapping[str, Cable], buffer: Path) -> dict[str, Any]:
    return {
        "edge": EDGE,
        "site": SITE,
        "uplink": {"url": urls, "user": EDGE, "password_env": "EDGE_PASSWORD"},
        "buffer": {"folder": str(buffer)},
        "groups": {"all": {"period_s": PERIOD_S, "class": "process"}},
        "devices": [{"name": d.protocol, **d.config(cables[d.protocol].port)} for d in devices],
    }
