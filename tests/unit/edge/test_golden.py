"""Golden cases of the drivers' decoding: `tests/golden/<driver>/<case>/`, an input and the readings expected of it."""

from __future__ import annotations

import json
from datetime import datetime
from math import isnan
from pathlib import Path
from typing import Any

import pytest
import yaml
from asyncua import ua

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.decode import readings_of
from edge.drivers.opcua.decode import read_value
from telemetry.clock import from_us
from telemetry.quality import Quality

GOLDEN = Path(__file__).parents[2] / "golden"
RECEIVED_US = 1_768_440_060_000_000


def cases(driver: str) -> list[Any]:
    return [pytest.param(folder, id=folder.name) for folder in sorted((GOLDEN / driver).iterdir())]


def expected(folder: Path) -> Any:
    return json.loads((folder / "expected.json").read_text())


def told(value: float) -> float | None:
    return None if isnan(value) else value


def stamp(us: int) -> str | None:
    """A device's time as the cases write it; None where the time of receipt stands in its place."""
    return None if us == RECEIVED_US else f"{from_us(us):%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.mark.parametrize("folder", cases("mqtt"))
def test_a_payload_becomes_readings(folder: Path) -> None:
    device = yaml.safe_load((folder / "device.yaml").read_text())
    points = [MqttPoint(point=name, topic="t", path=path, group="g") for name, path in device["points"].items()]
    readings = readings_of((folder / "payload").read_bytes(), points, device["time"], RECEIVED_US)
    found = [[r.point, told(r.value), Quality(r.quality).name, stamp(r.device_us)] for r in readings]
    assert found == expected(folder)


@pytest.mark.parametrize("folder", cases("opcua"))
def test_a_data_value_becomes_a_reading(folder: Path) -> None:
    found = []
    for raw in json.loads((folder / "values.json").read_text()):
        device_us, value, quality = read_value(data_value(raw), RECEIVED_US)
        found.append([told(value), Quality(quality).name, stamp(device_us)])
    assert found == expected(folder)


def data_value(raw: dict[str, Any]) -> ua.DataValue:
    number = float(raw["value"]) if raw["type"] == "Double" and isinstance(raw["value"], str) else raw["value"]
    times: list[Any] = [datetime.fromisoformat(raw[k]) if k in raw else None for k in ("source", "server")]
    return ua.DataValue(
        ua.Variant(number, ua.VariantType[raw["type"]]),
        ua.StatusCode(ua.UInt32(int(raw.get("status", "0"), 16))),
        SourceTimestamp=times[0],
        ServerTimestamp=times[1],
    )
