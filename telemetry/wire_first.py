"""The first wire format, `IRB1`, read only: buffers of older edges still hold it.

4 bytes   b"IRB1"
4 bytes   CRC-32 of all that follows, big-endian
2 bytes   length of the header, big-endian
header    JSON: edge, epoch, sequence, n
body      zlib: 2 bytes + point names, one a line, then the columns, little-endian, times as differences,
          columns of 8 bytes shuffled
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from itertools import accumulate

from telemetry.batch import Batch
from telemetry.wire_columns import Malformed, from_bytes, plus, unshuffle, wrapped

_LENGTH = struct.Struct(">H")


def read_first(body: bytes, n: int, names: Callable[[bytes], tuple[str, ...]]) -> Batch:
    """The batch in an unpacked body. Raises Malformed."""
    names_end = 2 + _LENGTH.unpack_from(body.ljust(2, b"\0"))[0]
    points = names(body[2:names_end])
    if len(body) != names_end + n * (2 + 8 + 8 + 8 + 1):
        raise Malformed(reason="columns do not have the announced length", n=n)
    columns = body[names_end:]
    point = from_bytes("H", columns[: 2 * n])
    if n and max(point) >= len(points):
        raise Malformed(reason="a reading's point is not among the names")
    a, b, c = 2 * n, 10 * n, 18 * n
    device = _running_sums(from_bytes("q", unshuffle(columns[a:b], 8)))
    received = plus(device, from_bytes("q", unshuffle(columns[b:c], 8)))
    value = from_bytes("d", unshuffle(columns[c : 26 * n], 8))
    return Batch(points, point, device, received, value, from_bytes("B", columns[26 * n :]))


def _running_sums(steps: array[int]) -> array[int]:
    try:
        return array("q", accumulate(steps))
    except OverflowError:
        return array("q", accumulate(steps, lambda a, b: wrapped(a + b)))
