"""The wire format of a batch: a magic, checksums, a plain header, compressed columns. Standard library only.

    4 bytes   b"IRB2"
    4 bytes   CRC-32 of the header and its length, big-endian
    4 bytes   CRC-32 of the body, big-endian
    2 bytes   length of the header, big-endian
    header    JSON: edge, epoch, sequence, n, and gaps where there are any
    body      zlib: the columns (telemetry.wire_body)

The header is readable without the body, so that a batch whose body is damaged can still be named, counted and set
aside. The first format, `IRB1`, is read as well (telemetry.wire_first).
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from telemetry.batch import Batch, Gap
from telemetry.point import is_level_name
from telemetry.wire_body import names, pack_body, read_body
from telemetry.wire_columns import Malformed
from telemetry.wire_first import read_first

__all__ = ["MAX_COUNT", "Header", "Malformed", "Message", "decode", "encode", "read_header"]

MAGIC, FIRST_MAGIC = b"IRB2", b"IRB1"
_START = struct.Struct(">4sIIH")
_FIRST_START = struct.Struct(">4sIH")
_LENGTH = struct.Struct(">H")
MAX_BODY = 4 * 1024 * 1024
MAX_COUNT = 65_535
MOST_GAPS = 64
"""Gaps of one message at most."""
_MOST_GIVEN_UP = 2**40
_GAP_KINDS = (str, int, int, int, int, int, str, int)
LANES = {"cold-chain", "process", "bulk", "all"}
REASONS = {"full", "old", "damaged"}
"""Of gaps: what was given up, and why."""


@dataclass(frozen=True, slots=True)
class Message:
    """A batch with the identity that the ledger knows it by, and what its sender had to give up."""

    edge: str
    epoch: int  # begins anew when an edge's buffer does; milliseconds since 1970
    sequence: int  # 1, 2, 3 ... within an epoch
    batch: Batch
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What can be read of a message without its body."""

    edge: str
    epoch: int
    sequence: int
    n: int
    gaps: tuple[Gap, ...] = ()


def encode(message: Message) -> bytes:
    """Bytes of a message."""
    batch = message.batch
    facts: dict[str, Any] = {
        "edge": message.edge,
        "epoch": message.epoch,
        "sequence": message.sequence,
        "n": len(batch),
    }
    if message.gaps:
        facts["gaps"] = message.gaps
    header = json.dumps(facts, separators=(",", ":")).encode()
    body = zlib.compress(pack_body(batch), 1)
    checked = zlib.crc32(header, zlib.crc32(_LENGTH.pack(len(header))))
    return _START.pack(MAGIC, checked, zlib.crc32(body), len(header)) + header + body


def read_header(data: bytes) -> Header:
    """Who sent it, read without the body. Raises Malformed."""
    return _split(data)[0]


def decode(data: bytes) -> Message:
    """The message in these bytes, checked to the last byte. Raises Malformed with the reason."""
    header, packed, is_first = _split(data)
    checked, expected = (data[8:], data[4:8]) if is_first else (packed, data[8:12])
    if zlib.crc32(checked) != int.from_bytes(expected, "big"):
        raise Malformed(reason="checksum does not match", edge=header.edge, sequence=header.sequence)
    body = _inflate(packed)
    batch = read_first(body, header.n, names) if is_first else read_body(body, header.n)
    return Message(header.edge, header.epoch, header.sequence, batch, header.gaps)


def _split(data: bytes) -> tuple[Header, bytes, bool]:
    """Header, packed body, and whether it is of the first format, whose header has no checksum of its own."""
    is_first = data[:4] == FIRST_MAGIC
    start = _FIRST_START if is_first else _START
    if data[:4] not in (MAGIC, FIRST_MAGIC) or len(data) < start.size:
        raise Malformed(reason="it does not begin as a batch does")
    end = start.size + _LENGTH.unpack_from(data, start.size - 2)[0]
    if not is_first and zlib.crc32(data[start.size - 2 : end]) != int.from_bytes(data[4:8], "big"):
        raise Malformed(reason="the header's checksum does not match")
    try:
        facts: Any = json.loads(data[start.size : end])
    except (ValueError, RecursionError) as error:
        raise Malformed(reason="the header is not JSON") from error
    return _header(facts), data[end:], is_first


def _header(facts: Any) -> Header:
    known = isinstance(facts, dict) and {"gaps", *facts} == {"edge", "epoch", "sequence", "n", "gaps"}
    if not known or not isinstance(facts["edge"], str) or not is_level_name(facts["edge"]):
        raise Malformed(reason="the header does not name an edge, epoch, sequence and n")
    epoch, sequence, n = numbers = (facts["epoch"], facts["sequence"], facts["n"])
    if not all(map(_is_count, numbers)) or n > MAX_COUNT:
        raise Malformed(reason="epoch, sequence and n must be whole numbers in range")
    return Header(facts["edge"], epoch, sequence, n, _gaps(facts.get("gaps", [])))


def _gaps(told: Any) -> tuple[Gap, ...]:
    if not isinstance(told, list) or len(told) > MOST_GAPS or not all(map(_is_gap, told)):
        raise Malformed(reason="what was given up is not understood")
    return tuple(Gap(*gap) for gap in told)


def _is_gap(told: Any) -> bool:
    if not isinstance(told, list) or tuple(map(type, told)) != _GAP_KINDS:
        return False
    gap = Gap(*told)
    return (
        gap.lane in LANES
        and gap.reason in REASONS
        and all(map(_is_count, [*gap[1:6], gap.epoch]))
        and gap.n < _MOST_GIVEN_UP
    )


def _is_count(number: Any) -> bool:
    return type(number) is int and 0 <= number < 2**63


def _inflate(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(packed, MAX_BODY)
    except zlib.error as error:
        raise Malformed(reason="the columns can't be unpacked") from error
    if not unpacking.eof or unpacking.unused_data:
        raise Malformed(reason="the columns end early, go on too long, or are too large")
    return body
