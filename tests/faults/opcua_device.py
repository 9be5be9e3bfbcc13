"""An OPC UA server that writes all its nodes together, number after number, with its own time as source timestamp."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server

from tests.faults.numbered import Beat, points_of, value_of
from tests.plugins.waiting import until

URI = "urn:isotherm:faults"


class OpcuaDevice:
    """The values of a node wait in its queue while nobody takes them, as long as `outage_s` asked for."""

    protocol = "opcua"

    def __init__(self, first_place: int) -> None:
        self.points = points_of(self.protocol, first_place)
        self.given = 0
        self._server = Server()
        self._nodes: list[Node] = []

    async def start(self) -> int:
        server = self._server
        await server.init()
        server.set_endpoint("opc.tcp://127.0.0.1:0/")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(URI)
        for point in self.points:
            node_id = ua.NodeId(ua.String(f"P{point.place}"), ua.Int16(space))
            first = float(value_of(point.place, 0))
            self._nodes.append(await server.nodes.objects.add_variable(node_id, f"{space}:P{point.place}", first))
        await server.start()
        assert server.bserver is not None
        return int(server.bserver.port)

    def config(self, port: int) -> dict[str, Any]:
        return {
            "driver": "opcua",
            "url": f"opc.tcp://127.0.0.1:{port}/",
            "security": "none",
            "namespace": URI,
            "outage_s": 120,
            "points": [{"point": p.name, "node": f"s=P{p.place}", "group": "all"} for p in self.points],
        }

    async def awaited(self) -> None:
        service = self._server.iserver.subscription_service

        def items() -> int:
            return sum(len(each.monitored_item_srv._monitored_items) for each in service.subscriptions.values())

        await until(lambda: items() >= len(self.points), 30)

    async def give_for_ever(self) -> None:
        beat = Beat()
        while True:
            await beat.wait()
            stamp: Any = datetime.now(UTC)
            for point, node in zip(self.points, self._nodes, strict=True):
                value = ua.Variant(float(value_of(point.place, self.given + 1)))
                await node.write_value(ua.DataValue(value, SourceTimestamp=stamp, ServerTimestamp=stamp))
            self.given += 1

    async def stop(self) -> None:
        await self._server.stop()
