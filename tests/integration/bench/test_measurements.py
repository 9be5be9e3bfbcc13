"""An engineer asks what the chain does on this machine, and gets figures of real runs; here as short as can be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from isotherm.bench import cost, edge, latency, peer_config, planned, starting
from isotherm.bench.aims import Aim, judged
from isotherm.bench.cost import Load, Mark
from isotherm.bench.peer_platform import values_in
from isotherm.bench.told import markdown


@pytest.mark.parametrize("protocol", ["opcua", "modbus", "mqtt"])
async def test_an_edge_has_its_price_a_value_whatever_it_reads(protocol: str) -> None:
    load = Load(points=40, period_s=0.2, warm_up_s=0.5, windows=2, window_s=1.0, idle_s=0.5)
    found = await edge.measure(protocol, load)
    assert 100 <= found["values_per_s"] <= 300  # 200, give or take a batch at the ends of two seconds
    assert 1 < found["cpu_us_per_value"] < 5000
    assert len(found["cpu_us_per_value_by_window"]) == 2
    assert 20 < found["rss_mb"] < 1000
    assert 2 < found["bytes_per_reading"] < 100
    assert 1 <= found["readings_per_message"] <= 500
    assert ("idle_cpu_percent" in found) == (protocol == "opcua")
    assert found.get("idle_cpu_percent", 0) < 100


async def test_items_are_subscribed_and_their_first_values_stored() -> None:
    found = await starting.measure(60)
    assert 0 < found["subscribed_s"] < 30
    assert 0 < found["first_stored_s"] <= found["every_stored_s"] < 30


def test_a_thousand_registers_take_eight_requests() -> None:
    assert planned.measure() == {"registers": 1000, "requests": 8}


async def test_every_step_out_of_limits_becomes_an_episode_and_is_timed() -> None:
    found = await latency.measure(latency.Span(steps_s=4.0))
    assert found["n"] >= 3
    assert found["missing"] == 0
    assert 0 < found["p50_s"] <= found["p99_s"] <= found["longest_s"] < 30


def test_the_command_prints_one_json_object_and_tells_the_rest_elsewhere() -> None:
    command = [sys.executable, "-m", "isotherm", "bench", "--only", "latency", "--short"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["figures"].keys() == {"latency"}
    assert [aim["figure"] for aim in told["aims"]] == ["latency.p99_s", "latency.missing"]
    assert told["machine"]["cores"] >= 1
    assert "Starting nats-server" in done.stderr


def test_an_engineer_who_stops_it_finds_nothing_left_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "isotherm", "bench", "--only", "opcua"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
    ) as run:
        assert run.stderr is not None
        next(line for line in run.stderr if "Starting nats-server" in line)
        started = psutil.Process(run.pid).children(recursive=True)
        run.terminate()
        _, told = run.communicate(timeout=15)
    assert run.returncode == 128 + signal.SIGTERM, told
    assert started
    assert [each for each in started if each.is_running()] == []
    assert list(tmp_path.iterdir()) == []


def test_a_median_a_tail_and_what_never_came() -> None:
    steps = [("air", n) for n in range(1, 102)]
    seen = {("air", n): n + n * 10_000 for n in range(1, 101)}  # the n-th takes n hundredths of a second
    found = latency.figures(steps, seen)
    assert found == {"p50_s": 0.5, "p99_s": 0.99, "longest_s": 1.0, "n": 100, "missing": 1}


def test_the_price_is_the_median_of_the_windows() -> None:
    found = cost.cost([Mark(0, 0.0, 0), Mark(1, 0.01, 1000), Mark(2, 0.03, 2000), Mark(3, 0.13, 3000)])
    assert found["cpu_us_per_value_by_window"] == [10.0, 20.0, 100.0]
    assert found["cpu_us_per_value"] == 20.0
    assert found["values_per_s"] == 1000
    assert found["cpu_percent"] == 4.3


def test_an_aim_holds_up_to_its_limit_and_not_beyond() -> None:
    aims = [Aim("opcua", "cpu_us_per_value", "µs", at_most=10), Aim("latency", "p99_s", "s", at_most=3)]
    told = judged({"opcua": {"cpu_us_per_value": 10.0}, "latency": {"p99_s": 3.01}}, aims)
    assert [(each["figure"], each["holds"]) for each in told] == [
        ("opcua.cpu_us_per_value", True),
        ("latency.p99_s", False),
    ]


def test_a_measure_that_was_not_asked_for_is_not_judged() -> None:
    assert judged({}, [Aim("latency", "p99_s", "s", at_most=3)]) == []


def test_a_measure_without_its_figure_does_not_hold() -> None:
    told = judged({"latency": latency.figures([("air", 1)], {})}, [Aim("latency", "p99_s", "s", at_most=3)])
    assert [(each["value"], each["holds"]) for each in told] == [(None, False)]


def test_the_table_for_people_holds_the_peer_beside_us() -> None:
    ours: dict[str, Any] = {"cpu_us_per_value": 8.0, "values_per_s": 4000, "idle_cpu_percent": 0.4, "rss_mb": 75.0}
    ours["bytes_per_reading"] = 6.0
    peers = {**ours, "cpu_us_per_value": 40.0, "packages": ["thingsboard-gateway==3.8.5"]}
    machine = {"cores": 2, "cpu": "a", "memory_gb": 4.0, "system": "Linux", "python": "3.11", "load": 0.1}
    figures = {"opcua": ours, "peer": peers}
    found = {"at": "2026-01-15T09:00:00", "short": False, "machine": machine, "figures": figures}
    told = markdown({**found, "aims": judged(figures)}).splitlines()
    assert told[2] == "| OPC UA: the edge's CPU µs a value, buffer and uplink included | 8 | at most 10 | holds |"
    assert "| OPC UA, same machine, same run | isotherm | thingsboard-gateway 3.8.5 |" in told
    assert "| CPU µs a value | 8 | 40 |" in told
    assert told[-1].startswith("Measured on 2 cores (a), 4 GB")


def test_the_peers_values_are_counted_one_by_one() -> None:
    payload = b'{"machine": [{"ts": 1, "values": {"a": 1, "b": 2}}, {"ts": 2, "values": {"a": 3}}], "other": []}'
    assert values_in(payload) == 3


def test_the_peer_reads_the_same_nodes_at_the_same_rate(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "logs.json").write_text("{}")
    (samples / "tb_gateway.json").write_text('{"thingsboard": {"host": "far", "qos": 1}, "connectors": ["old"]}')
    mapping = {"deviceNodePattern": "old", "deviceInfo": {"deviceNameExpression": "old"}, "rpc_methods": ["old"]}
    (samples / "opcua.json").write_text(json.dumps({"server": {"timeoutInMillis": 5000}, "mapping": [mapping]}))
    peer_config.write(samples, tmp_path / "peer", "opc.tcp://here", 1883, Load(points=2, period_s=0.25))
    made = {path.name: json.loads(path.read_text()) for path in (tmp_path / "peer" / "config").iterdir()}
    assert made["tb_gateway.json"]["thingsboard"]["port"] == 1883
    assert made["tb_gateway.json"]["thingsboard"]["qos"] == 1
    assert [each["name"] for each in made["tb_gateway.json"]["connectors"]] == ["machine"]
    assert made["opcua.json"]["server"]["subCheckPeriodInMillis"] == 250
    [read] = made["opcua.json"]["mapping"]
    assert [each["value"] for each in read["timeseries"]] == ["${ns=2;s=Value0}", "${ns=2;s=Value1}"]
    assert read["rpc_methods"] == []
