"""The demo plant's three edges against its simulators: every point can be read, under its own name."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.check import check
from edge.config import load
from isotherm.engines.nats import NatsServer
from simulators import control
from simulators.plant import run
from simulators.settings import Settings
from tests.plugins.waiting import until

EDGES = Path(__file__).parents[3] / "isotherm" / "plants" / "demo" / "edges"


async def test_every_point_of_the_demo_plant_can_be_read(
    nats_server: NatsServer, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOTHERM_MQTT_PASSWORD", nats_server.passwords["fleet"])
    with TemporaryDirectory(prefix="sim") as short:  # a unix socket's path must be short
        settings = Settings(
            ready=var / "ready.json",
            control=Path(short) / "control",
            scenario="none",
            mqtt=("127.0.0.1", nats_server.mqtt_port),
            mqtt_user="loggers",
            mqtt_password=nats_server.passwords["loggers"],
            radio_holes=False,
        )
        stop = asyncio.Event()
        plant = asyncio.create_task(run(settings, stop))
        try:
            await until(lambda: settings.ready.exists() or plant.done())
            ready = json.loads(settings.ready.read_text())
            environ = {
                "OPCUA_URL": ready["opcua"]["url"],
                "MODBUS_HOST": ready["modbus"]["host"],
                "MODBUS_PORT": str(ready["modbus"]["port"]),
                "SCALE_HOST": ready["scale"]["host"],
                "SCALE_PORT": str(ready["scale"]["port"]),
                "MQTT_HOST": "127.0.0.1",
                "MQTT_PORT": str(nats_server.mqtt_port),
                "NATS_URL": nats_server.url,
                "VAR": str(var),
            }
            configs = [load(path, environ) for path in sorted(EDGES.glob("*.yaml"))]
            found = [p for points in await asyncio.gather(*(check(c, 10) for c in configs)) for p in points]
            known = await asyncio.to_thread(control.status, settings.control)
        finally:
            stop.set()
            await plant
    assert [point for point in found if not point.is_readable or point.reason] == []
    assert {point.point for point in found} == set(known["readings"])
    assert len(found) == 75


async def test_a_logger_that_says_nothing_is_not_told_as_our_own_leaving(
    nats_server: NatsServer, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"NATS_URL": nats_server.url, "VAR": str(var), "MQTT_HOST": "127.0.0.1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MQTT_PORT", str(nats_server.mqtt_port))
    monkeypatch.setenv("ISOTHERM_MQTT_PASSWORD", nats_server.passwords["fleet"])
    found = await check(load(EDGES / "edge-fleet.yaml"), seconds=1)
    assert {point.reason for point in found} == {"nothing came"}
