"""Whatever a device sends, the decoders answer with a value or a quality; they never stumble."""

from __future__ import annotations

import json
from math import isfinite, isnan
from typing import Any, cast

from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from edge.coverage import BadCursor, parse
from edge.drivers.modbus.config import WORDS, Limits, ModbusPoint
from edge.drivers.modbus.decode import value_of
from edge.drivers.modbus.planner import requests
from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.decode import readings_of
from edge.drivers.opcua.decode import read_value
from telemetry.quality import is_bad

NOW_US = 1_768_440_000_000_000
POINTS = [MqttPoint(point=f"a/b/c/{n}", topic="t", path=path, group="g") for n, path in enumerate(("v", "a.0.b", None))]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["v", "a", "b", "ts"]), inner),
    max_leaves=12,
)


def sound(value: float, quality: int) -> bool:
    """A bad reading has no value, any other has a finite one."""
    return isnan(value) if is_bad(quality) else isfinite(value)


@given(st.binary() | anything.map(lambda x: json.dumps(x).encode()))
def test_any_payload_gives_one_sound_reading_for_each_point(payload: bytes) -> None:
    readings = readings_of(payload, POINTS, "ts", NOW_US)
    assert [reading.point for reading in readings] == [point.point for point in POINTS]
    assert all(sound(reading.value, reading.quality) for reading in readings)
    assert all(-(2**63) < reading.device_us < 2**63 for reading in readings)


@given(
    st.lists(st.integers(0, 65_535), max_size=5),
    st.sampled_from([kind for kind in WORDS if kind != "bit"]),
    st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_registers_give_a_sound_value(raw: list[int], kind: str, order: str, scale: float, offset: float) -> None:
    told = {"point": "a/b/c/d", "area": "input", "address": 0, "group": "g", "type": kind, "order": order}
    point = ModbusPoint.model_validate({**told, "scale": scale, "offset": offset})
    assert sound(*value_of(point, raw))


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.floats()),
    st.integers(0, 2**32 - 1),
    st.none() | st.datetimes(),
)
def test_any_data_value_gives_a_sound_reading(raw: object, status: int, at: object) -> None:
    variant = ua.Variant(None)
    variant.Value = raw
    device_us, value, quality = read_value(
        ua.DataValue(variant, ua.StatusCode(ua.UInt32(status)), SourceTimestamp=cast("Any", at)), NOW_US
    )
    assert sound(value, quality)
    assert isinstance(device_us, int)


@given(st.sets(st.tuples(st.integers(1, 3), st.integers(0, 400), st.sampled_from(["uint16", "float32", "float64"]))))
def test_any_points_are_all_planned_once_within_the_limits(chosen: set[tuple[int, int, str]]) -> None:
    points = [
        ModbusPoint.model_validate(
            {"point": f"a/b/c/p{i}", "unit": u, "area": "input", "address": k, "type": kind, "group": "g"}
        )
        for i, (u, k, kind) in enumerate(sorted(chosen))
    ]
    limits = Limits(registers=20, gap=3)
    planned = requests(points, limits)
    assert sorted(p.point for r in planned for p in r.points) == sorted(p.point for p in points)
    assert all(1 <= r.count <= 20 for r in planned)
    for request in planned:
        for point in request.points:
            assert request.unit == point.unit
            assert request.address <= point.address
            assert point.address + point.width <= request.address + request.count


@given(st.binary() | anything.map(lambda x: json.dumps(x).encode()))
def test_a_cursor_is_understood_or_refused(data: bytes) -> None:
    try:
        coverage = parse(data)
    except BadCursor:
        return
    assert all(0 < low <= high for low, high in coverage.ranges)
