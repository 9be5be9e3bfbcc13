"""Connecting to an OPC UA server as its config says, and asking it what one call may hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from edge.drivers.opcua.config import OpcuaDevice
from edge.secret import secret
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)

_ITEMS_PER_CALL = ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
_SESSION_MS = 120_000
_CHUNK = 1000
"""Items a call where a server names no limit."""
FAILURES = (OSError, TimeoutError, UaError, Unavailable)
"""What may go wrong on the way to a server; everything else is a defect."""


class NoSuchNamespace(Unavailable):
    """The server does not have this namespace."""


class ConnectionLost(Unavailable):
    """The connection to the server is lost."""


@asynccontextmanager
async def connected(device: OpcuaDevice, trouble: asyncio.Future[None]) -> AsyncIterator[Client]:
    """A client in session. Its loss is told to `trouble`; reconnecting is the driver's own loop."""
    client = Client(device.url, timeout=device.timeout_s, watchdog_intervall=device.timeout_s)
    client.name = client.description = "Isotherm edge"
    await _secure(client, device)

    async def lost(error: Exception) -> None:
        if not trouble.done():
            trouble.set_exception(ConnectionLost(url=device.url, reason=error))

    client.connection_lost_callback = lost
    client.session_timeout = _SESSION_MS  # a server has room for few sessions: one that was cut off must not stay long
    await client.connect()
    try:
        yield client
    finally:
        await _leave(client, device.timeout_s)


async def _leave(client: Client, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await client.disconnect()
    except FAILURES as error:
        log.info("session not closed in order: %s", error)
        client.disconnect_socket()


async def _secure(client: Client, device: OpcuaDevice) -> None:
    if device.user is not None:
        client.set_user(device.user)
        client.set_password(secret(device.password_env) or "")
    if device.security == "none":
        return
    sign = device.security == "sign"
    await client.set_security(
        getattr(security_policies, f"SecurityPolicy{device.policy}"),
        certificate=str(device.certificate),
        private_key=str(device.key),
        server_certificate=str(device.server_certificate),
        mode=ua.MessageSecurityMode.Sign if sign else ua.MessageSecurityMode.SignAndEncrypt,
    )


async def items_per_call(client: Client) -> int:
    """How many monitored items one call may create (OperationLimits; 0 there means no limit)."""
    node = client.get_node(ua.NodeId(ua.Int32(_ITEMS_PER_CALL)))
    try:
        limit = await node.read_value()
    except UaStatusCodeError as error:
        log.info("the server names no limit for monitored items: %s", error)
        return _CHUNK
    return min(int(limit), _CHUNK) if limit else _CHUNK


async def namespaces(client: Client) -> Sequence[str]:
    """URIs of the server's namespaces, by index."""
    uris: list[str] = await client.get_namespace_array()
    return uris


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
