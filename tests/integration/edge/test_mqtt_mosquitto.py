"""The contract of the MQTT driver at a broker that is not our own: Debian's mosquitto, by MQTT 3.1.1 and 5."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.driver import Link
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.once import Once
from edge.strict import Group
from simulators.cable import Cable
from telemetry.batch import batch_of
from telemetry.clock import SystemClock, from_us
from telemetry.quality import Quality
from tests.plugins.mosquitto import SECURITY_PLUGIN, Logger, Mosquitto, a_logger_at
from tests.plugins.waiting import until

from .conftest import Notebook, running

GROUPS = {"cargo": Group(period_s=1)}
TRUCK = "hainan/fleet/truck-1"
TOPIC = "trucks/truck-1/telemetry"
POINTS = [
    {"point": f"{TRUCK}/air-1", "topic": TOPIC, "path": "t1", "group": "cargo"},
    {"point": f"{TRUCK}/door", "topic": TOPIC, "path": "door", "group": "cargo"},
]
both_versions = pytest.mark.parametrize("version", ["3.1.1", "5"])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker of the test's own, to be killed."""
    started = Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()


def a_driver(port: int, **settings: object) -> tuple[MqttDriver, MqttDevice]:
    told = {"name": "loggers", "driver": "mqtt", "host": "127.0.0.1", "port": port, "client_id": "edge-fleet"}
    device = MqttDevice.model_validate({**told, "time": "ts", "points": POINTS, "keep_alive_s": 5, **settings})
    driver = MqttDriver(device, SystemClock(), False)
    assert driver.check() == []
    return driver, device


def taking(
    driver: MqttDriver, device: MqttDevice, into: Notebook | Once
) -> AbstractAsyncContextManager[asyncio.Task[None]]:
    return running(driver.run(driver.plan(device.points, GROUPS), into.sink))


def now() -> str:
    return datetime.now(UTC).isoformat()


def temperatures(notebook: Notebook) -> list[float]:
    return [reading.value for reading in notebook.of(f"{TRUCK}/air-1") if reading.quality == Quality.GOOD]


async def connected(driver: MqttDriver) -> None:
    await until(lambda: driver.health().link in {Link.CONNECTED, Link.DEGRADED})


async def send_records(logger: Logger, first: int, last: int) -> None:
    for n in range(first, last + 1):
        await logger.send(TOPIC, {"ts": now(), "t1": float(n), "door": 0})


@both_versions
async def test_a_loggers_record_becomes_readings_with_its_own_time(
    broker: Mosquitto, notebook: Notebook, version: str
) -> None:
    driver, device = a_driver(broker.port, version=version)
    async with taking(driver, device, notebook), a_logger_at(broker.port) as logger:
        await connected(driver)
        await logger.send(TOPIC, {"ts": "2026-01-15T01:20:00.000Z", "t1": 4.8, "door": 0})
        await until(lambda: len(notebook.readings) == 2)
    assert [(r.point, r.value) for r in notebook.readings] == [(f"{TRUCK}/air-1", 4.8), (f"{TRUCK}/door", 0.0)]
    assert from_us(notebook.readings[0].device_us).isoformat() == "2026-01-15T01:20:00+00:00"
    assert (driver.health().requests_planned, driver.health().requests_done) == (1, 1)


@both_versions
async def test_an_edge_that_dies_with_readings_in_hand_gets_them_again_and_files_them_once(
    broker: Mosquitto, notebook: Notebook, cable: Cable, version: str
) -> None:
    """The cable is cut before the driver ends, so that the broker gets no word of farewell: a kill, as it sees it."""
    cable.lead_to("127.0.0.1", broker.port)
    async with a_logger_at(broker.port) as logger:
        driver, device = a_driver(cable.port, version=version)
        async with taking(driver, device, Once(notebook.sink)):
            await connected(driver)
            await send_records(logger, 1, 5)
            await until(lambda: len(temperatures(notebook)) == 5)
            notebook.open.clear()
            await send_records(logger, 6, 30)
            await until(lambda: driver.health().requests_done > 5)
            cable.cut("the edge is killed")
        cable.mend("the edge is killed")
        after = Notebook(list(notebook.readings))  # what was in hand never reached the disk
        driver, device = a_driver(cable.port, version=version)
        async with taking(driver, device, Once(after.sink, [batch_of(after.readings)])):
            await until(lambda: len(temperatures(after)) >= 30)
        notebook.open.set()
    assert sorted(temperatures(after)) == [float(n) for n in range(1, 31)]


