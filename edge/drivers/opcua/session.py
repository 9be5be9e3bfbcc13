"""A session with a server, through any number of connections: after a loss the same session is activated again.

Then the server still has what it queued meanwhile (OPC 10000-4, 6.7). asyncua's Client is driven step by step for this:
its own reconnecting moves subscriptions with TransferSubscriptions, and makes them anew where a server has no such.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, NoReturn

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError
from cryptography.exceptions import InvalidSignature

from edge.drivers.opcua.certificates import NoCertificate, application_uri, check_key, load
from edge.drivers.opcua.config import Access, what_makes
from edge.drivers.opcua.profiles import SHORTEST_LIFE_S
from edge.secret import secret
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)

FAILURES = (OSError, TimeoutError, UaError, InvalidSignature, Unavailable)
"""What may go wrong on the way to a server; everything else is a defect."""
_STATE = ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_State))
_START = ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_StartTime))
_TRIES = 3
"""A recalled session that is answered in no way so often is given up."""
_RENEWED = 0.75
"""The part of a secure channel's life after which it is renewed (OPC 10000-4, 5.6.2)."""


class CannotGoOn(Unavailable):
    """The session that the edge had before its start is of no use."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a session is gone on with by whoever has it. The token is a secret."""

    token: ua.NodeId
    nonce: bytes | None  # the server's last one: what is to be signed next
    started: str  # when the server was started; empty where it does not say
    asked_ms: int  # for how long the session was asked to outlast a silence


class Session:
    """Of one device."""

    def __init__(self, device: Access) -> None:
        self.round_trip_s: float | None = None
        self._device = device
        self._client: Client | None = None
        self._recalled: Ticket | None = None  # of an edge that ran before
        self._broken_off = 0  # times that the server answered the recalled session in no way
        self._started = ""
        self._asked_ms = 0

    def remember(self, ticket: Ticket) -> None:
        """Go on with this session at the first connection, if the server still has it."""
        self._recalled = ticket

    @property
    def ticket(self) -> Ticket | None:
        """Of the session that is had; None while there is none, or one of before that was not reached yet."""
        if self._client is None or self._recalled is not None:
            return None
        nonce: bytes | None = self._client._server_nonce  # noqa: SLF001 - asyncua has no name for it
        return Ticket(self._client.uaclient.session.authentication_token, nonce, self._started, self._asked_ms)

    @property
    def client(self) -> Client:
        """asyncua's client, in session."""
        if self._client is None:
            raise ConnectionError("there is no session")
        return self._client

    async def open(self) -> bool:
        """Connect. True when the session of before goes on, with its subscriptions. Raises one of FAILURES."""
        if self._recalled is not None and self._client is None:
            self._client = await self._client_of(self._recalled)
        if self._client is not None and await self._resume(self._client):
            return True
        client = await new_client(self._device)
        try:
            await _connect(client)
            await client.create_session()
            await self._activate(client)
            self._started = await _started(client)
        except BaseException:
            hang_up(client)
            raise
        self._client, self._recalled, self._asked_ms = client, None, asked_ms(self._device)
        return False

    async def _client_of(self, ticket: Ticket) -> Client:
        client = await new_client(self._device)
        client.uaclient.session.restore_authentication_token(ticket.token)
        nonce: Any = ticket.nonce
        client._server_nonce = nonce  # noqa: SLF001 - as above
        self._started, self._asked_ms = ticket.started, ticket.asked_ms
        return client

    async def _resume(self, client: Client) -> bool:
        hang_up(client)
        try:
            await _connect(client)
            client.uaclient.session.rebind_authentication_token()
            if self._recalled is None:
                await self._activate(client)
            else:
                await self._activate_recalled(client)
        except (UaError, CannotGoOn) as refusal:
            log.warning("%s: the session of before can't go on: %s", self._device.url, refusal)
            hang_up(client)  # a session behind the token of another start is somebody else's: it is not closed
            self._client = self._recalled = None
            return False
        return await self._lasts_long_enough(client)

    async def _activate_recalled(self, client: Client) -> None:
        """Some servers answer a token that they don't know by breaking off, or not at all."""
        try:
            await _learn_user_policies(client)
            await self._activate(client)
            started = await _started(client)
        except (ConnectionError, TimeoutError) as error:
            self._broken_off += 1
            if self._broken_off < _TRIES:
                raise
            raise CannotGoOn(reason="the server breaks off") from error
        if started != self._started:
            raise CannotGoOn(reason="the server was started anew", had=self._started, has=started)

    async def _lasts_long_enough(self, client: Client) -> bool:
        """Whether it was asked to outlast an outage as it is configured now; else it is closed."""
        recalled, self._recalled = self._recalled, None
        if recalled is None or recalled.asked_ms == asked_ms(self._device):
            return True
        log.warning("%s: the session of before outlasts another `outage_s`, and is closed", self._device.url)
        await self.close()
        return False

    async def _activate(self, client: Client) -> None:
        password = secret(self._device.password_env)
        await client.activate_session(username=self._device.user, password=password)

    async def ask(self, request: Any, *, waits: bool = False) -> bytes:
        """Send a request; the response as it came. `waits`: the server may take as long as it likes."""
        send = self.client.uaclient.session._send_request  # noqa: SLF001 - asyncua decodes otherwise; a test holds it
        buffer = await send(request, 0 if waits else self._device.timeout_s)
        return bytes(buffer.read(len(buffer)))

    async def watch(self) -> NoReturn:
        """Ask for the server's state now and then, and renew the secure channel. Raises when there is no answer."""
        loop, client, timeout_s = asyncio.get_running_loop(), self.client, self._device.timeout_s
        renewed_at = loop.time()
        while True:
            asked_at = loop.time()
            async with asyncio.timeout(timeout_s):
                await client.uaclient.read_attributes([_STATE], AttributeIds.Value)
            self.round_trip_s = loop.time() - asked_at
            if loop.time() - renewed_at > client.secure_channel_timeout / 1000 * _RENEWED:
                await client.open_secure_channel(renew=True)
                client.uaclient.revolve_security_token()
                renewed_at = loop.time()
            await asyncio.sleep(timeout_s)

    def forget(self) -> None:
        """The session is of no use any more: the next connection begins a new one."""
        self.leave()
        self._client = self._recalled = None

    def leave(self) -> None:
        """Break the connection; the server keeps the session for as long as it promised."""
        if self._client is not None:
            hang_up(self._client)

    async def close(self) -> None:
        """Leave in order, with all subscriptions, if the server answers."""
        if self._client is None:
            return
        client, self._client = self._client, None
        try:
            async with asyncio.timeout(self._device.timeout_s):
                await client.disconnect()
        except FAILURES as error:
            log.info("session not closed in order: %s", error)
        finally:
            hang_up(client)


