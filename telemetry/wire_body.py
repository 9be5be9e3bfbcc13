"""The body of a message, unpacked: names, columns, and what stands aside of them. Standard library only.

4 bytes   length of the names, little-endian; then the names, one a line
point     places among the names: 1 byte each, 2 where there are more than 256 names
times     1 byte: whether the device's times stand as they are (0) or as how long before receipt (1);
          the received times; the device's times
values    telemetry.wire_values
quality   1 byte each
aside     2 bytes how many claims, 2 bytes how many states; of each the readings' places and then the numbers
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from functools import lru_cache

from telemetry.batch import NONE, Batch
from telemetry.point import is_point_name
from telemetry.wire_columns import (
    Malformed,
    Reader,
    from_bytes,
    minus,
    pack_whole,
    read_whole,
    shuffle,
    to_bytes,
)
from telemetry.wire_values import pack_values, read_values

_NAMES = struct.Struct("<I")
_LAGS = struct.Struct("<B")
_ASIDE = struct.Struct("<HH")
_MOST_NARROW = 256
_MOST_NAMES = 2**16
_MOST_REMEMBERED = 2**16
"""Bytes of the longest list of names that is remembered: nobody's lists fill the memory."""
_LOOKED_AT = 64
"""Times of a batch by which their coding is chosen."""


def pack_body(batch: Batch) -> bytes:
    """The bytes of a batch."""
    written = "\n".join(batch.points).encode()
    n, period = len(batch), _period(batch.point)
    return b"".join(
        (
            _NAMES.pack(len(written)),
            written,
            _packed_points(batch),
            *_packed_times(batch, period or n),
            pack_values(batch.value, period),
            to_bytes(batch.quality),
            _ASIDE.pack(len(batch.claimed_us), len(batch.status)),
            _packed_aside(batch.claimed_us),
            _packed_aside(batch.status),
        )
    )


def read_body(body: bytes, n: int) -> Batch:
    """The batch of n readings in these bytes. Raises Malformed."""
    reader = Reader(body)
    points = names(reader.take(reader.unpack(_NAMES)[0]))
    point = _read_points(reader, n, len(points))
    device_us, received_us = _read_times(reader, n)
    value = read_values(reader, n)
    quality = from_bytes("B", reader.take(n))
    claims, states = reader.unpack(_ASIDE)
    claimed_us, status = _read_aside(reader, claims, n), _read_aside(reader, states, n)
    reader.end()
    return Batch(points, point, device_us, received_us, value, quality, claimed_us, status)


def names(written: bytes) -> tuple[str, ...]:
    """The names of points, one a line. Raises Malformed."""
    return _remembered(written) if len(written) <= _MOST_REMEMBERED else _names(written)


def _names(written: bytes) -> tuple[str, ...]:
    if written.count(b"\n") >= _MOST_NAMES:
        raise Malformed(reason="more names than readings could refer to")
    try:
        found = tuple(written.decode("ascii").split("\n")) if written else ()
    except UnicodeDecodeError as error:
        raise Malformed(reason="point names are not ASCII") from error
    for name in found:
        if not is_point_name(name):
            raise Malformed(reason="not a point's name", name=name[:80])
    return found


_remembered = lru_cache(maxsize=256)(_names)  # an edge names the same points in message after message


def _period(point: array[int]) -> int:
    """After how many readings the points repeat, all of them in the same order; 0 where they don't."""
    try:
        period = point.index(point[0], 1) if point else 0
    except ValueError:  # the first point occurs once only
        return 0
    return period if point[period:] == point[:-period] else 0


def _packed_points(batch: Batch) -> bytes:
    wide = to_bytes(batch.point)
    return wide[::2] if len(batch.points) <= _MOST_NARROW else shuffle(wide, 2)


def _read_points(reader: Reader, n: int, count: int) -> array[int]:
    wide = bytearray(2 * n)
    wide[::2] = reader.take(n)
    if count > _MOST_NARROW:
        wide[1::2] = reader.take(n)
    point = from_bytes("H", wide)
    if n and max(point) >= count:
        raise Malformed(reason="a reading's point is not among the names")
    return point


def _packed_times(batch: Batch, stride: int) -> tuple[bytes, bytes, bytes]:
    """The device's times by whichever is steadier: how long readings were on their way, or a point's own rhythm."""
    received = pack_whole(batch.received_us, stride)
    if _lags_are_steadier(batch, stride if stride < len(batch) else 1):
        return _LAGS.pack(1), received, pack_whole(minus(batch.received_us, batch.device_us), 0)
    return _LAGS.pack(0), received, pack_whole(batch.device_us, stride)


def _lags_are_steadier(batch: Batch, stride: int) -> bool:
    """Told by a part of the times."""
    part = max(1, len(batch) // _LOOKED_AT)
    device, received = batch.device_us, batch.received_us
    lags = minus(received[::part], device[::part])
    steps = minus(device[stride::part], device[: len(device) - stride : part])
    return max(lags, default=0) - min(lags, default=0) <= max(steps, default=0) - min(steps, default=0)


def _read_times(reader: Reader, n: int) -> tuple[array[int], array[int]]:
    (are_lags,) = reader.unpack(_LAGS)
    if are_lags > 1:
        raise Malformed(reason="the device's times are not understood")
    received = read_whole(reader, n)
    told = read_whole(reader, n)
    return (minus(received, told) if are_lags else told), received


def _packed_aside(aside: Mapping[int, int]) -> bytes:
    if not aside:
        return b""
    places = sorted(aside)
    return to_bytes(array("H", places)) + pack_whole(array("q", map(aside.__getitem__, places)), 0)


def _read_aside(reader: Reader, count: int, n: int) -> Mapping[int, int]:
    if not count:
        return NONE
    places = from_bytes("H", reader.take(2 * count))
    if max(places) >= n or len(set(places)) != count:
        raise Malformed(reason="what stands aside is of no reading")
    return dict(zip(places, read_whole(reader, count), strict=True))
