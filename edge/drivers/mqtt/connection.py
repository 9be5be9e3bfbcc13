"""One connection to the broker, from its opening to its end. paho speaks the protocol, the event loop waits for bytes.

A message can only be acknowledged on the connection on which it came: after a reconnect the broker sends it again, and
its old number may by then belong to another message. So each connection is an object of its own.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.intake import Arrived
from edge.drivers.mqtt.sparkplug import rebirth_command
from edge.drivers.mqtt.tls import context
from edge.secret import secret

log = logging.getLogger(__name__)

INFLIGHT = 20
OPEN_S = 3.0
_ANSWER_S = 10.0
_TICK_S = 1.0
_AT_ONCE = 100  # messages read before others have their turn
_FILTERS_AT_ONCE = 100
_DAY_S = 86_400
_NUMBER_BYTES = 2
_NO_TEXT = "\ufffd"


class Connection:
    """A connection. `ended` holds the reason when it is over; `refused` the filters that the broker does not give."""

    def __init__(self, device: MqttDevice, observing: bool, arrived: Callable[[Arrived], None]) -> None:
        self.refused: dict[str, str] = {}
        self.weakened: dict[str, str] = {}  # what the broker gives, but less of it than was asked
        self.has_session = False  # whether the broker remembers us
        self.is_open = False
        self._device, self._observing = device, observing
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[list[ReasonCode]]] = {}  # by the number that we sent
        self._n_arrived = 0
        self._reader: Any = None
        self._ticking: asyncio.Task[None] | None = None
        self._client = self._make()

    async def open(self) -> None:
        """Connect, and wait until the broker accepts (`is_open`) or refuses (`ended` says why).

        Raises OSError, MissingSecret, BadCertificateFile.
        """
        client, device = self._client, self._device
        if device.user is not None:
            client.username_pw_set(device.user, secret(device.password_env))
        if (tls := await asyncio.to_thread(context, device)) is not None:
            client.tls_set_context(tls)
        opening = self._loop.run_in_executor(None, self._connect)
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._abandon)
            raise
        self._listen()
        self._ticking = asyncio.create_task(self._tick())
        async with asyncio.timeout(_ANSWER_S):
            await self._first_of(self._accepted)

    @property
    def _session_s(self) -> int:
        """How long the broker shall remember us (MQTT 5); an onlooker is to be forgotten."""
        return 0 if self._observing else round(self._device.session_days * _DAY_S)

    @property
    def socket(self) -> Any:
        """The socket, for its certificates."""
        return self._client.socket()

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Ask for topics; what is not given stands in `refused`. Raises ConnectionError, TimeoutError."""
        qos: int = 0 if self._observing else self._device.qos
        for some in _chunks(filters):
            if self._device.version == "5":
                options = SubscribeOptions(qos=qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
                answer = self._client.subscribe([(filter_, options) for filter_ in some])
            else:
                answer = self._client.subscribe([(filter_, qos) for filter_ in some])
            for filter_, reason in zip(some, await self._answer(*answer), strict=False):
                self.refused.pop(filter_, None)
                if reason.is_failure:
                    self.refused[filter_] = str(reason)
                elif reason.value < qos:
                    self.weakened[filter_] = "given at QoS 0 only, what is sent while we are away is lost"

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for topics no longer. Raises ConnectionError, TimeoutError."""
        for some in _chunks(filters):
            await self._answer(*self._client.unsubscribe(list(some)))
            for filter_ in some:
                self.refused.pop(filter_, None)
                self.weakened.pop(filter_, None)

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Tell the broker that messages are on disk.

        In one piece: paho's own `ack` makes a system call for each message, a third of all that a message costs. Its
        queue of packets is not a stable interface; the contract tests hold that the broker understands us.
        """
        if self.is_open and numbers:
            packets = b"".join(struct.pack("!BBH", MessageType.PUBACK, _NUMBER_BYTES, number) for number in numbers)
            self._client._packet_queue(MessageType.PUBACK, packets, numbers[-1], 1)  # noqa: SLF001

    def ask_for_birth(self, group: str, node: str, now_ms: int) -> None:
        """Ask a Sparkplug node for its births. Nothing else is ever published."""
        if self.is_open:
            self._client.publish(f"spBv1.0/{group}/NCMD/{node}", rebirth_command(now_ms), qos=0, retain=False)

    def close(self) -> None:
        """Leave the broker; what is not acknowledged it sends again next time."""
        if self._ticking is not None:
            self._ticking.cancel()
        if not self.ended.done() and self._reader is not None:
            self._client.disconnect()
            self._client.loop_write()
        self._over("closed")
        self._hang_up()

    def _make(self) -> Client:
        is_5 = self._device.version == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            # an onlooker takes no messages away from the edge that collects: another id, no memory
            client_id=f"{self._device.client_id}-check" if self._observing else self._device.client_id,
            clean_session=None if is_5 else self._observing,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = OPEN_S
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe, client.on_unsubscribe = self._on_answer, self._on_answer
        client.on_socket_close = lambda *_: self._deafen()
        return client

    def _connect(self) -> None:
        device, asked = self._device, Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        if device.version == "3.1.1":
            self._client.connect(device.host, device.port, device.keep_alive_s)
            return
        asked.ReceiveMaximum = INFLIGHT
        asked.MaximumPacketSize = device.max_message_kb * 1024 + 65_540  # a topic may stand before the payload
        asked.SessionExpiryInterval = self._session_s
        self._client.connect(
            device.host, device.port, device.keep_alive_s, clean_start=self._observing, properties=asked
        )

    def _listen(self) -> None:
        self._reader = self._client.socket()
        if self._reader is None:
            return
        self._client.on_socket_register_write = lambda _, __, sock: self._loop.add_writer(sock, self._write)
        self._client.on_socket_unregister_write = self._on_written
        self._loop.add_reader(self._reader, self._read)
        if self._client.want_write():
            self._loop.add_writer(self._reader, self._write)

    def _on_written(self, _: Client, __: Any, socket: Any) -> None:
        self._loop.remove_writer(socket)

    def _deafen(self) -> None:
        if self._reader is not None:
            self._loop.remove_reader(self._reader)
            self._loop.remove_writer(self._reader)
            self._reader = None

    def _abandon(self, opening: asyncio.Future[None]) -> None:
        """A connection that came after nobody wanted it."""
        if opening.cancelled() or opening.exception() is not None:
            return
        self._hang_up()

    def _hang_up(self) -> None:
        if (socket := self._client.socket()) is not None:
            socket.close()

    def _read(self) -> None:
        """Take what has come; the loop calls again while there is more."""
        for _ in range(_AT_ONCE):
            before = self._n_arrived
            if not self._understands(self._client.loop_read):
                return
            pending = getattr(self._reader, "pending", None)  # TLS may hold bytes that the loop can't see
            if self._n_arrived == before and not (pending and pending()):
                return

    def _write(self) -> None:
        self._understands(self._client.loop_write)

    def _understands(self, do: Callable[[], MQTTErrorCode]) -> bool:
        """Whether the protocol goes on. A broker that speaks nonsense ends its own connection, not the driver."""
        try:
            return do() == MQTTErrorCode.MQTT_ERR_SUCCESS and not self.ended.done()
        except Exception as error:
            log.exception("%s: the broker's bytes are not understood", self._device.name)
            self._over(f"the broker's bytes are not understood: {error}")
            return False

    async def _tick(self) -> None:
        """Keep-alive: silence for twice its length ends the connection."""
        while not self.ended.done():
            await asyncio.sleep(_TICK_S)
            self._understands(self._client.loop_misc)

    async def _answer(self, sent: MQTTErrorCode, number: int | None) -> list[ReasonCode]:
        if sent != MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise ConnectionError("the connection is gone")
        answer = self._answers[number] = self._loop.create_future()
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._first_of(answer)
            if not answer.done():
                raise ConnectionError(self.ended.result())
            return list(answer.result())
        finally:
            del self._answers[number]

    async def _first_of(self, waiting: asyncio.Future[Any]) -> None:
        """Wait for it, or for the end of the connection."""
        either: set[asyncio.Future[Any]] = {waiting, self.ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)

    def _over(self, reason: str) -> None:
        self.is_open = False
        self._deafen()
        if not self.ended.done():
            self.ended.set_result(reason)

    def _on_connect(self, _: Client, __: Any, flags: ConnectFlags, reason: ReasonCode, told: Properties | None) -> None:
        if reason.is_failure:
            self._over(f"the broker refuses the connection: {_words(reason, told)}")
            return
        self.has_session = flags.session_present
        asked_s, given_s = self._session_s, getattr(told, "SessionExpiryInterval", None)
        if given_s is not None and given_s < asked_s:
            self.weakened["session"] = f"kept for {given_s} s instead of {asked_s} s while we are away"
        self.is_open = True  # already: what the broker kept may come, and be on disk, before `open` returns
        if not self._accepted.done():
            self._accepted.set_result(None)

    def _on_disconnect(
        self, _: Client, __: Any, flags: DisconnectFlags, reason: ReasonCode, told: Properties | None
    ) -> None:
        who = "the broker ended the connection" if flags.is_disconnect_packet_from_server else "disconnected"
        text = f"{who}: {_words(reason, told)}"
        if self._reader is None:  # still opening, in a thread
            self._loop.call_soon_threadsafe(self._over, text)
        else:
            self._over(text)

    def _on_answer(self, _: Client, __: Any, number: int, reasons: list[ReasonCode], ___: Properties | None) -> None:
        answer = self._answers.get(number)
        if answer is not None and not answer.done():
            answer.set_result(list(reasons))

    def _on_message(self, _: Client, __: Any, message: MQTTMessage) -> None:
        self._n_arrived += 1
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = _NO_TEXT  # taken, counted and acknowledged, or it would come again for ever
        self._arrived(
            Arrived(topic, bytes(message.payload), message.mid, message.qos, message.retain, bool(message.dup), self)
        )


def _words(reason: ReasonCode, told: Properties | None) -> str:
    """A reason code with the broker's own words, where it has any (MQTT 5)."""
    said = getattr(told, "ReasonString", "") if told is not None else ""
    return f"{reason} ({said})" if said else str(reason)


def _chunks(filters: Sequence[str]) -> list[Sequence[str]]:
    return [filters[at : at + _FILTERS_AT_ONCE] for at in range(0, len(filters), _FILTERS_AT_ONCE)]
