"""A raw number by which a device says that its probe is broken is known as such, whatever registers can hold."""

from __future__ import annotations

import struct
from math import isnan

import pytest

from edge.drivers.modbus.config import ModbusPoint
from edge.drivers.modbus.decode import decoder_for
from edge.drivers.modbus.types import FORMATS, ValueType
from telemetry.quality import Quality


def told(kind: ValueType, bad: float, raw: float) -> tuple[float, Quality]:
    """What a point with this bad number says of a raw one."""
    config = {"point": "a/b/c/d", "group": "g", "area": "holding", "address": 0, "type": kind, "bad": [bad]}
    point = ModbusPoint.model_validate(config)
    (only,) = decoder_for([point], 0).values(
        struct.pack(">" + FORMATS[kind], raw if kind.startswith("float") else int(raw))
    )
    return only


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("float32", -999.9),
        ("float32", 3.4028235e38),
        ("float64", -999.9),
        ("uint64", 2**64 - 1),
        ("int64", 2**63 - 1),
        ("int64", -(2**63)),
        ("uint32", 2**32 - 1),
        ("int16", -32768),
        ("int16", 32767.0),
    ],
)
def test_a_number_that_means_a_broken_probe_is_never_a_good_value(kind: ValueType, bad: float) -> None:
    value, quality = told(kind, bad, bad)
    assert isnan(value)
    assert quality == Quality.BAD_SENSOR_FAILURE


@pytest.mark.parametrize(
    ("kind", "bad", "raw"),
    [("float32", -999.9, -999.8), ("uint64", 2**64 - 1, 2**64 - 2), ("float32", 1e300, 1e30)],
)
def test_a_number_next_to_one_that_means_a_broken_probe_is_a_value(kind: ValueType, bad: float, raw: float) -> None:
    value, quality = told(kind, bad, raw)
    assert value == pytest.approx(raw)
    assert quality == Quality.GOOD