@both_versions
async def test_a_broker_that_is_killed_sends_again_what_was_not_on_disk(
    broker: Mosquitto, notebook: Notebook, version: str
) -> None:
    driver, device = a_driver(broker.port, version=version)
    once = Once(notebook.sink)
    async with taking(driver, device, once):
        await connected(driver)
        async with a_logger_at(broker.port) as logger:
            await send_records(logger, 1, 3)
            await until(lambda: len(temperatures(notebook)) == 3)
            notebook.open.clear()
            await send_records(logger, 4, 40)
        broker.save()
        broker.kill()
        await until(lambda: driver.health().link is Link.LOST)
        notebook.open.set()
        broker.start()
        await until(lambda: len(temperatures(notebook)) == 40)
    assert sorted(temperatures(notebook)) == [float(n) for n in range(1, 41)]
    bad = [r.quality for r in notebook.of(f"{TRUCK}/door") if r.quality != Quality.GOOD]
    assert bad == [Quality.BAD_NO_COMMUNICATION]


async def test_in_a_hole_the_keep_alive_ends_the_connection_and_nothing_is_lost(
    broker: Mosquitto, notebook: Notebook, cable: Cable
) -> None:
    cable.lead_to("127.0.0.1", broker.port)
    driver, device = a_driver(cable.port, version="5")
    async with taking(driver, device, Once(notebook.sink)), a_logger_at(broker.port) as logger:
        await connected(driver)
        await send_records(logger, 1, 1)
        await until(lambda: temperatures(notebook) == [1.0])
        cable.hole("story")
        await send_records(logger, 2, 3)
        await until(lambda: driver.health().link is Link.LOST, 20)
        assert "Keep alive timeout" in driver.health().reason
        cable.fill("story")
        await until(lambda: len(temperatures(notebook)) == 3, 40)
    qualities = [r.quality for r in notebook.of(f"{TRUCK}/air-1")]
    assert qualities == [Quality.GOOD, Quality.BAD_NO_COMMUNICATION, Quality.GOOD, Quality.GOOD]


async def test_a_broker_that_comes_back_without_its_memory_is_told_as_a_gap(
    broker: Mosquitto, notebook: Notebook
) -> None:
    driver, device = a_driver(broker.port)
    async with taking(driver, device, notebook):
        await connected(driver)
        broker.kill()
        await until(lambda: driver.health().link is Link.LOST)
        broker.start()
        await connected(driver)
        async with a_logger_at(broker.port) as logger:
            await send_records(logger, 1, 1)
        await until(lambda: temperatures(notebook) == [1.0])
    assert (driver.health().gaps, driver.tally.forgotten) == (1, 1)
    assert "the broker had forgotten us" in driver.health().reason


@both_versions
async def test_a_record_without_a_time_that_comes_again_after_a_cut_is_filed_once(
    broker: Mosquitto, notebook: Notebook, cable: Cable, version: str
) -> None:
    cable.lead_to("127.0.0.1", broker.port)
    driver, device = a_driver(cable.port, version=version, time=None)
    once = Once(notebook.sink)
    async with taking(driver, device, once), a_logger_at(broker.port) as logger:
        await connected(driver)
        notebook.open.clear()
        await send_records(logger, 1, 5)
        await until(lambda: notebook.asked == 1)
        cable.cut("story")
        await until(lambda: driver.health().link is Link.LOST)
        cable.mend("story")
        await until(lambda: broker.told("Sending PUBLISH to edge-fleet (d1") == 5)
        notebook.open.set()
        await until(lambda: driver.tally.repeated == 5 and once.repeated == 10)
    assert sorted(temperatures(notebook)) == [1.0, 2.0, 3.0, 4.0, 5.0]


@both_versions
async def test_the_broker_keeps_what_the_disk_has_not_taken_and_sends_twenty_at_a_time(
    broker: Mosquitto, notebook: Notebook, version: str
) -> None:
    notebook.open.clear()
    driver, device = a_driver(broker.port, version=version)
    async with taking(driver, device, notebook), a_logger_at(broker.port) as logger:
        await connected(driver)
        await send_records(logger, 1, 60)
        await until(lambda: broker.told("Sending PUBLISH to edge-fleet") == 20)
        await logger.send("other", 1)  # the broker has served all that came before this
        assert broker.told("Sending PUBLISH to edge-fleet") == 20
        notebook.open.set()
        await until(lambda: len(temperatures(notebook)) == 60)
    assert temperatures(notebook) == [float(n) for n in range(1, 61)]


