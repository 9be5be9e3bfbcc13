"""A logger's CSV file in, its readings in order of time out, with every line that could not be read.

The header names a time and a value (in English or Chinese, `Temperature(°C)` and the like); without one the first two
columns are taken. A time without offset is the plant's own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from itertools import islice
from math import isfinite

import numpy as np

from telemetry.clock import to_us
from telemetry.errors import Invalid

_TIME = re.compile(r"time|date|时间|日期", re.IGNORECASE)
_VALUE = re.compile(r"value|temp|°c|℃|celsius|温度|数值", re.IGNORECASE)
_FORMS = (
    ("%Y-%m-%d %H:%M:%S", "ymd"),
    ("%Y-%m-%d %H:%M", "ymd"),
    ("%Y/%m/%d %H:%M:%S", "ymd"),
    ("%Y/%m/%d %H:%M", "ymd"),
    ("%d/%m/%Y %H:%M:%S", "dmy"),
    ("%d/%m/%Y %H:%M", "dmy"),
    ("%m/%d/%Y %H:%M:%S", "mdy"),
    ("%m/%d/%Y %H:%M", "mdy"),
    ("%d.%m.%Y %H:%M:%S", "dmy"),
    ("%d.%m.%Y %H:%M", "dmy"),
)
_LONGEST_TEXT = 120


class LoggerUnreadable(Invalid):
    """No line of this file could be read as a time and a temperature."""


class LoggerDatesAmbiguous(Invalid):
    """Nothing in this file tells day from month: export it with dates as 2026-01-31."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be read."""

    line: int  # of the file, from 1
    text: str


@dataclass(frozen=True, slots=True)
class LoggerFile:
    """What a file holds. Bytes as `mapping_series` keeps them; of one moment the first line counts."""

    sha256: str
    time_us: bytes
    value: bytes
    readings: int
    unread: tuple[Unread, ...]


def read_logger(content: bytes, zone: tzinfo) -> LoggerFile:
    """Read a logger's file. Raises LoggerUnreadable, LoggerDatesAmbiguous."""
    lines = _text(content).splitlines()
    rows = list(csv.reader(lines, delimiter=_delimiter(lines)))
    at, first = _columns(rows)
    asked = [(n, row) for n, row in enumerate(rows, 1) if n > first and any(cell.strip() for cell in row)]
    moment = _moments(zone, (row[at[0]] for _, row in asked if len(row) > max(at)))
    found: dict[int, float] = {}
    unread: list[Unread] = []
    for n, row in asked:
        read = _reading(row, at, moment)
        if read is None:
            unread.append(Unread(n, lines[n - 1][:_LONGEST_TEXT] if n <= len(lines) else ""))
        else:
            found.setdefault(*read)
    if not found:
        raise LoggerUnreadable(lines=len(asked))
    times = sorted(found)
    return LoggerFile(
        sha256=sha256(content).hexdigest(),
        time_us=np.array(times, dtype="<i8").tobytes(),
        value=np.array([found[t] for t in times], dtype="<f8").tobytes(),
        readings=len(times),
        unread=tuple(unread),
    )


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one
    return content.decode("latin-1")


def _delimiter(lines: Sequence[str]) -> str:
    head = "\n".join(lines[:20])
    return max(",;\t", key=lambda each: (head.count(each), each == ","))


def _columns(rows: Sequence[Sequence[str]]) -> tuple[tuple[int, int], int]:
    """Places of time and value, and the line of the header (0: there is none)."""
    for n, row in enumerate(rows[:50], 1):
        times = [k for k, cell in enumerate(row) if _TIME.search(cell)]
        values = [k for k, cell in enumerate(row) if _VALUE.search(cell) and k not in times[:1]]
        if times and values:
            return (times[0], values[0]), n
    return (0, 1), 0


def _moments(zone: tzinfo, texts: Iterable[str]) -> Callable[[str], int | None]:
    """How this file writes moments: the one form of dates in which most of its lines can be read."""
    sample = [text.strip() for text in islice(texts, 2000)]
    read = {"ymd": sum(_plain(text, "ymd") is not None for text in sample), "dmy": 0, "mdy": 0}
    if read["ymd"] < len(sample):
        read |= {order: sum(_plain(text, order) is not None for text in sample) for order in ("dmy", "mdy")}
    if read["dmy"] and read["dmy"] == read["mdy"] and read["dmy"] > read["ymd"]:
        raise LoggerDatesAmbiguous(example=sample[0])
    order = max(read, key=lambda each: read[each])

    def moment(text: str) -> int | None:
        at = _plain(text.strip(), order)
        if at is None:
            return None
        aware = at if at.tzinfo else at.replace(tzinfo=zone)
        return to_us(aware.astimezone(UTC))

    return moment


def _plain(text: str, order: str) -> datetime | None:
    if order == "ymd":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # not ISO 8601: the other forms
    for form, of in _FORMS:
        if of == order:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007
            except ValueError:
                continue  # the next form
    return None


def _reading(row: Sequence[str], at: tuple[int, int], moment: Callable[[str], int | None]) -> tuple[int, float] | None:
    if len(row) <= max(at):
        return None
    time_us, value = moment(row[at[0]]), _number(row[at[1]])
    return None if time_us is None or value is None else (time_us, value)


def _number(text: str) -> float | None:
    cleaned = re.sub(r"\s*(°C|℃|C)\s*$", "", text.strip(), flags=re.IGNORECASE).replace(",", ".")
    try:
        value = float(cleaned)
    except ValueError:
        return None
    return value if isfinite(value) and abs(value) < 300 else None
