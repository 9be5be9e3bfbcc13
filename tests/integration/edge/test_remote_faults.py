"""A config is on trial, and something fails: the edge goes back by itself, and tells why when it can."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.config import load
from edge.driver import Link
from edge.remote.start import config_at_start
from edge.remote.state import RemoteStore
from isotherm.engines.nats import PID, NatsServer
from simulators.cable import Cable
from telemetry.clock import SystemClock
from telemetry.work import Pool
from tests.plugins.database import Database
from tests.plugins.stream import await_port
from tests.plugins.waiting import until

from .modbus_plc import a_plc
from .remote_plant import ROOM, FarEdge, FarPlant, device, far_edge, far_plant


@pytest.fixture
async def plant(
    nats_server: NatsServer, database: Database, pool: Pool, var: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FarPlant]:
    """A plant whose gateway runs."""
    async with far_plant(nats_server, database.app, pool, var, monkeypatch) as made:
        yield made


def slow(plant: FarPlant, *devices: dict[str, object]) -> str:
    """A config whose trial leaves time to break something."""
    return plant.text(*devices, remote={"signer": plant.signer, "trial_s": 4.5})


async def on_trial(plant: FarPlant, edge: FarEdge, text: str) -> None:
    await until(lambda: f"{ROOM}/plc-0" in edge.agent.intake.heard_s, 20)
    await plant.push(1, text)
    assert (await plant.until_told(1))[0].fate == "accepted"
    await until(lambda: edge.agent.version == 1)


async def test_a_cable_that_is_cut_during_the_trial(plant: FarPlant, cable: Cable) -> None:
    async with a_plc() as plc:
        cable.lead_to("127.0.0.1", plc.port)
        own = plant.folder / "edge.yaml"
        own.write_text(slow(plant, device("plc", cable.port, [0])))
        async with far_edge(own) as edge:
            await on_trial(plant, edge, slow(plant, device("plc", cable.port, [0, 1])))
            cable.cut("story")
            told = (await plant.until_told(2))[1]
            assert told.fate == "rolled-back"
            assert told.reasons[0].startswith("plc was connected and is ")
            await until(lambda: edge.agent.version is None)
            cable.mend("story")
            await until(lambda: edge.agent.devices.health()["plc"].link is Link.CONNECTED, 60)
            assert edge.points() == {f"{ROOM}/plc-0"}


async def test_a_plant_that_goes_away_during_the_trial_hears_of_the_roll_back_when_it_is_back(plant: FarPlant) -> None:
    async with a_plc() as plc:
        own = plant.folder / "edge.yaml"
        own.write_text(slow(plant, device("plc", plc.port, [0])))
        async with far_edge(own) as edge:
            await until(lambda: edge.agent.uplink.stats.connected, 20)
            await on_trial(plant, edge, slow(plant, device("plc", plc.port, [0, 1])))
            os.kill(int((plant.server.folder / PID).read_text()), signal.SIGKILL)
            await until(lambda: edge.agent.version is None and edge.agent.reloads == 2, 20)
            assert [each.fate for each in edge.store.state.untold][-1] == "rolled-back"
            again = await asyncio.to_thread(restarted, plant.server)
            try:
                told = (await plant.until_told(2))[1]
                await until(lambda: edge.store.state.untold == ())
            finally:
                again.terminate()
                await asyncio.to_thread(again.wait, 10)
        assert (told.version, told.fate) == (1, "rolled-back")
        assert told.reasons[0].startswith("the connection to the plant is lost")


def restarted(server: NatsServer) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(server.command())
    await_port(server.port)
    return process


async def test_a_disk_that_takes_nothing_at_the_end_of_the_trial_leaves_the_trial_undecided(
    plant: FarPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edge ends, and its next start goes back: what is not remembered has not proved itself."""
    async with a_plc() as plc:
        own_file = plant.own_file(device("plc", plc.port, [0]))
        with pytest.raises(OSError, match="No space left"):
            await trial_on_a_full_disk(plant, own_file, plc.port, monkeypatch)
        monkeypatch.undo()
        own, clock = load(own_file), SystemClock()
        store = RemoteStore(own.buffer.folder / "config", clock)
        assert store.state.trial is not None
        assert config_at_start(store, own, {}, clock) == (own, None)
        assert [(each.version, each.fate) for each in store.state.untold][-1:] == [(1, "rolled-back")]


async def trial_on_a_full_disk(plant: FarPlant, own_file: Path, port: int, patch: pytest.MonkeyPatch) -> None:
    async with far_edge(own_file) as edge:
        await on_trial(plant, edge, plant.text(device("plc", port, [0, 1])))
        patch.setattr("edge.remote.state._write", full)
        await until(edge.working.done, 20)


def full(path: Path, text: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
