"""Which line of a file names its columns, what separates them, and which of them say when, what and where.

`time`, `value`, `point` and `quality` are taken by these names; beside them the names that common loggers write, in
English, Chinese and a few more languages. What stands before the header is the logger's own talk.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from telemetry.errors import Invalid

SEPARATORS = (",", ";", "\t", "|")

_TIMES = (
    "time", "timestamp", "datetime", "date time", "time stamp", "date and time", "recorded at", "measured at",
    "record time", "log time", "logtime", "device time", "sample time", "reading time", "local time", "utc time", "ts",
    "utc", "epoch", "unix", "unix time", "timestamp ms", "timestamp s", "time ms", "time utc", "timestamp utc",
    "datetime utc", "date time utc", "_time",
    "时间", "日期时间", "记录时间", "采集时间", "测量时间", "监测时间", "检测时间", "上传时间", "数据时间", "时间戳",
    "zeit", "zeitstempel", "datum zeit", "datum uhrzeit", "date heure", "horodatage", "fecha hora", "fecha y hora",
    "data ora", "data hora",
)  # fmt: skip
_DATES = ("date", "日期", "记录日期", "datum", "fecha", "data", "date local", "day")
_CLOCKS = ("time", "clock", "时间", "时刻", "zeit", "uhrzeit", "hora", "ora", "heure", "time of day")
_POINTS = (
    "point", "测点", "测点名称", "监测点", "点位", "point name", "probe", "sensor", "sensor name", "sensor id",
    "channel", "location", "探头", "探头名称", "位置", "测点编号", "device", "device id", "device name", "设备",
    "设备名称", "设备编号", "logger", "logger id", "logger name", "messstelle", "fühler",
)  # fmt: skip
_QUALITIES = ("quality", "opc quality", "质量", "质量码", "数据质量")
_VALUES = ("value", "测量值", "数值", "值", "reading", "measurement", "wert", "messwert")
_TEMPERATURE = re.compile(r"temp|温度|celsius|fahrenheit|température|kelvin|^t$")
_PLAIN = re.compile(
    r"(temp|temperature|temperatur|température|temperatura|温度|温度值|celsius|fahrenheit|kelvin|t)( ?\d+)?"
)
_NO_READING = re.compile(
    r"alarm|limit|high|low|min|max|mean|avg|average|set|dew|mkt|humid|rh|feucht|status|unit|duration|"
    r"上限|下限|报警|露点|设定|最高|最低|平均|湿度|状态|单位"
)
_UNIT = re.compile(r"°\s?[cfk]\b|[℃℉]|\bdeg ?[cf]\b|[\[(（]\s?[cfk]\s?[\])）]|[_ ][cf]$", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|（[^）]*）|【[^】]*】")


class ColumnsUnknown(Invalid):
    """No line names a column of times and one of values. Name them `time` and `value` in the header."""


class Unit(StrEnum):
    """What values are in; they are judged in °C."""

    CELSIUS = "Cel"
    FAHRENHEIT = "[degF]"
    KELVIN = "K"


@dataclass(frozen=True, slots=True)
class ValueColumn:
    index: int
    name: str  # as the file writes it
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand in a line."""

    line: int  # of the header, from 1
    separator: str
    names: tuple[str, ...]
    date: int | None  # where date and time of day stand apart
    time: int
    values: tuple[ValueColumn, ...]  # several: each is a point of its own
    point: int | None
    quality: int | None

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of the columns that are not looked at."""
        used = {self.date, self.time, self.point, self.quality, *(v.index for v in self.values)}
        return tuple(name for index, name in enumerate(self.names) if index not in used and name)


def split(line: str, separator: str) -> list[str]:
    """The fields of one line. A quotation mark that is never closed ends with the line."""
    return next(csv.reader([line.rstrip("\r\n").replace("\r", " ").replace("\x00", "")], delimiter=separator), [])


def layout_of(lines: Sequence[str], file: str, *, every: bool = False) -> Layout:
    """From the first lines of a file; with `every` each column that is nothing else holds values, whatever they are of.

    Raises ColumnsUnknown.
    """
    for number, line in enumerate(lines[:1000], 1):
        found = max(_layouts(number, line, every), key=lambda layout: len(layout.names), default=None)
        if found and _is_followed(found, lines[number : number + 8]):
            return found
    shown = next((line for line in lines if line.strip()), "")
    raise ColumnsUnknown(file=file, first_line=shown[:200])


def _layouts(number: int, line: str, every: bool) -> Iterator[Layout]:
    for separator in SEPARATORS:
        names = [name.strip().lstrip("\ufeff") for name in split(line, separator)]
        while names and not names[-1]:
            names.pop()  # a separator at a line's end names nothing
        if len(names) >= 2 and (found := _layout(number, separator, names, every)):
            yield found


def _is_followed(layout: Layout, lines: Iterable[str]) -> bool:
    """Whether a time stands in one of the next lines, or nothing follows at all."""
    rows = [split(line, layout.separator) for line in lines if line.strip()]
    return not rows or any(len(row) > layout.time and re.search(r"\d", row[layout.time]) for row in rows)


def _layout(number: int, separator: str, names: list[str], every: bool) -> Layout | None:
    keys = [_key(name) for name in names]
    date = _first(keys, _DATES)
    clock = _first(keys, _CLOCKS) if date is not None else None
    time = clock if clock is not None else _first(keys, _TIMES)
    if time is None:
        time, date = date, None
    date = date if clock is not None else None
    point, quality = _first(keys, _POINTS), _first(keys, _QUALITIES)
    values = _others(names, {date, time, point, quality}) if every else _values(names, keys)
    if time is None or not values:
        return None
    return Layout(
        line=number,
        separator=separator,
        names=tuple(names),
        date=date,
        time=time,
        values=values,
        point=point,
        quality=quality,
    )


def is_temperature(name: str) -> bool:
    """Whether a column's name says that it holds temperatures."""
    return _is_temperature(name, _key(name)) or _may_be_temperature(name, _key(name))