@both_versions
async def test_whatever_a_logger_sends_blocks_nothing_and_is_counted(
    broker: Mosquitto, notebook: Notebook, version: str
) -> None:
    driver, device = a_driver(broker.port, version=version)
    async with taking(driver, device, notebook), a_logger_at(broker.port) as logger:
        await connected(driver)
        for payload in (b"\xff\x00{", b"[" * 100_000, b"", b"9" * 5_000, {"t1": None, "door": "open"}):
            await logger.send(TOPIC, payload)
        await send_records(logger, 7, 7)
        await until(lambda: temperatures(notebook) == [7.0])
    assert [r.quality for r in notebook.readings[:-2]] == [Quality.BAD_SENSOR_FAILURE] * 10
    assert (driver.tally.messages, driver.tally.unreadable) == (6, 4)
    assert "4 unreadable" in driver.health().reason


@both_versions
async def test_a_broker_that_does_not_know_us_says_so(tmp_path: Path, notebook: Notebook, version: str) -> None:
    broker = Mosquitto(tmp_path, ("allow_anonymous false",))
    broker.start()
    try:
        driver, device = a_driver(broker.port, version=version)
        async with taking(driver, device, notebook):
            await until(lambda: len(notebook.readings) == 2)
    finally:
        broker.stop()
    assert "the broker refuses the connection: Not authorized" in driver.health().reason
    assert {r.quality for r in notebook.readings} == {Quality.BAD_NO_COMMUNICATION}


@pytest.fixture
def strict_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that lets anybody subscribe below `trucks` only."""
    allowed = {"acltype": "subscribePattern", "topic": "trucks/#", "priority": 0, "allow": True}
    others = {"publishClientSend": True, "publishClientReceive": True, "subscribe": False, "unsubscribe": True}
    rules = {
        "defaultACLAccess": others,
        "clients": [],
        "groups": [{"groupname": "all", "roles": [{"rolename": "onlooker"}]}],
        "roles": [{"rolename": "onlooker", "acls": [allowed]}],
        "anonymousGroup": "all",
    }
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    security = (f"plugin {SECURITY_PLUGIN}", f"plugin_opt_config_file {tmp_path}/rules.json")
    started = Mosquitto(tmp_path, ("allow_anonymous true", *security))
    started.start()
    yield started
    started.stop()


@both_versions
async def test_a_refused_subscription_is_told_and_the_others_go_on(
    strict_broker: Mosquitto, notebook: Notebook, version: str
) -> None:
    freezer = {"point": "hainan/lab/freezer-1/air", "topic": "lab/freezer-1", "group": "cargo"}
    driver, device = a_driver(strict_broker.port, version=version, points=[*POINTS, freezer])
    async with taking(driver, device, notebook), a_logger_at(strict_broker.port) as logger:
        await until(lambda: driver.health().link is Link.DEGRADED)
        await send_records(logger, 1, 1)
        await until(lambda: temperatures(notebook) == [1.0])
    assert [r.quality for r in notebook.of("hainan/lab/freezer-1/air")] == [Quality.BAD_CONFIGURATION]
    reason = "Not authorized" if version == "5" else "Unspecified error"
    assert driver.health().point_reasons == {"hainan/lab/freezer-1/air": f"subscription refused: {reason}"}


async def test_a_kept_message_without_a_time_is_of_unknown_age(broker: Mosquitto, notebook: Notebook) -> None:
    async with a_logger_at(broker.port) as logger:
        await logger.send(TOPIC, {"t1": 1.0, "door": 1}, retain=True)
        driver, device = a_driver(broker.port, time=None)
        async with taking(driver, device, notebook):
            await until(lambda: len(notebook.readings) == 2)
            await logger.send(TOPIC, {"t1": 2.0, "door": 0})
            await until(lambda: len(notebook.readings) == 4)
    assert [r.quality for r in notebook.of(f"{TRUCK}/door")] == [Quality.UNCERTAIN_LAST_USABLE, Quality.GOOD]
