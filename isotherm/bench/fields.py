"""What an edge reads while it is measured: a machine for each protocol, and the device in the edge's config.

Each gives 1,000 points. OPC UA: nodes that are written. Modbus: contiguous registers that are asked for. MQTT: 100
loggers with ten values a record, at the plant's own broker.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from json import loads
from typing import Any

from isotherm.bench import loggers, machine, registers
from isotherm.bench.throwaway import SITE, folder_of_machine, start_in_folder
from isotherm.progress import step
from isotherm.running import Plant

POINTS = 1000
Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A protocol: the device in the edge's config, and how its machine is started (period in seconds)."""

    device: Mapping[str, Any]
    start: Callable[[Plant, float], Awaitable[Environment]]


def opcua_nodes(n: int = POINTS) -> dict[str, str]:
    """Points and their nodes."""
    return {f"{SITE}/bench/machine/value-{i}": f"Value{i}" for i in range(n)}


def opcua_device(points: Mapping[str, str]) -> dict[str, Any]:
    """Points (name: node) of the bench's OPC UA machine."""
    return {
        "name": "machine",
        "driver": "opcua",
        "url": "${OPCUA_URL}",
        "security": "none",
        "namespace": machine.NAMESPACE,
        "points": [{"point": name, "node": f"s={node}", "group": "all"} for name, node in points.items()],
    }


async def start_opcua(plant: Plant, task: machine.Task) -> Environment:
    """Start the OPC UA server; answers what the edge's config refers to."""
    folder = folder_of_machine(plant)
    folder.mkdir()
    task.write(folder / "task.json")
    with step(f"Starting a machine with {len(task.variables)} nodes"):
        ready = await start_in_folder(plant, "isotherm.bench.machine", machine.READY)
    return {"OPCUA_URL": loads(ready.read_text("utf-8"))["url"]}


def opcua(n: int = POINTS) -> Field:
    """Nodes that are all written every period, each at its own moment."""
    nodes = opcua_nodes(n)
    variables = tuple(machine.Variable(node, 20 + i % 83 * 0.73) for i, node in enumerate(nodes.values()))
    return Field(opcua_device(nodes), lambda plant, period_s: start_opcua(plant, machine.Task(period_s, variables)))


def modbus_points(n: int) -> list[dict[str, Any]]:
    """Contiguous holding registers, a point each."""
    where = {"unit": 1, "area": "holding", "type": "uint16", "scale": 0.1, "group": "all"}
    return [{"point": f"{SITE}/bench/plc/register-{k}", "address": k, **where} for k in range(n)]


def modbus(n: int = POINTS) -> Field:
    """Registers that are all asked for every period."""

    async def start(plant: Plant, _period_s: float) -> Environment:
        folder_of_machine(plant).mkdir()
        with step(f"Starting a Modbus device with {registers.REGISTERS} registers"):
            ready = await start_in_folder(plant, "isotherm.bench.registers", registers.READY)
        return {"MODBUS_PORT": str(loads(ready.read_text("utf-8"))["port"])}

    where = {"name": "plc", "driver": "modbus", "host": "127.0.0.1", "port": "${MODBUS_PORT}"}
    return Field({**where, "points": modbus_points(n)}, start)


def mqtt(n: int = POINTS) -> Field:
    """Records that are all published every period, each logger at its own moment."""

    async def start(plant: Plant, period_s: float) -> Environment:
        server, folder = plant.nats, folder_of_machine(plant)
        folder.mkdir()
        password = server.passwords["loggers"]
        task = loggers.Task(server.mqtt_port, "loggers", password, n // loggers.VALUES, period_s)
        task.write(folder / "task.json")
        with step(f"Starting {task.loggers} loggers"):
            await start_in_folder(plant, "isotherm.bench.loggers", loggers.READY)
        return {"MQTT_PORT": str(server.mqtt_port)}

    who = {"client_id": "edge-bench", "user": "fleet", "password_env": "ISOTHERM_MQTT_PASSWORD", "time": "at"}
    points = [
        {
            "point": f"{SITE}/bench/logger-{k // loggers.VALUES}/value-{k % loggers.VALUES}",
            "topic": loggers.topic(k // loggers.VALUES),
            "path": f"values.{k % loggers.VALUES}",
            "group": "all",
        }
        for k in range(n)
    ]
    where = {"name": "broker", "driver": "mqtt", "host": "127.0.0.1", "port": "${MQTT_PORT}"}
    return Field({**where, **who, "points": points}, start)


FIELDS: Mapping[str, Callable[[int], Field]] = {"opcua": opcua, "modbus": modbus, "mqtt": mqtt}
