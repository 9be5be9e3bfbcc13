"""OPC UA servers of asyncua for stories: node k holds the value k, and the server's habits can be set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.common.node import Node
from asyncua.common.utils import ServiceError
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from edge.drivers.opcua.config import OpcuaDevice
from edge.drivers.opcua.driver import OpcuaDriver
from edge.strict import Group
from telemetry.clock import Clock, SystemClock
from tests.plugins.opcua_space import initialised

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

    async def limit_items_per_call(self, limit: int, told: int | None = None) -> None:
        """The limit is told to clients, or another, and kept: a larger call is refused."""
        kind = ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
        await self._tell(kind, limit if told is None else told)
        service: Any = self.server.iserver.subscription_service
        create = service.create_monitored_items

        async def create_few(params: ua.CreateMonitoredItemsParameters) -> object:
            self._count(len(params.ItemsToCreate), limit)
            return await create(params)

        service.create_monitored_items = create_few

    async def limit_nodes_per_read(self, limit: int, told: int | None = None) -> None:
        """The same for reads; calls for one node, which the server's state takes, are not counted."""
        await self._tell(
            ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead, limit if told is None else told
        )
        service: Any = self.server.iserver.attribute_service
        read = service.read

        def read_few(params: ua.ReadParameters) -> object:
            if len(params.NodesToRead) > 1:
                self._count(len(params.NodesToRead), limit)
            return read(params)

        service.read = read_few

    async def _tell(self, kind: int, limit: int) -> None:
        await self.server.get_node(ua.NodeId(ua.Int32(kind))).write_value(ua.UInt32(limit))

    def _count(self, asked: int, limit: int) -> None:
        self.calls.append(asked)
        if asked > limit:
            raise ServiceError(StatusCodes.BadTooManyOperations)


@asynccontextmanager
async def a_line(numbers: range) -> AsyncIterator[Line]:
    server = await initialised(Server())
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
