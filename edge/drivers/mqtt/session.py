"""The connection to the broker. paho runs in a thread of its own; messages cross into the event loop by a queue.

A message is acknowledged only on the connection on which it came: after a reconnect the broker sends it again under a
number of its own choosing, and the old number may by then belong to another message.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.drivers.mqtt.config import MqttDevice
from edge.secret import secret

log = logging.getLogger(__name__)

INFLIGHT = 20
_CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, with what is needed to acknowledge it."""

    topic: str
    payload: bytes
    number: int
    qos: int
    connection: int  # which connection since the start it came on


class Session:
    """A persistent session at a broker."""

    def __init__(self, device: MqttDevice, topics: Sequence[str], observing: bool, lost: Callable[[str], None]) -> None:
        self.arrived: asyncio.Queue[Arrived] = asyncio.Queue()
        self._connection = 0
        self._refusal = ""
        self._switching = threading.Lock()  # no acknowledgement may slip past a change of connection
        self.refused: dict[str, str] = {}
        self._loop = asyncio.get_running_loop()
        self._topics = list(topics)
        # an onlooker takes no messages away from the edge that collects: another id, no memory, no acknowledgements
        self._qos = 0 if observing else 1
        self._lost = lost
        self._device = device
        client_id = f"{device.client_id}-check" if observing else device.client_id
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=observing,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def start(self) -> None:
        """Connect, and go on connecting for ever. Raises MissingSecret."""
        client, device = self._client, self._device
        if device.user is not None:
            client.username_pw_set(device.user, secret(device.password_env))
        if device.tls:
            client.tls_set()
        client.max_inflight_messages_set(INFLIGHT)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.reconnect_delay_set(1, 15)
        client.connect_async(device.host, device.port, keepalive=device.keep_alive_s)
        client.loop_start()

    async def stop(self) -> None:
        """Leave the broker; what is not acknowledged it sends again next time."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def acknowledge(self, messages: Sequence[Arrived]) -> None:
        """Tell the broker that these are on disk."""
        with self._switching:
            for message in messages:
                if message.qos and message.connection == self._connection:
                    self._client.ack(message.number, message.qos)

    def _on_connect(self, client: Client, _: Any, __: ConnectFlags, reason: ReasonCode, ___: Properties | None) -> None:
        if reason.is_failure:
            self._refusal = f"the broker refuses the connection: {reason}"  # the disconnection follows
            return
        self._refusal = ""
        # always anew: a persistent session would keep the topics of an older config
        client.subscribe([(topic, self._qos) for topic in self._topics])

    def _on_subscribe(self, _: Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None) -> None:
        refused = {t: str(r) for t, r in zip(self._topics, reasons, strict=False) if r.is_failure}
        self._in_loop(self._after_subscribe, refused)

    def _after_subscribe(self, refused: dict[str, str]) -> None:
        self.refused = refused
        self._lost("")

    def _on_connect_fail(self, _: Client, __: Any) -> None:
        self._in_loop(self._lost, "the broker can't be reached")

    def _on_disconnect(
        self, _: Client, __: Any, ___: DisconnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        with self._switching:
            self._connection += 1  # paho forgets unsent acknowledgements when it connects again, after this
        self._in_loop(self._lost, self._refusal or f"disconnected: {reason}")

    def _on_message(self, _: Client, __: Any, message: MQTTMessage) -> None:
        arrived = Arrived(message.topic, bytes(message.payload), message.mid, message.qos, self._connection)
        self._in_loop(self.arrived.put_nowait, arrived)

    def _in_loop(self, do: Callable[..., None], *args: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(do, *args)
        except RuntimeError:
            log.debug("the event loop has ended before the broker's thread")
