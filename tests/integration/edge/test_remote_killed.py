"""An edge that is killed while it tries a config starts with the one before; what was told and kept survives."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from isotherm.engines.nats import NatsServer
from telemetry.work import Pool
from tests.plugins.database import Database
from tests.plugins.waiting import until

from .modbus_plc import a_plc
from .remote_plant import FarPlant, device, far_plant

LONG = 60.0


@pytest.fixture
async def plant(
    nats_server: NatsServer, database: Database, pool: Pool, var: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FarPlant]:
    async with far_plant(nats_server, database.app, pool, var, monkeypatch) as made:
        yield made


@asynccontextmanager
async def started(own_file: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """`isotherm edge run`, in a process of its own."""
    command = [sys.executable, "-m", "isotherm", "edge", "run", str(own_file)]
    log = own_file.with_suffix(".log").open("ab")
    process = subprocess.Popen(command, env=dict(os.environ), stdout=log, stderr=log)  # noqa: ASYNC220 - it ends at once
    log.close()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 10)


def health(plant: FarPlant) -> dict[str, Any]:
    path = plant.folder / "buffer" / "health.json"
    told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return told


async def until_connected(plant: FarPlant) -> dict[str, Any]:
    """Until an edge that started now says that it reads its device."""
    (plant.folder / "buffer" / "health.json").unlink(missing_ok=True)
    await until(lambda: health(plant).get("devices", {}).get("plc", {}).get("link") == "connected", 30)
    return health(plant)


def with_trial(plant: FarPlant, trial_s: float, *devices: dict[str, Any]) -> str:
    return plant.text(*devices, remote={"signer": plant.signer, "trial_s": trial_s})


async def test_killed_during_the_trial_it_starts_with_what_ran_before(plant: FarPlant) -> None:
    async with a_plc() as plc:
        own = plant.folder / "edge.yaml"
        own.write_text(with_trial(plant, LONG, device("plc", plc.port, [0])))
        async with started(own) as edge:
            await until_connected(plant)
            await plant.push(1, with_trial(plant, LONG, device("plc", plc.port, [0, 1])))
            (told,) = await plant.until_told(1)
            assert told.fate == "accepted"
            await until(lambda: any(address == 0 and count > 1 for _, address, count in plc.requests))  # it follows it
            edge.kill()
            await asyncio.to_thread(edge.wait)
        plc.requests.clear()
        async with started(own):
            found = await until_connected(plant)
            told = (await plant.until_told(2))[1]
        assert (told.version, told.fate, told.reasons) == (1, "rolled-back", ["the edge ended during the trial"])
        assert found["config"]["version"] is None
        assert {count for _, _, count in plc.requests} == {1}


async def test_killed_later_it_starts_with_what_has_proved_itself(plant: FarPlant) -> None:
    async with a_plc() as plc:
        own = plant.own_file(device("plc", plc.port, [0]))
        async with started(own) as edge:
            await until_connected(plant)
            await plant.push(7, plant.text(device("plc", plc.port, [0, 1])))
            assert [each.fate for each in await plant.until_told(2)] == ["accepted", "applied"]
            edge.kill()
            await asyncio.to_thread(edge.wait)
        async with started(own):
            assert (await until_connected(plant))["config"]["version"] == 7
        assert len(await plant.told()) == 2  # nothing is told twice
