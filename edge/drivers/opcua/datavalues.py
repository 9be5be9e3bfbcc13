"""DataValues as a server sends them, to columns: runs of numbers of one layout at once, anything else by asyncua.

Encoding: OPC 10000-6, 5.2.2.16 and 5.2.2.17. The picoseconds stand behind their own time stamp, as the standard has it;
asyncua 2.1 looks for them elsewhere, so only a value that is no plain number is left to it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from math import isfinite, nan
from struct import Struct, error
from typing import Any, NamedTuple

from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import variant_from_binary
from asyncua.ua.uaerrors import UaError

from edge.drivers.opcua.decode import NO_TIME_US, judged
from edge.drivers.opcua.quality import quality_of
from telemetry.errors import Unavailable
from telemetry.quality import Quality, is_bad

_VALUE, _STATUS, _SOURCE, _SERVER, _SOURCE_PICO, _SERVER_PICO = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_TAIL = (
    (_STATUS, "status", "I"),
    (_SOURCE, "source", "q"),
    (_SOURCE_PICO, "pico", "H"),
    (_SERVER, "server", "q"),
    (_SERVER_PICO, "pico", "H"),
)
_NUMBERS = ("", "?", "b", "B", "h", "H", "i", "I", "q", "Q", "f", "d")
"""By built-in type: Null, Boolean, SByte, Byte, Int16, ... Double; how `struct` writes each."""
_FLOAT = 10
"""Types from here on may hold what is no number: NaN or infinity."""
_ARRAY_OF_NULLS = 0x80
_LATEST_US = 253_402_300_799_000_000  # 9999-12-31T23:59:59, OPC UA's latest time
_TICKS_LATEST = 10 * (_LATEST_US - NO_TIME_US)
_WINDOW = 8

BROKEN = (error, UaError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading damaged bytes may end in, here and in asyncua."""


class Undecodable(Unavailable):
    """The server has sent what can't be read."""


@dataclass(slots=True)
class Columns:
    """Readings of one message, in its order; `handle` says which item, or the place where items have no handle."""

    handle: list[int] = field(default_factory=list)
    device_us: array[int] = field(default_factory=lambda: array("q"))
    value: array[float] = field(default_factory=lambda: array("d"))
    quality: array[int] = field(default_factory=lambda: array("B"))
    status: dict[int, int] = field(default_factory=dict)  # place, and the status code where it is not plain good

    def __len__(self) -> int:
        return len(self.handle)

    def add(self, handle: int, device_us: int, value: float, quality: int, status: int = 0) -> None:
        """Append one reading."""
        if status:
            self.status[len(self.handle)] = status
        self.handle.append(handle)
        self.device_us.append(device_us)
        self.value.append(value)
        self.quality.append(quality)


class _Layout(NamedTuple):
    """How one value stands in the message; places are those in the unpacked tuple, -1 where there is none."""

    row: Struct
    mask: bytes
    kind: bytes  # of the variant; empty where there is no value
    lead: int  # bytes before the mask
    value: int
    status: int
    source: int
    server: int
    may_be_nan: bool


@cache
def _layout(mask: int, kind: int, keyed: bool) -> _Layout | None:
    """The layout of a mask and a variant's type byte; None where it is no plain number."""
    if mask & _VALUE and kind >= len(_NUMBERS):
        return None
    has_value = bool(mask & _VALUE)
    fields = [("handle", "I")] if keyed else []
    fields += [("mask", "B")]
    fields += [("kind", "B"), *([("value", _NUMBERS[kind])] if kind else [])] if has_value else []
    fields += [(name, sign) for bit, name, sign in _TAIL if mask & bit]
    names = [name for name, _ in fields]
    value, status, source, server = (
        names.index(name) if name in names else -1 for name in ("value", "status", "source", "server")
    )
    row = Struct("<" + "".join(sign for _, sign in fields))
    may_be_nan = has_value and kind >= _FLOAT
    return _Layout(row, bytes([mask]), bytes([kind] * has_value), 4 * keyed, value, status, source, server, may_be_nan)


def read_values(data: bytes, at: int, count: int, keyed: bool, received_us: int) -> tuple[Columns, int]:
    """So many values from `at` on, and where they end. With `keyed` each stands behind its item's handle.

    Raises one of BROKEN where the bytes are none.
    """
    columns = Columns()
    while (left := count - len(columns)) > 0:
        mask, kind = data[at + 4 * keyed], data[at + 4 * keyed + 1] if data[at + 4 * keyed] & _VALUE else 0
        layout = _layout(mask, kind, keyed)
        if layout is None:
            at = _read_odd(data, at, keyed, received_us, columns)
            continue
        n = _run(data, at, layout, left)
        end = at + n * layout.row.size
        if n == 1:
            _take_one(columns, layout, layout.row.unpack_from(data, at), received_us)
            at = end
            continue
        if end > len(data):
            raise Undecodable(reason="a value is cut off")
        _take(columns, layout, list(zip(*layout.row.iter_unpack(data[at:end]), strict=True)), received_us)
        at = end
    return columns, at


