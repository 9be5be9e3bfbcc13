"""OPC UA servers of asyncua for stories: node k holds the value k, and the server's habits can be set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from edge.drivers.opcua.config import OpcuaDevice
from edge.drivers.opcua.driver import OpcuaDriver
from edge.strict import Group
from telemetry.clock import Clock, SystemClock

URI = "urn:story:line"
GROUPS: Mapping[str, Group] = {"line": Group(period_s=0.1)}


class Line:
    """A server with numbered nodes; node k holds the value k."""

    def __init__(self, server: Server, namespace: int) -> None:
        self.server, self.namespace = server, namespace
        self.nodes: dict[int, Node] = {}
        self.calls: list[int] = []

    @property
    def port(self) -> int:
        assert self.server.bserver is not None
        return int(self.server.bserver.port)

    async def add(self, numbers: range) -> None:
        for k in numbers:
            node_id = ua.NodeId(ua.String(f"N{k}"), ua.Int16(self.namespace))
            self.nodes[k] = await self.server.nodes.objects.add_variable(node_id, f"{self.namespace}:N{k}", float(k))

    async def write(self, k: int, value: float, at: datetime | None = None) -> None:
        stamp: Any = at or datetime.now(UTC)
        await self.nodes[k].write_value(ua.DataValue(ua.Variant(value), SourceTimestamp=stamp, ServerTimestamp=stamp))

    async def limit_items_per_call(self, limit: int) -> None:
        """The limit is told to clients, and kept: a larger call is refused."""
        told = ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
        await self.server.get_node(ua.NodeId(ua.Int32(told))).write_value(ua.UInt32(limit))
        service: Any = self.server.iserver.subscription_service
        create = service.create_monitored_items

        async def create_few(params: ua.CreateMonitoredItemsParameters) -> object:
            self.calls.append(len(params.ItemsToCreate))
            if len(params.ItemsToCreate) > limit:
                raise UaStatusCodeError(StatusCodes.BadTooManyOperations)  # type: ignore[no-untyped-call]
            return await create(params)

        service.create_monitored_items = create_few


@asynccontextmanager
async def a_line(numbers: range) -> AsyncIterator[Line]:
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    server.disable_clock()  # which takes a second to stop
    line = Line(server, await server.register_namespace(URI))
    await line.add(numbers)
    async with server:
        yield line


def a_driver(
    port: int, numbers: range, *, clock: Clock | None = None, **settings: object
) -> tuple[OpcuaDriver, OpcuaDevice]:
    points = [{"point": f"hainan/filling/line-1/n{k}", "node": f"s=N{k}", "group": "line"} for k in numbers]
    told = {"name": "line", "driver": "opcua", "url": f"opc.tcp://127.0.0.1:{port}/", "security": "none"}
    device = OpcuaDevice.model_validate({**told, "namespace": URI, "timeout_s": 2, "points": points, **settings})
    return OpcuaDriver(device, clock or SystemClock(), False), device


def name(k: int) -> str:
    return f"hainan/filling/line-1/n{k}"