def asked_ms(device: Access) -> int:
    """How long a server is asked to keep a session that is silent."""
    return round(max(SHORTEST_LIFE_S, 2 * device.outage_s) * 1000)


async def new_client(device: Access) -> Client:
    """A client as the config wants it, not yet connected. Raises NoCertificate."""
    client = Client(device.url, timeout=device.timeout_s)
    client.name = client.description = "Isotherm edge"
    # Longer than an outage, so that it can be gone on with; not for ever, since a server has room for few sessions.
    client.session_timeout = asked_ms(device)
    if device.security == "none":
        return client
    if device.certificate is None or device.key is None or device.server_certificate is None:
        raise NoCertificate(reason=what_makes(device))
    check_key(device.key)
    load(device.server_certificate)
    client.application_uri = application_uri(load(device.certificate)) or client.application_uri
    sign = device.security == "sign"
    await client.set_security(
        getattr(security_policies, f"SecurityPolicy{device.policy}"),
        certificate=str(device.certificate),
        private_key=str(device.key),
        server_certificate=str(device.server_certificate),
        mode=ua.MessageSecurityMode.Sign if sign else ua.MessageSecurityMode.SignAndEncrypt,
    )
    return client


async def _connect(client: Client) -> None:
    await client.connect_socket()
    await client.send_hello()
    await client.open_secure_channel()


async def _started(client: Client) -> str:
    """When the server was started, as it says. Tokens and numbers of one start may be somebody else's in the next."""
    for found in await client.uaclient.read_attributes([_START], AttributeIds.Value):
        if found.Value is not None and found.Value.Value is not None:
            return str(found.Value.Value)
    return ""


async def _learn_user_policies(client: Client) -> None:
    """What CreateSession told the edge that ran before: how the server wants to be told who comes."""
    policy = client.security_policy
    endpoint = Client.find_endpoint(await client.get_endpoints(), policy.Mode, policy.URI)
    client._policy_ids = endpoint.UserIdentityTokens  # noqa: SLF001 - as above
    if not policy.peer_certificate:
        policy.peer_certificate = endpoint.ServerCertificate


def hang_up(client: Client) -> None:
    """Break the connection at once: what is still to be sent would keep it open in a dead network."""
    protocol = client.uaclient.protocol
    if protocol is not None and protocol.transport is not None:
        protocol.transport.abort()
    client.disconnect_socket()