def _run(data: bytes, at: int, layout: _Layout, left: int) -> int:
    """How many values from here on have this layout; looks in growing windows, so that mixed types cost little."""
    size, mask_at, n = layout.row.size, at + layout.lead, 1
    window = _WINDOW
    while n < left and data[mask_at + n * size : mask_at + n * size + 1] == layout.mask:
        until = mask_at + min(left, n + window) * size
        looked = len(range(mask_at + n * size, until, size))
        alike = _alike(data[mask_at + n * size : until : size], layout.mask)
        if layout.kind:
            alike = min(alike, _alike(data[mask_at + 1 + n * size : until : size], layout.kind))
        n += alike
        if alike < looked:
            break
        window *= 8
    return n


def _alike(some: bytes, one: bytes) -> int:
    """How many of the bytes are this one, from the first on."""
    return len(some) - len(some.lstrip(one))


def _take(columns: Columns, layout: _Layout, fields: list[tuple[Any, ...]], received_us: int) -> None:
    """A run into the columns; `fields` are the columns of its layout."""
    n, begin = len(fields[0]), len(columns)
    columns.handle += fields[0] if layout.lead else range(begin, begin + n)
    columns.device_us.extend(_times(layout, fields, n, received_us))
    statuses = fields[layout.status] if layout.status >= 0 else ()
    if layout.value < 0:
        told = [judged(None, status) for status in (statuses or repeat(0, n))]
    elif any(statuses) or (layout.may_be_nan and not all(map(isfinite, fields[layout.value]))):
        told = list(map(_judged_number, fields[layout.value], statuses or repeat(0)))
    else:
        columns.value.extend(array("d", fields[layout.value]))
        columns.quality.frombytes(bytes([Quality.GOOD]) * n)
        return
    columns.value.extend(value for value, _ in told)
    columns.quality.extend(quality for _, quality in told)
    columns.status.update((begin + i, status) for i, status in enumerate(statuses) if status)


def _take_one(columns: Columns, layout: _Layout, fields: tuple[Any, ...], received_us: int) -> None:
    """The same for a run of one, where columns cost more than they save."""
    status = fields[layout.status] if layout.status >= 0 else 0
    source = fields[layout.source] if layout.source >= 0 else 0
    server = fields[layout.server] if layout.server >= 0 else 0
    device_us = ticks_us(source, received_us) if source > 9 else ticks_us(server, received_us)
    number = fields[layout.value] if layout.value >= 0 else None
    value, quality = judged(None, status) if number is None else _judged_number(number, status)
    columns.add(fields[0] if layout.lead else len(columns), device_us, value, quality, status)


def _judged_number(number: float, status: int) -> tuple[float, int]:
    quality = quality_of(status) if status else Quality.GOOD
    if is_bad(quality):
        return nan, quality
    return (float(number), quality) if isfinite(number) else (nan, Quality.BAD_SENSOR_FAILURE)


def _times(layout: _Layout, fields: list[tuple[Any, ...]], n: int, received_us: int) -> list[int]:
    """The source's time of each, else the server's, else that of receipt."""
    source = fields[layout.source] if layout.source >= 0 else None
    if source is not None and min(source) > 9 and max(source) < _TICKS_LATEST:
        return [ticks // 10 + NO_TIME_US for ticks in source]
    server = fields[layout.server] if layout.server >= 0 else repeat(0, n)
    return [ticks_us(s, ticks_us(e, received_us)) for s, e in zip(source or repeat(0, n), server, strict=True)]


def ticks_us(ticks: int, otherwise_us: int) -> int:
    """OPC UA's 100 ns since 1601 as µs since 1970; the other time where it names none."""
    if ticks >= _TICKS_LATEST:
        return _LATEST_US
    return ticks // 10 + NO_TIME_US if ticks > 9 else otherwise_us


def _read_odd(data: bytes, at: int, keyed: bool, received_us: int, columns: Columns) -> int:
    """A value that is no plain number: asyncua reads what it is, so that we know where it ends."""
    handle = int.from_bytes(data[at : at + 4], "little") if keyed else len(columns)
    at += 4 * keyed
    mask = data[at]
    if data[at + 1] == _ARRAY_OF_NULLS:  # asyncua would make as many nothings as it says, billions perhaps
        raise Undecodable(reason="an array of nothing")
    buffer = Buffer(data, at + 1)
    raw = variant_from_binary(buffer)
    rest = _layout(mask & ~_VALUE, 0, False)
    assert rest is not None  # noqa: S101 - what has no value has a layout
    fields = rest.row.unpack_from(data, buffer.cur_pos - 1)
    status = fields[rest.status] if rest.status >= 0 else 0
    (device_us,) = _times(rest, [(each,) for each in fields], 1, received_us)
    columns.add(handle, device_us, *judged(raw.Value, status), status)
    return buffer.cur_pos - 1 + rest.row.size
