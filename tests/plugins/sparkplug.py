"""Sparkplug B payloads as other makers write them: bytes put together by hand, to hold our own schema to."""

from __future__ import annotations

import struct
from typing import Any

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = range(1, 9)
FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT = range(9, 15)
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_INTEGER_FIELD, _LONG_FIELD = 10, 11


def payload(*metrics: bytes, seq: int | None = None, at_ms: int | None = None) -> bytes:
    """A payload of metrics."""
    told = b"" if at_ms is None else _number(1, at_ms)
    told += b"".join(_bytes(2, metric) for metric in metrics)
    return told if seq is None else told + _number(3, seq)


def metric(
    name: str | None = None,
    value: Any = None,
    kind: int | None = None,
    *,
    alias: int | None = None,
    at_ms: int | None = None,
    historical: bool = False,
    quality: int | None = None,
    typed: bool = True,
) -> bytes:
    """A metric; value None is a null. `typed` is whether the type is sent along."""
    told = b"" if name is None else _bytes(1, name.encode())
    told += b"" if alias is None else _number(2, alias)
    told += b"" if at_ms is None else _number(3, at_ms)
    told += _number(4, kind) if kind is not None and typed else b""
    told += _number(5, 1) if historical else b""
    told += _number(7, 1) if value is None else b""
    if quality is not None:
        told += _bytes(9, _bytes(1, b"Quality") + _bytes(2, _number(1, INT32) + _number(3, quality)))
    return told if value is None else told + _value(value, kind)


def _value(value: Any, kind: int | None) -> bytes:
    if kind == FLOAT:
        return _key(12, _FIXED32) + struct.pack("<f", value)
    if kind == DOUBLE:
        return _key(13, _FIXED64) + struct.pack("<d", value)
    if kind == BOOLEAN:
        return _number(14, int(bool(value)))
    if isinstance(value, str):
        return _bytes(15, value.encode())
    if kind in {INT64, UINT64, DATETIME}:
        return _number(_LONG_FIELD, value % 2**64)
    return _number(_INTEGER_FIELD, value % 2**32)


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _number(number: int, value: int) -> bytes:
    return _key(number, _VARINT) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _key(number, _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    told = bytearray()
    while value > 127:
        told.append(value & 127 | 128)
        value >>= 7
    told.append(value)
    return bytes(told)
