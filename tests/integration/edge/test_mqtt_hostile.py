"""Brokers that speak nonsense, or nothing: the driver says so, goes on trying, and can always be stopped."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from edge.driver import Link
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.drivers.mqtt.session import ROOM, Session
from edge.strict import Group
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running

CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x01"
PUBACK, SUBSCRIBE = 0x40, 0x82
Answer = Callable[[bytes], bytes]


def a_driver(port: int, version: str = "3.1.1") -> tuple[MqttDriver, MqttDevice]:
    points = [{"point": "hainan/rooms/a/air", "topic": "rooms/a", "group": "rooms"}]
    told = {"name": "broker", "driver": "mqtt", "host": "127.0.0.1", "port": port, "client_id": "edge-rooms"}
    device = MqttDevice.model_validate({**told, "points": points, "version": version})
    return MqttDriver(device, SystemClock(), False), device


@asynccontextmanager
async def a_broker(answer: Answer, heard: list[bytes]) -> AsyncIterator[int]:
    """Answers each packet by a function of it. The port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.read(2):  # short packets only: the length is one byte
                packet = head + await reader.readexactly(head[1])
                heard.append(packet)
                writer.write(answer(packet))
        except (ConnectionError, asyncio.IncompleteReadError):
            heard.append(b"")  # the driver hung up
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def publish(topic: bytes, payload: bytes, number: int) -> bytes:
    rest = struct.pack("!H", len(topic)) + topic + struct.pack("!H", number) + payload
    return bytes([0x32, len(rest)]) + rest


def only(connack: bytes) -> Answer:
    return lambda packet: connack if packet[0] == 0x10 else b""


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x20\xff\xff\xff\xff\xff",  # a length without end
        b"\x20\x01\x00",  # half a CONNACK
        CONNACK + b"\x32\x02\x00\x09",  # a topic longer than its packet
        CONNACK + b"\xf0\x00",
        CONNACK + b"\x90\x00",
    ],
)
async def test_a_broker_that_speaks_nonsense_loses_its_connection_and_is_tried_again(
    notebook: Notebook, nonsense: bytes
) -> None:
    heard: list[bytes] = []
    async with a_broker(only(nonsense), heard) as port:
        driver, device = a_driver(port)
        async with running(driver.run(driver.plan(device.points, {"rooms": Group(period_s=1)}), notebook.sink)):
            await until(lambda: sum(packet[:1] == b"\x10" for packet in heard) >= 2, 20)
            assert driver.health().link is Link.LOST
    assert {r.quality for r in notebook.readings} == {Quality.BAD_NO_COMMUNICATION}
    assert driver.health().reason


async def test_a_topic_that_is_no_text_is_acknowledged_and_the_next_message_taken(notebook: Notebook) -> None:
    heard: list[bytes] = []
    messages = publish(b"rooms/\xff\xfe", b"1", 7) + publish(b"rooms/a", b"2.5", 8)
    answers = {0x10: CONNACK, SUBSCRIBE: SUBACK + messages}
    async with a_broker(lambda packet: answers.get(packet[0], b""), heard) as port:
        driver, device = a_driver(port)
        async with running(driver.run(driver.plan(device.points, {"rooms": Group(period_s=1)}), notebook.sink)):
            await until(lambda: sum(packet[:1] == bytes([PUBACK]) for packet in heard) == 2)
    assert [r.value for r in notebook.readings] == [2.5]
    assert (driver.tally.messages, driver.tally.unwanted) == (2, 1)
    assert [packet[2:] for packet in heard if packet[0:1] == bytes([PUBACK])] == [b"\x00\x07", b"\x00\x08"]


async def test_a_broker_that_gives_less_than_was_asked_is_told(notebook: Notebook) -> None:
    an_hour = b"\x20\x08\x00\x00\x05\x11" + struct.pack("!I", 3600)
    answers = {0x10: an_hour, SUBSCRIBE: b"\x90\x04\x00\x01\x00\x00"}  # QoS 0 where 1 was asked
    async with a_broker(lambda packet: answers.get(packet[0], b""), []) as port:
        driver, device = a_driver(port, version="5")
        async with running(driver.run(driver.plan(device.points, {"rooms": Group(period_s=1)}), notebook.sink)):
            await until(lambda: driver.health().link is Link.CONNECTED)
            assert driver.health().reason == (
                "session: kept for 3600 s instead of 2592000 s while we are away; "
                "rooms/a: given at QoS 0 only, what is sent while we are away is lost"
            )


async def test_an_edge_stops_at_once_while_a_broker_says_nothing(notebook: Notebook) -> None:
    heard: list[bytes] = []
    async with a_broker(only(b""), heard) as port:
        driver, device = a_driver(port)
        async with asyncio.timeout(2):
            async with running(driver.run(driver.plan(device.points, {"rooms": Group(period_s=1)}), notebook.sink)):
                await until(lambda: len(heard) == 1)
                assert driver.health().link is Link.CONNECTING


async def test_messages_of_qos_0_do_not_fill_the_memory_while_the_disk_waits(notebook: Notebook) -> None:
    """They are counted as given up, and that is a gap."""
    notebook.open.clear()
    heard: list[bytes] = []
    number = b"\x30\x0a\x00\x07rooms/a5"
    answers = {0x10: CONNACK, SUBSCRIBE: SUBACK + number * (ROOM + 1000)}
    async with a_broker(lambda packet: answers.get(packet[0], b""), heard) as port:
        driver, device = a_driver(port)
        async with running(driver.run(driver.plan(device.points, {"rooms": Group(period_s=1)}), notebook.sink)):
            session: Session = await its_session(driver)
            await until(lambda: session.given_up > 0)
            assert session.arrived.qsize() == ROOM
            notebook.open.set()
            await until(lambda: driver.tally.messages + session.given_up == ROOM + 1000)
    assert driver.health().gaps > 0
    assert "given up" in driver.health().reason


async def its_session(driver: MqttDriver) -> Session:
    await until(lambda: driver._session is not None)
    assert driver._session is not None
    return driver._session