def _others(names: Sequence[str], taken: set[int | None]) -> tuple[ValueColumn, ...]:
    """Every column that has a name and is not taken. A unit is one of temperature only where the name says so."""
    return tuple(
        ValueColumn(index, name, _unit(name) if is_temperature(name) else Unit.CELSIUS)
        for index, name in enumerate(names)
        if name and index not in taken
    )


def _key(name: str) -> str:
    bare = _BRACKETS.sub(" ", _UNIT.sub(" ", name.lower()))
    return " ".join(re.sub(r"[_\-./:#]", " ", bare).split())


def _first(keys: Sequence[str], known: Sequence[str]) -> int | None:
    return next((keys.index(name) for name in known if name in keys), None)


def _values(names: Sequence[str], keys: Sequence[str]) -> tuple[ValueColumn, ...]:
    """The columns of the clearest kind: `value`; else temperatures; else whatever has a unit of temperature."""
    for kind in (_is_value, _is_temperature, _may_be_temperature):
        found = tuple(
            ValueColumn(index, name, _unit(name))
            for index, (name, key) in enumerate(zip(names, keys, strict=True))
            if kind(name, key)
        )
        if found:
            return found[:1] if kind is _is_value else found
    return ()


def _is_value(_name: str, key: str) -> bool:
    return key in _VALUES


def _is_temperature(_name: str, key: str) -> bool:
    return bool(_PLAIN.fullmatch(key))


def _may_be_temperature(name: str, key: str) -> bool:
    return bool(_TEMPERATURE.search(key) or _UNIT.search(name)) and not _NO_READING.search(key)


def _unit(name: str) -> Unit:
    lower = name.lower()
    if "fahrenheit" in lower or re.search(r"°\s?f\b|℉|\bdegf\b|deg f\b|[\[(（]\s?f\s?[\])）]|[_ ]f$", lower):
        return Unit.FAHRENHEIT
    if "kelvin" in lower or re.search(r"[\[(（]\s?k\s?[\])）]|°\s?k\b", lower):
        return Unit.KELVIN
    return Unit.CELSIUS
