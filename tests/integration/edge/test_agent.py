"""A whole edge: from a register to the stream, through a kill, and gone within three seconds when asked to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from edge.agent import run
from edge.check import check
from edge.config import BufferConfig, load
from edge.metrics import PortTaken
from isotherm.engines.nats import NatsServer
from isotherm.engines.ports import free_port
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import peer_at, running
from .test_modbus import Plc, a_plc

CONFIG = """\
edge: edge-cold-store
site: hainan
uplink: {{url: "{nats}", user: edge-cold-store, password_env: ISOTHERM_EDGE_PASSWORD}}
buffer: {{folder: "{folder}"}}
groups: {{fast: {{period_s: 0.1, class: cold-chain}}}}
devices:
  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: {port}
    timeout_s: 0.5
    points:
      - {{point: hainan/cold-store/cold-room-1/air-1, area: input, address: 3, type: uint16, group: fast}}
      - {{point: hainan/cold-store/cold-room-1/air-2, area: input, address: 4, type: uint16, group: fast}}
      - {{point: hainan/cold-store/cold-room-1/broken, area: input, address: 39, type: uint16, group: fast}}
"""
AIR = "hainan/cold-store/cold-room-1/air-1"
OWN = "hainan/edges/edge-cold-store"

ALWAYS = (
    *("backlog", "backlog-bytes", "backlog-age", "dropped", "taken", "stored", "screened", "repeated", "disbelieved"),
    *("stale", "failed-writes", "clock-step", "reload-failures", "cpu", "memory"),
    *("link-plc", "round-trip-plc", "planned-plc", "requests-plc", "gaps-plc"),
)


@pytest.fixture(autouse=True)
def password(nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOTHERM_EDGE_PASSWORD", nats_server.passwords["edge-cold-store"])


def written(var: Path, server: NatsServer, plc: Plc) -> Path:
    path = var / "edge.yaml"
    path.write_text(CONFIG.format(nats=server.url, folder=var / "buffer", port=plc.port))
    return path


async def test_a_registers_value_arrives_and_the_edge_tells_how_it_fares(nats_server: NatsServer, var: Path) -> None:
    async with a_plc() as plc, peer_at(nats_server, "edge-cold-store") as peer:
        await peer.make_stream()
        await peer.answer()
        config = load(written(var, nats_server, plc))
        stop = asyncio.Event()
        async with running(peer.commit_for_ever()):
            agent = asyncio.create_task(run(config, stop))
            await until(lambda: any(r.point == AIR and r.value == 103.0 for r in peer.readings()))
            await until(lambda: any(r.point == f"{OWN}/link-plc" for r in peer.readings()))
            stop.set()
            async with asyncio.timeout(3):
                await agent
        own = {r.point: r.value for r in peer.readings() if r.point.startswith(OWN)}
        assert {f"{OWN}/{measure}" for measure in ALWAYS} <= own.keys()
        assert (own[f"{OWN}/link-plc"], own[f"{OWN}/dropped"]) == (2.0, 0.0)
        health = json.loads((var / "buffer" / "health.json").read_text())
        assert health["readings"]["taken"] == health["readings"]["stored"] > 0
        assert health["devices"]["plc"]["link"] == "connected"


async def test_prometheus_finds_the_metrics_where_the_config_offers_them_and_nowhere_else(
    nats_server: NatsServer, var: Path
) -> None:
    async with a_plc() as plc:
        path, port, stop = written(var, nats_server, plc), free_port(), asyncio.Event()
        plain = load(path)
        path.write_text(f"{path.read_text()}metrics: {{port: {port}}}\n")
        agent = asyncio.create_task(run(load(path), stop))
        await until(lambda: 'isotherm_edge_device_link{device="plc"} 2.0' in (scraped(port) or ""))
        with pytest.raises(PortTaken):
            await run(replace(load(path), buffer=BufferConfig(folder=var / "other")), asyncio.Event())
        stop.set()
        await agent
        assert plain.metrics is None
        assert scraped(port) is None


def scraped(port: int) -> str | None:
    """What Prometheus would read; None where nobody listens."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
    except URLError:
        return None
    return text


RUN = """
import asyncio, sys
from pathlib import Path
from edge.agent import run_until_signal
from edge.config import load
asyncio.run(run_until_signal(load(Path(sys.argv[1]))))
"""


def started(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(config)], env=os.environ | {"PYTHONWARNINGS": "error"})


async def test_killed_and_restarted_it_sends_what_it_had_on_disk_once(nats_server: NatsServer, var: Path) -> None:
    async with a_plc() as plc, peer_at(nats_server, "edge-cold-store") as peer:
        config = written(var, nats_server, plc)
        database = var / "buffer" / "buffer.db"
        first = started(config)
        try:
            await until(lambda: database.exists() and len(plc.requests) > 20)  # no stream yet: all waits in the buffer
        finally:
            first.kill()
            await asyncio.to_thread(first.wait)
        await peer.make_stream()
        await peer.answer()
        second = started(config)
        try:
            async with running(peer.commit_for_ever()):
                await until(lambda: len(peer.readings()) > 100, 30)
        finally:
            second.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            code = await asyncio.to_thread(second.wait, 10)
        assert code == 0
        assert time.monotonic() - asked < 3
        assert sorted(set(peer.sequences())) == list(range(1, max(peer.sequences()) + 1))  # none is missing
        air = [r.received_us for r in peer.readings() if r.point == AIR]
        assert len(air) == len(set(air))  # none twice


async def test_a_check_reads_every_point_and_says_why_not(nats_server: NatsServer, var: Path) -> None:
    async with a_plc() as plc:
        plc.refuses = {39}
        found = {point.point: point for point in await check(load(written(var, nats_server, plc)), seconds=2)}
    assert (found[AIR].value, found[AIR].quality, found[AIR].reason) == (103.0, Quality.GOOD, "")
    assert found[AIR].address == "unit 1 input 3 uint16"
    assert found[AIR].is_readable
    broken = found["hainan/cold-store/cold-room-1/broken"]
    assert (broken.value, broken.quality, broken.is_readable) == (None, Quality.BAD_CONFIGURATION, False)
    assert "exception=2" in broken.reason


async def test_a_check_of_a_device_that_is_not_there_says_so(nats_server: NatsServer, var: Path) -> None:
    async with a_plc() as plc:
        path = written(var, nats_server, plc)
    found = await check(load(path), seconds=1)
    assert {point.quality for point in found} == {Quality.BAD_NO_COMMUNICATION}
    assert all("takes no connection" in point.reason for point in found)
