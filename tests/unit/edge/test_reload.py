"""What a change of the config asks for, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from edge.config import BufferConfig, EdgeConfig
from edge.drivers.modbus.config import ModbusDevice
from edge.reload import Difference, NotWhileRunning, difference
from edge.strict import DeviceConfig, Group
from edge.uplink.config import MetricsConfig, UplinkConfig

SCREENED = {"mode": "deadband", "absolute": 1}
GROUPS: Mapping[str, Mapping[str, Any]] = {"fast": {"period_s": 1}, "slow": {"period_s": 10}}


def a_device(name: str, *measures: str, group: str = "fast", screening: object = None, **more: object) -> ModbusDevice:
    points = [
        {"point": f"hainan/a/b/{m}", "area": "input", "address": k, "type": "int16", "group": group}
        for k, m in enumerate(measures)
    ]
    if screening is not None:
        points = [point | {"screening": screening} for point in points]
    return ModbusDevice.model_validate({"name": name, "driver": "modbus", "host": "h", "points": points, **more})


def a_config(*devices: DeviceConfig, groups: Mapping[str, Mapping[str, Any]] = GROUPS, **more: Any) -> EdgeConfig:
    named = {name: Group.model_validate(group) for name, group in groups.items()}
    uplink, buffer = UplinkConfig(url="nats://127.0.0.1:1"), BufferConfig.model_validate({"folder": "var"})
    parts = {"edge": "edge-line", "site": "hainan", "uplink": uplink, "buffer": buffer, "groups": named}
    return EdgeConfig(**{**parts, "devices": devices, **more})


def names(found: Difference) -> dict[str, list[str]]:
    kinds = {"added": found.added, "again": found.again, "changed": found.changed}
    told = {kind: [device.name for device in devices] for kind, devices in kinds.items()}
    told |= {"removed": list(found.removed), "gone": [point.rsplit("/", 1)[1] for point in found.gone]}
    return {kind: which for kind, which in told.items() if which}


BEFORE = a_config(a_device("one", "x", "y"), a_device("two", "z", group="slow"))


@pytest.mark.parametrize(
    ("after", "asks_for"),
    [
        (BEFORE, {}),
        (a_config(a_device("two", "z", group="slow"), a_device("one", "x", "y")), {}),
        (a_config(a_device("one", "x", "y", screening=SCREENED), a_device("two", "z", group="slow")), {}),
        (a_config(*BEFORE.devices, groups={**GROUPS, "fast": {"period_s": 1, "screening": SCREENED}}), {}),
        (a_config(*BEFORE.devices, groups={**GROUPS, "third": {"period_s": 3}}), {}),
        (a_config(*BEFORE.devices, groups={**GROUPS, "slow": {"period_s": 9}}), {"changed": ["two"]}),
        (a_config(a_device("one", "x"), BEFORE.devices[1]), {"changed": ["one"], "gone": ["y"]}),
        (a_config(a_device("one", "x"), a_device("two", "z", "y", group="slow")), {"changed": ["one", "two"]}),
        (a_config(a_device("one", "x", "y", port=503), BEFORE.devices[1]), {"again": ["one"]}),
        (a_config(BEFORE.devices[0]), {"removed": ["two"], "gone": ["z"]}),
        (a_config(*BEFORE.devices, a_device("three", "w")), {"added": ["three"]}),
        (a_config(BEFORE.devices[0], a_device("too", "z", group="slow")), {"added": ["too"], "removed": ["two"]}),
    ],
    ids=[
        "nothing",
        "another order",
        "a point's screening",
        "a group's screening",
        "a group of nobody",
        "a group's period",
        "a point less",
        "a point at another device",
        "another port",
        "a device less",
        "a device more",
        "a device's name",
    ],
)
def test_a_change_asks_for_no_more_than_it_must(after: EdgeConfig, asks_for: dict[str, list[str]]) -> None:
    assert names(difference(BEFORE, after)) == asks_for


def test_all_keys_that_only_a_start_takes_up_are_named_at_once() -> None:
    other = a_config(*BEFORE.devices, edge="edge-two", metrics=MetricsConfig())
    with pytest.raises(NotWhileRunning) as refused:
        difference(BEFORE, other)
    assert refused.value.facts == {"keys": ["edge", "metrics"]}
