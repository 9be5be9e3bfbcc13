"""The whole simulated plant: scenario, control desk, labels, and how it comes and goes."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from simulators import control
from simulators.control import NoPlant, Refused
from simulators.desk import SocketPathTooLong
from simulators.scenario import UnknownScenario
from tests.integration.simulators.conftest import Running, a_plant, eventually
from tests.plugins.waiting import until

AIR = "hainan/cold-store/cold-room-2/air-1"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_tells_all_75_points(plant: Running) -> None:
    readings = await plant.readings()
    assert len(readings) == 75
    assert 2 < readings[AIR] < 8


async def test_the_desk_lists_what_can_go_wrong_and_what_does(plant: Running) -> None:
    assert (await plant.ask(control.switch_on, "cold-room-2", "compressor-failure"))["changed"]
    assert not (await plant.ask(control.switch_on, "cold-room-2", "compressor-failure"))["changed"]
    listed = await plant.ask(control.listing)
    assert {fault["name"] for fault in listed["faults"]} >= {"compressor-failure", "network-lost", "probe-spike"}
    wrong = {"fault": "compressor-failure", "target": "cold-room-2", "measure": None}
    assert listed["active"] == [wrong | {"severity": 1.0}]
    assert (await plant.ask(control.switch_off, "cold-room-2"))["cleared"] == [wrong]
    assert (await plant.ask(control.switch_off, "cold-room-2"))["cleared"] == []


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ({"do": "fault", "target": "cold-room-2", "fault": "boom"}, "compressor-failure"),
        ({"do": "fault", "target": "moon", "fault": "probe-loss"}, "freezer-1"),
        ({"do": "fault", "target": "line-1", "fault": "mains-lost"}, "bearing-wear"),
        ({"do": "fault", "target": 7}, "text"),
        ({"do": "clear", "target": "moon"}, "truck-1"),
        ({"do": "explode"}, "start-scenario"),
        ({"do": "put", "target": "line-1", "load_g": 1}, "scale-1"),
        ({"do": "put", "target": "scale-1", "load_g": -1}, "weight"),
        ({"do": "put", "target": "scale-1", "load_g": "heavy"}, "weight"),
        ({}, "start-scenario"),
    ],
)
async def test_nonsense_is_refused_with_what_is_known(plant: Running, request_: dict[str, object], word: str) -> None:
    with pytest.raises(Refused, match=word):
        await asyncio.to_thread(control.ask, plant.settings.control, request_)


async def test_a_line_that_is_not_json_is_answered_and_the_next_one_works(plant: Running) -> None:
    reader, writer = await asyncio.open_unix_connection(str(plant.settings.control))
    writer.write(b"fault please\n" + b'{"do": "status"}\n')
    first, second = json.loads(await reader.readline()), json.loads(await reader.readline())
    writer.close()
    await writer.wait_closed()
    assert (first["ok"], second["ok"]) == (False, True)
    assert first["code"] == "NotJson"


async def test_nobody_answers_where_no_plant_is(tmp_path: Path) -> None:
    with pytest.raises(NoPlant):
        await asyncio.to_thread(control.status, tmp_path / "nothing")


async def test_labels_tell_what_was_wrong_and_are_closed_at_the_end(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    async with a_plant(tmp_path, labels=labels) as plant:
        await plant.ask(control.switch_on, "truck-1", "probe-stuck")
        await plant.ask(control.switch_on, "line-1", "bearing-wear")
        await plant.ask(control.switch_off, "truck-1", "probe-stuck")
    with labels.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["what"], row["where"], row["measure"]) for row in rows] == [
        ("probe-stuck", "truck-1", "air-1"),
        ("bearing-wear", "line-1", ""),
    ]
    assert all(row["from"] <= row["to"] for row in rows)


async def test_a_wear_given_a_time_is_told_with_its_course(tmp_path: Path) -> None:
    async with a_plant(tmp_path, labels=tmp_path / "labels.csv", speed=600.0) as plant:
        at = plant.settings.control
        assert (await asyncio.to_thread(control.switch_on, at, "ahu-1", "filter-clogging", None, 1800.0))["changed"]
        pressure = "hainan/filling/ahu-1/filter-pressure"
        await eventually(plant.readings, lambda seen: seen[pressure] > 300)
        (label,) = (await plant.ask(control.labels))["labels"]
        assert (label["fault"], label["target"], label["to"]) == ("filter-clogging", "ahu-1", None)
        severities = [severity for _, severity in label["course"]]
        assert severities == sorted(severities)
        assert severities[-1] > 0.3
        await plant.ask(control.switch_off, "ahu-1")
        await eventually(plant.readings, lambda seen: seen[pressure] < 110)
        assert (await plant.ask(control.labels))["labels"][0]["to"]


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"target": "cold-room-1", "fault": "mains-lost", "over_s": 3600}, "refrigerant-loss"),
        ({"target": "ahu-1", "fault": "fan-wear", "over_s": 5}, "minute"),
        ({"target": "ahu-1", "fault": "fan-wear", "over_s": "10d"}, "seconds"),
        ({"target": "ahu-1", "fault": "fan-wear", "over_s": True}, "seconds"),
    ],
)
async def test_a_course_that_cannot_be_is_refused(plant: Running, facts: dict[str, object], word: str) -> None:
    with pytest.raises(Refused, match=word):
        await asyncio.to_thread(control.ask, plant.settings.control, {"do": "fault"} | facts)
    assert (await plant.ask(control.listing))["active"] == []


async def test_the_scenario_waits_until_it_is_told_to_start(tmp_path: Path) -> None:
    async with a_plant(tmp_path, scenario="cold-room-2-compressor") as plant:
        assert (await plant.ask(control.status))["scenario"] == {"name": "cold-room-2-compressor", "started": False}
        assert (await plant.ask(control.start_scenario))["changed"]
        assert not (await plant.ask(control.start_scenario))["changed"]
        status = await plant.ask(control.status)
        assert status["scenario"]["started"]
        assert status["active"] == []


async def test_compressor_failure_warms_cold_room_2_and_only_that_one(tmp_path: Path) -> None:
    """At 600 times the clock a quarter of an hour takes one and a half seconds."""
    async with a_plant(tmp_path, speed=600.0) as plant:
        await plant.ask(control.switch_on, "cold-room-2", "compressor-failure")
        readings = await eventually(plant.readings, lambda seen: seen[AIR] > 8.0)
        assert readings["hainan/cold-store/cold-room-2-compressor/running"] == 1.0
        assert 2.0 < readings["hainan/cold-store/cold-room-1/air-1"] < 8.0
        await plant.ask(control.switch_off, "cold-room-2", "compressor-failure")
        await eventually(plant.readings, lambda seen: seen[AIR] < 7.5)


async def test_settings_that_cannot_work_say_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownScenario):
        async with a_plant(tmp_path, scenario="fire"):
            pass
    with pytest.raises(SocketPathTooLong):
        async with a_plant(tmp_path, control=tmp_path / ("long" * 40)):
            pass


@pytest.mark.parametrize("port", ["opcua_port", "modbus_port", "scale_port"])
async def test_a_taken_port_is_an_error_and_leaves_nothing_behind(tmp_path: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"listen|in use"):
        async with a_plant(tmp_path, **{port: taken.getsockname()[1]}):
            pass
    async with a_plant(tmp_path) as plant:
        assert await plant.readings()


async def test_sigterm_ends_it_with_nothing_left_and_nothing_said() -> None:
    with TemporaryDirectory(prefix="sim") as short:
        folder = Path(short)
        facts = {"ready": str(folder / "ready"), "control": str(folder / "control"), "scenario": "none"}
        (folder / "settings.json").write_text(json.dumps(facts | {"mqtt": ["127.0.0.1", 1]}))
        command = (sys.executable, "-W", "error", "-m", "simulators", str(folder / "settings.json"))
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
        await until(lambda: (folder / "ready").exists() or process.returncode is not None)
        assert len((await asyncio.to_thread(control.status, folder / "control"))["readings"]) == 75
        process.send_signal(signal.SIGTERM)
        said, _ = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0
        assert said == b""
        left = await asyncio.to_thread(lambda: [path.name for path in folder.iterdir()])
        assert left == ["settings.json"]
