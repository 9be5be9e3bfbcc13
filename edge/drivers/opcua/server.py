"""What a server says of itself: what one call may hold, and which namespaces it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from edge.drivers.opcua.profiles import NODES_PER_CALL
from telemetry.errors import Unavailable

_ITEMS = ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
_READ = ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead
_BROWSE = ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse


class NoSuchNamespace(Unavailable):
    """The server does not have this namespace."""


class ToldNothing(Unavailable):
    """The server does not say of itself what it has to."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may hold."""

    items_per_call: int = NODES_PER_CALL
    nodes_per_read: int = NODES_PER_CALL
    nodes_per_browse: int = NODES_PER_CALL


async def limits(client: Client) -> Limits:
    """The server's OperationLimits. 0 there means none, and a server may not have them: then ours count."""
    told = [await _limit(client, number) for number in (_ITEMS, _READ, _BROWSE)]
    return Limits(*told)


async def _limit(client: Client, number: int) -> int:
    """One call each: a server may take a single node a read."""
    value = await _told(client, number)
    limit = value.Value.Value if value.Value is not None else None
    if value.StatusCode is not None and not value.StatusCode.is_good():
        return NODES_PER_CALL
    return min(int(limit), NODES_PER_CALL) if isinstance(limit, int) and limit > 0 else NODES_PER_CALL


async def namespaces(client: Client) -> Sequence[str]:
    """URIs of the server's namespaces, by index."""
    value = await _told(client, ObjectIds.Server_NamespaceArray)
    if value.StatusCode is not None:
        value.StatusCode.check()
    uris = value.Value.Value if value.Value is not None else None
    if not isinstance(uris, list):
        raise ToldNothing(asked="namespaces", given=uris)
    return uris


async def _told(client: Client, number: int) -> ua.DataValue:
    values = await client.uaclient.read_attributes([ua.NodeId(ua.Int32(number))], AttributeIds.Value)
    if not values:
        raise ToldNothing(asked=number)
    return values[0]


def node_id(text: str, default_uri: str | None, uris: Sequence[str]) -> ua.NodeId:
    """The node that a config's text means on this server. Raises NoSuchNamespace, or asyncua's UaError."""
    if text.startswith("nsu="):
        uri, _, text = text.removeprefix("nsu=").partition(";")
        return _within(text, uri, uris)
    if text.startswith("ns=") or default_uri is None:
        return ua.NodeId.from_string(text)
    return _within(text, default_uri, uris)


def _within(text: str, uri: str, uris: Sequence[str]) -> ua.NodeId:
    if uri not in uris:
        raise NoSuchNamespace(uri=uri)
    return ua.NodeId.from_string(f"ns={uris.index(uri)};{text}")
