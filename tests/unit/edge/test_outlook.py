"""What a config leads to, told before anything is connected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge.config import load
from edge.outlook import Outlook, outlook
from isotherm.commands.edge import app
from telemetry.clock import SystemClock

CONFIG = """\
edge: edge-line
site: hainan
uplink: {url: "nats://127.0.0.1:1"}
buffer: {folder: var, max_mb: 10, max_days: 20}
groups:
  slow: {period_s: 10, screening: {mode: deadband, absolute: 1, max_interval_s: 60}}
  fast: {period_s: 0.5, class: bulk}
devices:
  - name: plc
    driver: modbus
    host: 127.0.0.1
    points:
      - {point: hainan/a/b/c, area: input, address: 1, type: int16, group: slow}
      - {point: hainan/a/b/d, area: input, address: 2, type: int16, group: slow, screening: {mode: raw}}
      - {point: hainan/a/b/e, area: coil, address: 0, group: fast}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "edge.yaml"
    path.write_text(CONFIG)
    return path


def of(path: Path) -> Outlook:
    return outlook(load(path, {}), SystemClock())


def test_values_a_second_are_those_of_the_groups_and_the_least_those_of_the_heartbeats(path: Path) -> None:
    (device,) = of(path).devices
    assert (device.points, device.requests) == (3, 2)
    assert device.values_per_s == pytest.approx(0.1 + 0.1 + 2)
    assert device.least_per_s == pytest.approx(1 / 60 + 0.1 + 2)


def test_the_buffer_lasts_as_long_as_its_size_or_its_age_allows(path: Path) -> None:
    found = of(path)
    assert found.bytes_per_day == pytest.approx(2.2 * 9 * 86_400)
    assert found.buffer_days == pytest.approx(10e6 / (2.2 * 9 * 86_400))
    path.write_text(CONFIG.replace("max_days: 20", "max_days: 2"))
    assert of(path).buffer_days == 2


def test_the_command_prints_each_request_with_its_reason_and_connects_to_nothing(path: Path) -> None:
    answer = CliRunner().invoke(app, ["plan", str(path)])
    assert answer.exit_code == 0
    assert "unit 1 coil 0" in answer.stdout
    assert "points: 3; requests or subscriptions: 2; 2.2 values a second, 2.1 values a second when nothing moves" in (
        answer.stdout
    )
    assert "1.7 MB a day at most; without the plant the buffer lasts 5.8 days" in answer.stdout


def test_for_programs_it_prints_json_with_the_points_of_each_request(path: Path) -> None:
    answer = CliRunner().invoke(app, ["plan", str(path), "--json"])
    told: dict[str, Any] = json.loads(answer.stdout)
    points = [point for request in told["devices"][0]["plan"] for point in request["points"]]
    assert sorted(points) == ["hainan/a/b/c", "hainan/a/b/d", "hainan/a/b/e"]
    assert told["totals"]["requests"] == 2
    assert [found.name for found in path.parent.iterdir()] == ["edge.yaml"]  # not even a buffer


def test_help_names_every_command_and_what_it_is_for() -> None:
    answer = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "160"})
    for name in ("run", "check", "plan", "browse", "cert", "key", "config"):
        assert f" {name} " in answer.stdout
