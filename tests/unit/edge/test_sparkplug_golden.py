"""Golden cases of Sparkplug: `tests/golden/sparkplug/<case>/`, messages as bytes, and what a node makes of them."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.sparkplug_node import EdgeNode
from telemetry.batch import Reading
from telemetry.clock import from_us
from telemetry.quality import Quality

GOLDEN = Path(__file__).parents[2] / "golden" / "sparkplug"
RECEIVED_US = 1_768_440_060_000_000


def row(reading: Reading) -> list[Any]:
    """As the cases write it; no time where the time of receipt stands in its place."""
    at = None if reading.device_us == RECEIVED_US else f"{from_us(reading.device_us):%Y-%m-%dT%H:%M:%S.%fZ}"
    return [reading.point, None if isnan(reading.value) else reading.value, Quality(reading.quality).name, at]


@pytest.mark.parametrize("folder", [pytest.param(f, id=f.name) for f in sorted(GOLDEN.iterdir())])
def test_messages_become_readings(folder: Path) -> None:
    points = yaml.safe_load((folder / "points.yaml").read_text())
    node = EdgeNode("plant/line-1", [MqttPoint(point=p, metric=m, group="g") for p, m in points.items()])
    found = []
    for message in yaml.safe_load((folder / "messages.yaml").read_text()):
        outcome = node.take(message["kind"], message["device"], bytes.fromhex(message["bytes"]), RECEIVED_US)
        told = {"lost": outcome.lost, "set_aside": outcome.set_aside, "readings": list(map(row, outcome.readings))}
        found.append({key: value for key, value in told.items() if value})
    assert found == json.loads((folder / "expected.json").read_text())
