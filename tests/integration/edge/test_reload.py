"""A running edge follows its config: what is the same in both goes on undisturbed; a broken file changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from edge.agent import Agent
from edge.config import load
from edge.config_file import ConfigFile
from edge.disk import Disk
from edge.reload import NotWhileRunning
from simulators.cable import Cable
from telemetry.batch import Reading
from telemetry.clock import Clock, SystemClock
from telemetry.quality import Quality
from telemetry.wire import decode
from tests.plugins.opcua_server import URI, a_line
from tests.plugins.waiting import until

from .conftest import running
from .test_modbus import a_plc

PERIOD_S = 0.1
ROOM = "hainan/cold-store/cold-room-1"
OWN = "hainan/edges/edge-cold-store"


class CountingCable(Cable):
    """A cable that counts the connections it was asked for."""

    carried = 0

    def _carry(self, *ends: Any) -> None:
        self.carried += 1
        super()._carry(*ends)


@asynccontextmanager
async def counted(port: int) -> AsyncIterator[CountingCable]:
    cable = CountingCable("127.0.0.1")
    await cable.lay()
    cable.lead_to("127.0.0.1", port)
    try:
        yield cable
    finally:
        await cable.close()


def device(name: str, port: int, registers: Sequence[int], **more: object) -> dict[str, Any]:
    points = [
        {"point": point(name, k), "area": "input", "address": k, "type": "uint16", "group": "fast"} for k in registers
    ]
    plain = {"name": name, "driver": "modbus", "host": "127.0.0.1", "port": port, "timeout_s": 0.5, "points": points}
    return {**plain, **more}


def point(name: str, register: int) -> str:
    return f"{ROOM}/{name}-{register}"


@dataclass
class Edge:
    """A running edge without a plant: what it takes stays in its buffer, where the story reads it."""

    folder: Path
    agent: Agent
    hup: asyncio.Event = field(default_factory=asyncio.Event)
    readings: list[Reading] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    _read_to: int = 0

    @property
    def path(self) -> Path:
        return self.folder / "edge.yaml"

    async def read(self) -> None:
        blocks = await self.agent.disk.run(lambda buffer: buffer.read(self._read_to + 1, 10**9, 10**6))
        for block in blocks:
            self._read_to = block.sequence
            self.sequences.append(block.sequence)
            self.readings += decode(block.data).batch

    def of(self, name: str) -> list[Reading]:
        return [reading for reading in self.readings if reading.point == name]

    async def has(self, name: str, n: int = 1, quality: int = Quality.GOOD) -> None:
        """Return when so many more readings of a point are on disk."""
        before = sum(reading.quality == quality for reading in self.of(name))
        async with asyncio.timeout(20):
            while sum(reading.quality == quality for reading in self.of(name)) < before + n:
                await asyncio.sleep(PERIOD_S / 2)
                await self.read()


def written(folder: Path, *devices: dict[str, Any], **more: object) -> Path:
    config = {
        "edge": "edge-cold-store",
        "site": "hainan",
        "uplink": {"url": "nats://127.0.0.1:1"},
        "buffer": {"folder": str(folder / "buffer")},
        "groups": {"fast": {"period_s": PERIOD_S, "class": "cold-chain"}},
        "devices": list(devices),
    }
    path = folder / "edge.yaml"
    path.write_text(json.dumps(config | more))  # JSON is YAML
    return path


@asynccontextmanager
async def an_edge(
    folder: Path, *devices: dict[str, Any], clock: Clock | None = None, **more: object
) -> AsyncIterator[Edge]:
    path = written(folder, *devices, **more)
    config, clock, stop = load(path), clock or SystemClock(), asyncio.Event()
    disk = await Disk.open(config, clock)
    try:
        edge = Edge(folder, Agent(config, disk, clock))
        file = ConfigFile(path, edge.agent.reload, edge.agent.refused)
        async with running(edge.agent.run(stop, file, edge.hup)) as task:
            yield edge
            stop.set()
            await task
    finally:
        await disk.close()


def longest_pause_s(readings: Sequence[Reading]) -> float:
    return max(b.device_us - a.device_us for a, b in pairwise(readings)) / 1e6


async def test_points_come_and_go_on_a_connection_that_stays(var: Path) -> None:
    async with a_plc() as plc, counted(plc.port) as cable:
        before, after = device("plc", cable.port, [3, 4]), device("plc", cable.port, [3, 5])
        async with an_edge(var, before) as edge:
            await edge.has(point("plc", 4), 5)
            written(var, after)
            edge.hup.set()
            await edge.has(point("plc", 5), 5)
            await edge.has(point("plc", 4), 0)
            stays, gone = edge.of(point("plc", 3)), edge.of(point("plc", 4))
            assert cable.carried == 1  # nothing reconnected
        assert longest_pause_s(stays) < 5 * PERIOD_S  # a round late at most on a busy machine, none left out
        assert {r.value for r in stays} == {103.0}
        assert [r.quality for r in gone] == [Quality.GOOD] * (len(gone) - 1) + [Quality.BAD_OUT_OF_SERVICE]
        assert edge.sequences == list(range(1, len(edge.sequences) + 1))


async def test_a_device_is_added_another_removed_and_the_third_hears_nothing_of_it(var: Path) -> None:
    async with a_plc() as plc, counted(plc.port) as first, counted(plc.port) as second, counted(plc.port) as third:
        stays, goes = device("stays", first.port, [1]), device("goes", second.port, [2])
        async with an_edge(var, stays, goes) as edge:
            await edge.has(point("goes", 2), 3)
            written(var, stays, device("comes", third.port, [3]))  # the file alone: nobody says so
            await edge.has(point("comes", 3), 3)
            await edge.has(point("stays", 1), 3)
            assert (first.carried, second.carried, third.carried) == (1, 1, 1)
            assert edge.agent.devices.health().keys() == {"stays", "comes"}
        assert edge.of(point("goes", 2))[-1].quality == Quality.BAD_OUT_OF_SERVICE
        assert longest_pause_s(edge.of(point("stays", 1))) < 5 * PERIOD_S


async def test_a_device_with_another_connection_is_started_again_alone(var: Path) -> None:
    async with a_plc() as plc, counted(plc.port) as first, counted(plc.port) as second:
        stays, moves = device("stays", first.port, [1]), device("moves", second.port, [2])
        async with an_edge(var, stays, moves) as edge:
            await edge.has(point("moves", 2), 3)
            written(var, stays, device("moves", second.port, [2], timeout_s=0.7))
            edge.hup.set()
            await until(lambda: second.carried == 2)
            await edge.has(point("moves", 2), 3)
            assert first.carried == 1
        assert {r.quality for r in edge.of(point("moves", 2))} == {Quality.GOOD}  # still read: no last word
        assert longest_pause_s(edge.of(point("stays", 1))) < 5 * PERIOD_S


def opcua_device(port: int, numbers: Sequence[int], screening: dict[str, Any] | None = None) -> dict[str, Any]:
    own = {} if screening is None else {"screening": screening}
    points = [{"point": node(k), "node": f"s=N{k}", "group": "fast", **own} for k in numbers]
    told = {"name": "line", "driver": "opcua", "url": f"opc.tcp://127.0.0.1:{port}/", "security": "none"}
    return {**told, "namespace": URI, "points": points}


def node(number: int) -> str:
    return f"hainan/filling/line-1/n{number}"


async def test_nodes_come_and_go_in_a_session_that_stays_and_no_value_of_the_others_is_missing(var: Path) -> None:
    async with a_line(range(5)) as line, counted(line.port) as cable:
        async with an_edge(var, opcua_device(cable.port, [0, 1, 2])) as edge:
            await edge.has(node(2))
            for value in range(100, 160):
                await line.write(0, float(value))
                if value == 120:
                    written(var, opcua_device(cable.port, [0, 3, 4], {"mode": "raw"}))
                    edge.hup.set()
                await asyncio.sleep(PERIOD_S / 4)
            await until(lambda: edge.agent.reloads == 1)
            while edge.of(node(0))[-1].value != 159:
                await edge.has(node(0))
            assert cable.carried == 1
        values = [r.value for r in edge.of(node(0))]
        assert values[values.index(100.0) :] == [float(k) for k in range(100, 160)]
        assert {edge.of(node(k))[-1].quality for k in (1, 2)} == {Quality.BAD_OUT_OF_SERVICE}
        assert {edge.of(node(k))[0].value for k in (3, 4)} == {3.0, 4.0}


async def test_screening_changes_without_a_word_to_the_device(var: Path) -> None:
    silent = {"mode": "deadband", "absolute": 1, "max_interval_s": 60}
    async with a_plc() as plc, counted(plc.port) as cable, an_edge(var, device("plc", cable.port, [3])) as edge:
        await edge.has(point("plc", 3), 3)
        group = {"period_s": PERIOD_S, "class": "cold-chain", "screening": silent}
        written(var, device("plc", cable.port, [3]), groups={"fast": group})
        edge.hup.set()
        await until(lambda: edge.agent.screen.screened > 5)
        await edge.read()
        at_most = len(edge.of(point("plc", 3)))
        asked = len(plc.requests)
        await until(lambda: len(plc.requests) > asked + 5)
        await edge.read()
        assert len(edge.of(point("plc", 3))) == at_most
        assert cable.carried == 1
        health = (await edge.agent.health())["readings"]
        assert health["taken"] == sum(
            health[fate] for fate in ("stored", "screened", "repeated", "held_back", "in_hand")
        )


async def test_a_broken_file_is_told_and_the_old_plan_goes_on(var: Path) -> None:
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as edge:
        await edge.has(point("plc", 3), 3)
        edge.path.write_text(edge.path.read_text().replace("uint16", "uint61"))
        edge.hup.set()
        await until(lambda: edge.agent.refusals == 1)
        health = await edge.agent.health()
        assert "`type` is `uint61`; allowed: " in health["config"]["reason"]
        assert any(reason.startswith("a config was refused: ") for reason in health["reasons"])
        await edge.has(point("plc", 3), 3)
        await edge.has(f"{OWN}/reload-failures")
        assert edge.of(f"{OWN}/reload-failures")[-1].value == 1
        written(var, device("plc", plc.port, [3, 4]))
        edge.hup.set()
        await edge.has(point("plc", 4))
        assert (await edge.agent.health())["config"]["reason"] == ""


async def test_what_binds_the_edge_to_its_plant_is_refused_with_its_keys_and_nothing_changes(var: Path) -> None:
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as edge:
        await edge.has(point("plc", 3), 3)
        other = written(var, device("plc", plc.port, [5]), uplink={"url": "nats://127.0.0.1:2"}, metrics={"port": 9999})
        with pytest.raises(NotWhileRunning) as refused:
            await edge.agent.reload(load(other))
        assert refused.value.facts == {"keys": ["uplink", "metrics"]}
        await edge.has(point("plc", 3), 3)
        assert edge.of(point("plc", 5)) == []


RUN = """
import asyncio, sys
from pathlib import Path
from edge.agent import run_until_signal
from edge.config import load
path = Path(sys.argv[1])
asyncio.run(run_until_signal(load(path), path))
"""


def started(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(path)], env=os.environ | {"PYTHONWARNINGS": "error"})


async def test_a_hangup_makes_the_program_read_its_file_again(var: Path) -> None:
    async with a_plc() as plc:
        path = written(var, device("plc", plc.port, [3]))
        program = started(path)
        try:
            await until(lambda: any(asked[1:] == (3, 1) for asked in plc.requests))
            written(var, device("plc", plc.port, [9]))
            program.send_signal(signal.SIGHUP)
            await until(lambda: any(asked[1:] == (9, 1) for asked in plc.requests))
            assert program.poll() is None
        finally:
            program.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(program.wait, 10)
        assert code == 0
