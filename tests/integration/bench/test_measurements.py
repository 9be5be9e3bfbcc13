"""An engineer asks what the chain does on this machine, and gets figures of real runs; here as short as can be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from isotherm.bench import edge, latency
from isotherm.bench.aims import Aim, judged


async def test_an_edge_has_its_price_a_value() -> None:
    load = edge.Load(nodes=40, period_s=0.2, warm_up_s=0.5, windows=2, window_s=1.0, idle_s=0.5)
    found = await edge.measure(load)
    assert 100 <= found["values_per_s"] <= 300  # 200, give or take a batch at the ends of two seconds
    assert 1 < found["cpu_us_per_value"] < 5000
    assert len(found["cpu_us_per_value_by_window"]) == 2
    assert 20 < found["rss_mb"] < 1000
    assert found["idle_cpu_percent"] < 100


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
    command = [sys.executable, "-m", "isotherm", "bench", "--only", "edge"]
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


def test_an_aim_holds_up_to_its_limit_and_not_beyond() -> None:
    aims = [Aim("edge", "cpu_us_per_value", at_most=25), Aim("latency", "p99_s", at_most=3)]
    told = judged({"edge": {"cpu_us_per_value": 25.0}, "latency": {"p99_s": 3.01}}, aims)
    assert [(each["figure"], each["holds"]) for each in told] == [
        ("edge.cpu_us_per_value", True),
        ("latency.p99_s", False),
    ]


def test_a_measure_that_was_not_asked_for_is_not_judged() -> None:
    assert judged({}, [Aim("latency", "p99_s", at_most=3)]) == []


def test_a_measure_without_its_figure_does_not_hold() -> None:
    told = judged({"latency": latency.figures([("air", 1)], {})}, [Aim("latency", "p99_s", at_most=3)])
    assert [(each["value"], each["holds"]) for each in told] == [(None, False)]
