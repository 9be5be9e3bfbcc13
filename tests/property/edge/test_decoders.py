"""Whatever a device sends, the decoders answer with a value or a quality; they never stumble."""

from __future__ import annotations

import json
from math import isfinite, isnan
from typing import Any, cast

from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.decode import readings_of
from edge.drivers.opcua.decode import read_value
from edge.uplink.coverage import BadCursor, parse
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


@given(st.binary() | anything.map(lambda x: json.dumps(x).encode()))
def test_a_cursor_is_understood_or_refused(data: bytes) -> None:
    try:
        coverage = parse(data)
    except BadCursor:
        return
    assert all(0 < low <= high for low, high in coverage.ranges)
