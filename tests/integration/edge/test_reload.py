"""A running edge follows its config: what is the same in both goes on undisturbed; a broken file changes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from edge.config import load
from edge.drivers.modbus.driver import ModbusDriver
from edge.reload import NotWhileRunning
from telemetry.batch import Reading
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.mosquitto import a_logger_at
from tests.plugins.opcua_server import URI, a_line
from tests.plugins.waiting import until

from .lone_edge import OWN, PERIOD_S, a_broker, an_edge, counted, device, point, started, written
from .test_modbus import a_plc


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
            for value in range(100, 140):
                await line.write(0, float(value))
                if value == 115:
                    written(var, opcua_device(cable.port, [0, 3, 4], {"mode": "raw"}))
                    edge.hup.set()
                await asyncio.sleep(PERIOD_S / 4)
            await until(lambda: edge.agent.reloads == 1)
            await edge.until(lambda: edge.of(node(0))[-1].value == 139)
            assert cable.carried == 1
        values = [r.value for r in edge.of(node(0))]
        assert values[values.index(100.0) :] == [float(k) for k in range(100, 140)]
        assert {edge.of(node(k))[-1].quality for k in (1, 2)} == {Quality.BAD_OUT_OF_SERVICE}
        assert {edge.of(node(k))[0].value for k in (3, 4)} == {3.0, 4.0}


async def test_a_driver_that_fails_to_change_is_started_again_with_the_new_plan(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: ModbusDriver, plan: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(ModbusDriver, "change", fails)
    async with a_plc() as plc, counted(plc.port) as cable, an_edge(var, device("plc", cable.port, [3])) as edge:
        await edge.has(point("plc", 3), 3)
        written(var, device("plc", cable.port, [3, 5]))
        edge.hup.set()
        await edge.has(point("plc", 5), 3)
        assert cable.carried == 2


async def test_points_that_topics_named_go_with_the_wildcard_that_led_to_them(var: Path) -> None:
    trucks = {"point": "hainan/fleet/{1}/air-1", "topics": "trucks/+", "group": "fast"}
    dock = {"point": "hainan/fleet/dock/air-1", "topic": "dock", "group": "fast"}
    truck_9 = "hainan/fleet/truck-9/air-1"
    with a_broker(var) as mosquitto:
        broker = {"name": "loggers", "driver": "mqtt", "host": "127.0.0.1", "port": mosquitto.port, "client_id": "edge"}
        async with an_edge(var, {**broker, "points": [trucks, dock]}) as edge, a_logger_at(mosquitto.port) as logger:
            await until(lambda: mosquitto.told("SUBACK") > 0)
            await logger.send("trucks/truck-9", 4.5)
            await edge.has(truck_9)
            assert edge.agent.catalogue.lanes[truck_9] == "cold-chain"
            slow = {"slow": {"period_s": 1}}  # the wildcard's group goes with it
            written(var, {**broker, "points": [{**dock, "group": "slow"}]}, groups=slow)
            edge.hup.set()
            await edge.has(truck_9, quality=Quality.BAD_OUT_OF_SERVICE)
            await logger.send("dock", 5.5)
            await edge.has("hainan/fleet/dock/air-1")
            assert truck_9 not in edge.agent.catalogue.lanes
            assert edge.of(trucks["point"]) == []  # a pattern is no point


async def test_no_message_is_lost_or_taken_twice_while_its_device_is_started_again(var: Path) -> None:
    truck = {"point": "hainan/fleet/truck-1/air-1", "topic": "trucks/1", "path": "t", "group": "fast"}
    with a_broker(var) as mosquitto:
        told = {"name": "loggers", "driver": "mqtt", "host": "127.0.0.1", "port": mosquitto.port, "client_id": "edge"}
        broker = {**told, "time": "ts", "points": [truck]}
        async with an_edge(var, broker) as edge, a_logger_at(mosquitto.port) as logger:
            await until(lambda: mosquitto.told("SUBACK") > 0)
            for k in range(120):
                if k in {40, 80}:
                    written(var, {**broker, "keep_alive_s": k})
                    edge.hup.set()
                await logger.send("trucks/1", {"t": k, "ts": SystemClock().now().isoformat()})
            await until(lambda: edge.agent.reloads == 2)
            await edge.until(lambda: sum(r.quality == Quality.GOOD for r in edge.of(truck["point"])) >= 120)
        values = [r.value for r in edge.of(truck["point"]) if r.quality == Quality.GOOD]
        assert sorted(values) == [float(k) for k in range(120)]


async def test_a_broker_is_added_though_the_buffer_turns_out_to_be_damaged_and_then_remembers(var: Path) -> None:
    truck = {"point": "hainan/fleet/truck-1/air-1", "topic": "trucks/1", "group": "fast"}
    async with a_plc() as plc:
        with a_broker(var) as mosquitto:
            stays = device("stays", plc.port, [1])
            async with an_edge(var, stays) as edge, a_logger_at(mosquitto.port) as logger:
                await edge.has(point("stays", 1), 3)
                await edge.agent.disk.run(lambda buffer: buffer._db.execute("DELETE FROM content"))
                told = {"driver": "mqtt", "host": "127.0.0.1", "port": mosquitto.port, "client_id": "edge"}
                written(var, stays, {"name": "loggers", **told, "points": [truck]})
                edge.hup.set()
                await until(lambda: mosquitto.told("SUBACK") > 0)
                edge._read_to = 0  # a new epoch
                await logger.send("trucks/1", 4.5)
                await edge.has(truck["point"])
                await edge.has(point("stays", 1), 3)
                assert await edge.agent.disk.run(lambda buffer: buffer.remembered) > 0


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


async def test_a_file_that_nobody_foresaw_is_told_and_the_old_plan_goes_on(var: Path) -> None:
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as edge:
        (var / "edge.yaml").write_text('edge: "\\ud800"\n')
        edge.hup.set()
        await until(lambda: edge.agent.refusals == 1)
        await edge.has(point("plc", 3), 3)
        assert "UnicodeEncodeError" in edge.agent.refusal


async def test_what_binds_the_edge_to_its_plant_is_refused_with_its_keys_and_nothing_changes(var: Path) -> None:
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as edge:
        await edge.has(point("plc", 3), 3)
        other = written(var, device("plc", plc.port, [5]), uplink={"url": "nats://127.0.0.1:2"}, metrics={"port": 9999})
        with pytest.raises(NotWhileRunning) as refused:
            await edge.agent.reload(load(other))
        assert refused.value.facts == {"keys": ["uplink", "metrics"]}
        await edge.has(point("plc", 3), 3)
        assert edge.of(point("plc", 5)) == []


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
