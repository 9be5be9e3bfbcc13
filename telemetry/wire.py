"""The wire format of a batch: a magic, a checksum, a plain header, compressed columns. Standard library only.

    4 bytes   b"IRB1"
    4 bytes   CRC-32 of all that follows, big-endian
    2 bytes   length of the header, big-endian
    header    JSON: edge, epoch, sequence, n
    body      zlib: 2 bytes + point names, one a line, then the columns, little-endian, times as differences,
              columns of 8 bytes shuffled (all first bytes, all second bytes, ...), which is what makes them small

The header is readable without the body, so that a batch whose body is damaged can still be named and set aside.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import add, sub
from typing import Any, Literal

from telemetry.batch import Batch
from telemetry.errors import Invalid
from telemetry.point import is_level_name, is_point_name

MAGIC = b"IRB1"
_LENGTH = struct.Struct(">H")
_CRC = struct.Struct(">I")
MAX_BODY = 4 * 1024 * 1024
MAX_COUNT = 65_535


class Malformed(Invalid):
    """This is not a batch of readings that can be read."""


@dataclass(frozen=True, slots=True)
class Message:
    """A batch with the identity that the ledger knows it by."""

    edge: str
    epoch: int  # begins anew when an edge's buffer does; milliseconds since 1970
    sequence: int  # 1, 2, 3 ... within an epoch
    batch: Batch

    @property
    def id(self) -> str:
        """What the stream de-duplicates by."""
        return f"{self.edge}:{self.epoch}:{self.sequence}"


@dataclass(frozen=True, slots=True)
class Header:
    edge: str
    epoch: int
    sequence: int
    n: int


def encode(message: Message) -> bytes:
    """Bytes of a message."""
    batch = message.batch
    facts = {"edge": message.edge, "epoch": message.epoch, "sequence": message.sequence, "n": len(batch)}
    header = json.dumps(facts, separators=(",", ":")).encode()
    names = "\n".join(batch.points).encode()
    columns = (
        _LENGTH.pack(len(names)) + names,
        _bytes(batch.point),
        _shuffle(_bytes(_differences(batch.device_us)), 8),
        _shuffle(_bytes(_lags(batch)), 8),
        _shuffle(_bytes(batch.value), 8),
        _bytes(batch.quality),
    )
    rest = _LENGTH.pack(len(header)) + header + zlib.compress(b"".join(columns), 1)
    return MAGIC + _CRC.pack(zlib.crc32(rest)) + rest


def read_header(data: bytes) -> Header:
    """Who sent it, read without the body. Raises Malformed."""
    return _split(data)[0]


def decode(data: bytes) -> Message:
    """The message in these bytes, checked to the last byte. Raises Malformed with the reason."""
    header, packed = _split(data)
    if _CRC.unpack_from(data, 4)[0] != zlib.crc32(data[8:]):
        raise Malformed(reason="checksum does not match", edge=header.edge, sequence=header.sequence)
    body = _inflate(packed)
    names_end = 2 + _LENGTH.unpack_from(body.ljust(2, b"\0"))[0]
    points = _names(body[2:names_end])
    if len(body) != names_end + header.n * (2 + 8 + 8 + 8 + 1):
        raise Malformed(reason="columns do not have the announced length", edge=header.edge, n=header.n)
    return Message(header.edge, header.epoch, header.sequence, _columns(points, body[names_end:], header.n))


def _split(data: bytes) -> tuple[Header, bytes]:
    if data[:4] != MAGIC or len(data) < 10:
        raise Malformed(reason="it does not begin as a batch does")
    end = 10 + _LENGTH.unpack_from(data, 8)[0]
    try:
        facts: Any = json.loads(data[10:end])
    except (ValueError, RecursionError) as error:
        raise Malformed(reason="the header is not JSON") from error
    return _header(facts), data[end:]


def _header(facts: Any) -> Header:
    known = isinstance(facts, dict) and facts.keys() == {"edge", "epoch", "sequence", "n"}
    if not known or not isinstance(facts["edge"], str) or not is_level_name(facts["edge"]):
        raise Malformed(reason="the header does not name an edge, epoch, sequence and n")
    numbers = [facts["epoch"], facts["sequence"], facts["n"]]
    if any(type(x) is not int or not 0 <= x < 2**63 for x in numbers) or facts["n"] > MAX_COUNT:
        raise Malformed(reason="epoch, sequence and n must be whole numbers in range")
    return Header(**facts)


def _inflate(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(packed, MAX_BODY)
    except zlib.error as error:
        raise Malformed(reason="the columns can't be unpacked") from error
    if not unpacking.eof or unpacking.unused_data:
        raise Malformed(reason="the columns end early, go on too long, or are too large")
    return body


@lru_cache(maxsize=256)  # an edge names the same points in message after message
def _names(raw: bytes) -> tuple[str, ...]:
    try:
        names = tuple(raw.decode("ascii").split("\n")) if raw else ()
    except UnicodeDecodeError as error:
        raise Malformed(reason="point names are not ASCII") from error
    for name in names:
        if not is_point_name(name):
            raise Malformed(reason="not a point's name", name=name[:80])
    return names


def _columns(points: tuple[str, ...], body: bytes, n: int) -> Batch:
    point = _array("H", body[: 2 * n])
    if n and max(point) >= len(points):
        raise Malformed(reason="a reading's point is not among the names")
    a, b, c = 2 * n, 10 * n, 18 * n
    device = _running_sums(_array("q", _unshuffle(body[a:b], 8)))
    received = _sums(device, _array("q", _unshuffle(body[b:c], 8)))
    value = _array("d", _unshuffle(body[c : 26 * n], 8))
    return Batch(points, point, device, received, value, _array("B", body[26 * n :]))


def _differences(times: array[int]) -> array[int]:
    return _minus(times, array("q", [0, *times[:-1]])) if times else array("q")


def _lags(batch: Batch) -> array[int]:
    return _minus(batch.received_us, batch.device_us)


# Times of the plant never leave 64 bits, and then C does the sums; nonsense that does wraps around, as it was packed.


def _minus(a: array[int], b: array[int]) -> array[int]:
    try:
        return array("q", map(sub, a, b))
    except OverflowError:
        return array("q", map(_wrapped_difference, a, b))


def _sums(a: array[int], b: array[int]) -> array[int]:
    try:
        return array("q", map(add, a, b))
    except OverflowError:
        return array("q", map(_wrapped_sum, a, b))


def _running_sums(steps: array[int]) -> array[int]:
    try:
        return array("q", accumulate(steps))
    except OverflowError:
        return array("q", accumulate(steps, _wrapped_sum))


def _wrapped_sum(a: int, b: int) -> int:
    return (a + b + 2**63) % 2**64 - 2**63


def _wrapped_difference(a: int, b: int) -> int:
    return _wrapped_sum(a, -b)


def _shuffle(data: bytes, width: int) -> bytes:
    return b"".join(data[i::width] for i in range(width))


def _unshuffle(data: bytes, width: int) -> bytes:
    n = len(data) // width
    out = bytearray(len(data))
    for i in range(width):
        out[i::width] = data[i * n : (i + 1) * n]
    return bytes(out)


def _bytes(column: array[Any]) -> bytes:
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


def _array(code: Literal["H", "q", "d", "B"], data: bytes) -> array[Any]:
    column: array[Any] = array(code)
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()
    return column
