"""An edge that is killed at any moment, whose disk is full, whose clock is set: what it acknowledged it has."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.buffer.buffer import Buffer
from isotherm.engines.nats import NatsServer
from telemetry.clock import SystemClock
from tests.plugins.mosquitto import Mosquitto, a_logger_at
from tests.plugins.waiting import until

from .conftest import Peer, peer_at, running
from .lone_edge import OWN, a_broker, an_edge, device, point, started
from .test_modbus import a_plc

TRUCK = "hainan/fleet/truck-1"
KILLS = 3
A_KILL_LASTS = 40  # messages


def truck_config(var: Path, broker: Mosquitto, server: NatsServer) -> Path:
    path = var / "edge.yaml"
    logger = {"point": f"{TRUCK}/air-1", "topic": "trucks/1", "path": "t", "group": "trucks"}
    broker_told = {"host": "127.0.0.1", "port": broker.port, "client_id": "edge-fleet", "time": "ts"}
    uplink = {"url": server.url, "user": "edge-fleet", "password_env": "ISOTHERM_EDGE_PASSWORD"}
    config = {
        "edge": "edge-fleet",
        "site": "hainan",
        "uplink": uplink,
        "buffer": {"folder": str(var / "buffer")},
        "groups": {"trucks": {"period_s": 1, "class": "cold-chain"}},
        "devices": [{"name": "loggers", "driver": "mqtt", **broker_told, "points": [logger]}],
    }
    path.write_text(json.dumps(config))
    return path


async def test_killed_again_and_again_under_load_it_has_every_message_once_that_it_acknowledged(
    nats_server: NatsServer, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOTHERM_EDGE_PASSWORD", nats_server.passwords["edge-fleet"])
    async with peer_at(nats_server, "edge-fleet") as peer:
        with a_broker(var) as mosquitto:
            config = truck_config(var, mosquitto, nats_server)
            await peer.make_stream()
            await peer.answer()
            program = started(config)
            try:
                await until(lambda: mosquitto.told("SUBACK") > 0)
                async with running(peer.commit_for_ever()), a_logger_at(mosquitto.port) as logger:
                    sent = 0
                    for _ in range(KILLS):
                        heard = len(values(peer))
                        while len(values(peer)) < heard + A_KILL_LASTS:  # it is in the middle of it
                            await logger.send("trucks/1", {"t": sent, "ts": SystemClock().now().isoformat()})
                            sent += 1
                        program.kill()
                        await asyncio.to_thread(program.wait)
                        program = started(config)
                    await until(lambda: set(values(peer)) == set(range(sent)))
            finally:
                program.send_signal(signal.SIGTERM)
                await asyncio.to_thread(program.wait, 10)
    assert Counter(values(peer)) == Counter(range(sent))


def values(peer: Peer) -> list[float]:
    return [reading.value for reading in peer.readings() if reading.point == f"{TRUCK}/air-1"]


async def test_while_the_disk_is_full_devices_wait_the_health_says_so_and_then_all_goes_on(var: Path) -> None:
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as edge:
        await edge.has(point("plc", 3), 3)
        agent, health = edge.agent, var / "buffer" / "health.json"
        pages = await agent.disk.run(full)
        await until(lambda: agent.collector.failed_writes > 0)
        assert agent.intake.taken > agent.collector.stored
        await until(lambda: health.exists() and "the disk takes no readings" in health.read_text())
        await edge.read()
        asked, stored = len(plc.requests), agent.collector.stored
        await agent.disk.run(lambda buffer: emptied(buffer, pages))
        await edge.has(point("plc", 3), 3)
        await until(lambda: len(plc.requests) > asked + 3)
        assert agent.collector.stored > stored
        await until(lambda: '"reason": ""' in health.read_text().split('"buffer"')[1].split("}")[0])
        assert edge.sequences == list(range(1, len(edge.sequences) + 1))


async def test_on_a_full_disk_an_edge_still_ends_within_three_seconds(var: Path) -> None:
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as edge:
        await edge.has(point("plc", 3))
        await edge.agent.disk.run(full)
        await until(lambda: edge.agent.collector.failed_writes > 0)
        asked_s = time.monotonic()
    assert time.monotonic() - asked_s < 4  # the device's server ends with it


def full(buffer: Buffer) -> int:
    """SQLite may have no further page, and none that is free: what it says then is what it says on a full disk."""
    (before,) = buffer._db.execute("PRAGMA max_page_count").fetchone()
    buffer._db.execute("PRAGMA max_page_count = 1")  # it takes the present size instead
    return int(before)


def emptied(buffer: Buffer, pages: int) -> None:
    buffer._db.execute(f"PRAGMA max_page_count = {pages}")


class SetClock(SystemClock):
    """The machine's clock, until somebody sets it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(days=40)])
async def test_a_clock_that_is_set_is_told_and_takes_nothing_from_the_buffer(var: Path, by: timedelta) -> None:
    clock = SetClock()
    screening = {"mode": "deadband", "absolute": 5}
    group = {"period_s": 0.1, "class": "cold-chain", "screening": screening}
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3]), clock=clock, groups={"fast": group}) as edge:
        await edge.has(point("plc", 3))
        clock.ahead += by
        await edge.has(point("plc", 3))  # the first reading of the new time, though its value is the same
        await edge.has(f"{OWN}/clock-step")
        assert edge.of(f"{OWN}/clock-step")[-1].value == pytest.approx(by.total_seconds(), abs=1)
        health = await edge.agent.health()
        assert (health["clock"]["steps"], health["clock"]["in_doubt"]) == (1, True)
        assert health["readings"]["dropped"] == 0  # though 40 days are more than the buffer keeps
        assert edge.sequences == list(range(1, len(edge.sequences) + 1))
        assert edge.agent.screen.screened > 0
