"""A Sparkplug B payload to metrics with numbers and qualities, and the one command that is ever sent. Pure.

Data types by the Sparkplug 3.0 specification, 6.4.16: signed numbers travel as two's complement in unsigned fields, so
without its type an integer is never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, nan
from types import MappingProxyType
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from edge.drivers.mqtt.decode import LATEST_US
from edge.drivers.mqtt.sparkplug_schema import Payload
from telemetry.errors import Invalid
from telemetry.quality import Quality, is_bad

SIGNED_BITS: Mapping[int, int] = MappingProxyType({1: 8, 2: 16, 3: 32, 4: 64})  # Int8, Int16, Int32, Int64
UNSIGNED_BITS: Mapping[int, int] = MappingProxyType({5: 8, 6: 16, 7: 32, 8: 64})  # UInt8, UInt16, UInt32, UInt64
FLOAT, DOUBLE, BOOLEAN = 9, 10, 11
REBIRTH = b"Node Control/Rebirth"
BIRTH_AND_DEATH = "bdSeq"
STALE = 500
_QUALITIES = {192: Quality.GOOD, 0: Quality.BAD, STALE: Quality.UNCERTAIN_LAST_USABLE}
_INTEGERS = ("int_value", "long_value")
_REALS = ("float_value", "double_value")
_NO_NUMBER = (nan, Quality.BAD_SENSOR_FAILURE)


class Unreadable(Invalid):
    """These bytes are no Sparkplug B payload."""


class Metric(NamedTuple):
    """One value as it came; what is None was not sent."""

    name: str | None
    alias: int | None
    datatype: int | None
    at_us: int | None  # when it was measured
    is_null: bool
    is_historical: bool  # kept by the node while it was away
    field: str | None  # which of the alternatives of a value
    raw: Any
    quality: int | None  # the property "Quality": 192 good, 0 bad, 500 stale


class Message(NamedTuple):
    """One payload."""

    seq: int | None
    sent_us: int | None
    metrics: tuple[Metric, ...]


def parse(payload: bytes) -> Message:
    """Read a payload. Raises Unreadable."""
    try:
        told = Payload.FromString(payload)
    except DecodeError as error:
        raise Unreadable(reason=str(error)[:100]) from error
    sent_us = _us(told.timestamp) if told.HasField("timestamp") else None
    metrics = tuple(_metric(metric, sent_us) for metric in told.metrics)
    return Message(told.seq if told.HasField("seq") else None, sent_us, metrics)


def _metric(told: Any, sent_us: int | None) -> Metric:
    field = told.WhichOneof("value")
    return Metric(
        told.name.decode("utf-8", "replace") if told.HasField("name") else None,
        told.alias if told.HasField("alias") else None,
        told.datatype or None,
        _us(told.timestamp) if told.HasField("timestamp") else sent_us,
        told.is_null,
        told.is_historical,
        field,
        getattr(told, field) if field else None,
        _quality(told.properties) if told.HasField("properties") else None,
    )


def _us(ms: int) -> int | None:
    us: int = ms * 1_000
    return us if us < LATEST_US else None


def _quality(properties: Any) -> int | None:
    """The property "Quality", an Int32; -1 where it stands there but can't be understood."""
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == b"Quality":
            field = value.WhichOneof("value")
            return int(getattr(value, field)) if field in _INTEGERS and not value.is_null else -1
    return None


def number(metric: Metric, datatype: int | None) -> tuple[float, Quality]:
    """Value and quality of a metric of this type (from itself or from its birth)."""
    quality = Quality.GOOD if metric.quality is None else _QUALITIES.get(metric.quality, Quality.UNCERTAIN)
    if metric.is_null or metric.field is None:
        return nan, Quality.BAD if quality >= Quality.UNCERTAIN else quality
    value = _value(metric.field, metric.raw, datatype)
    if value is None:
        return _NO_NUMBER
    return nan if is_bad(quality) else value, quality


def is_clear(metric: Metric) -> bool:
    """Whether a metric can be read without the type that its birth tells."""
    return metric.datatype is not None or metric.is_null or metric.field not in _INTEGERS


def _value(field: str, raw: Any, datatype: int | None) -> float | None:
    if field in _INTEGERS:
        return _integer(raw, datatype)
    if field in _REALS and datatype in {FLOAT, DOUBLE, None}:
        return raw if isfinite(raw) else None
    if field == "boolean_value" and datatype in {BOOLEAN, None}:
        return float(raw)
    return None


def _integer(raw: int, datatype: int | None) -> float | None:
    """An integer by its type; None where it does not fit, so that a wrong type never makes a plausible number."""
    if bits := UNSIGNED_BITS.get(datatype or 0):
        return float(raw) if raw < 1 << bits else None
    bits = SIGNED_BITS.get(datatype or 0)
    if bits is None:
        return None
    if raw < 1 << bits:
        return float(raw - (1 << bits) if raw >> (bits - 1) else raw)
    for width in (32, 64):  # a small negative number, some senders fill up the whole field
        if (1 << width) - (1 << (bits - 1)) <= raw < 1 << width:
            return float(raw - (1 << width))
    return None


def rebirth_command(now_ms: int) -> bytes:
    """The payload that asks a node for a new birth."""
    asked = Payload(timestamp=now_ms)
    asked.metrics.add(name=REBIRTH, timestamp=now_ms, datatype=BOOLEAN, boolean_value=True)
    data: bytes = asked.SerializeToString()
    return data
