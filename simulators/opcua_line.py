"""The filling area's OPC UA server: readings in, nodes `ns=<urn:isotherm:filling-line>;s=Line1.<Measure>` of the line
and `s=Ahu1.<Measure>` of its air handling unit, with source timestamps, out.

It stands behind a cable that can be cut, so that a lost network breaks connections while sessions live on in the
server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isnan
from typing import cast

from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from simulators.cable import Cable
from simulators.physics.air_handling import AirHandler
from simulators.physics.line import FillingLine

NAMESPACE = "urn:isotherm:filling-line"
OBJECTS = {"line-1": ("Line1", FillingLine.measures), "ahu-1": ("Ahu1", AirHandler.measures)}
"""Machine to the name of its object and its measures."""
_TYPES = {
    "good-count": ua.VariantType.UInt32,
    "reject-count": ua.VariantType.UInt32,
    "state": ua.VariantType.Int32,
}
_SERVER_TIME = ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_CurrentTime))


def node_name(measure: str, machine: str = "line-1") -> str:
    """`motor-current` is `Line1.MotorCurrent`."""
    return f"{OBJECTS[machine][0]}." + "".join(word.capitalize() for word in measure.split("-"))


def data_value(measure: str, value: float, at: datetime) -> ua.DataValue:
    """A reading as the server gives it; NaN is a broken probe: no value, bad status."""
    stamp = cast("ua.DateTime", at)  # asyncua writes any aware datetime
    if isnan(value):
        return ua.DataValue(ua.Variant(None), ua.StatusCode(ua.UInt32(StatusCodes.BadSensorFailure)), stamp, stamp)
    kind = _TYPES.get(measure, ua.VariantType.Double)
    number = value if kind is ua.VariantType.Double else int(value)
    return ua.DataValue(ua.Variant(number, kind), ua.StatusCode(), stamp, stamp)


def _node_id(name: str, namespace: int) -> ua.NodeId:
    return ua.NodeId(ua.String(name), ua.Int16(namespace))


class LineServer:
    """The server of the line and what belongs to it."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.host = host
        self.cable = Cable(host, port)
        self._server = Server()
        self._nodes: dict[tuple[str, str], Node] = {}

    @property
    def url(self) -> str:
        return f"opc.tcp://{self.host}:{self.cable.port}/"

    async def start(self) -> None:
        """Lay the cable, build the nodes, listen. Raises OSError when the port is taken."""
        await self.cable.lay()
        server = self._server
        await server.init()
        server.set_endpoint(self.url)
        server.set_server_name("Filling line")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        server.set_identity_tokens([ua.AnonymousIdentityToken])
        # Its own clock takes a second to stop; `publish` tells the time instead.
        server.disable_clock()
        server.socket_address = (self.host, 0)
        await self._build(await server.register_namespace(NAMESPACE))
        await server.start()
        if server.bserver is not None:
            self.cable.lead_to(self.host, server.bserver.port)

    async def _build(self, namespace: int) -> None:
        for machine, (name, measures) in OBJECTS.items():
            parent = await self._server.nodes.objects.add_object(_node_id(name, namespace), f"{namespace}:{name}")
            for measure in measures:
                node = node_name(measure, machine)
                kind = _TYPES.get(measure, ua.VariantType.Double)
                browse_name = f"{namespace}:{node.removeprefix(f'{name}.')}"
                zero = 0.0 if kind is ua.VariantType.Double else 0
                variable = await parent.add_variable(_node_id(node, namespace), browse_name, zero, kind)
                self._nodes[machine, measure] = variable

    async def publish(self, readings: Mapping[str, Mapping[str, float]], at: datetime) -> None:
        """Write one reading of every measure of each machine, and the server's time."""
        for machine, values in readings.items():
            for measure, value in values.items():
                node = self._nodes[machine, measure]
                await self._server.write_attribute_value(node.nodeid, data_value(measure, value, at))
        await self._server.write_attribute_value(_SERVER_TIME, ua.DataValue(ua.Variant(at, ua.VariantType.DateTime)))

    async def stop(self) -> None:
        """Break connections and close."""
        await self.cable.close()
        await self._server.stop()
