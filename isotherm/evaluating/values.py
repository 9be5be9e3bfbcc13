"""Values and qualities as loggers write them: texts go in, °C and OPC's quality byte come out.

Of all the texts of a file few are of different kinds, so what is no plain number is looked at once a kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import nan

import numpy as np
import numpy.typing as npt
import polars as pl

from isotherm.evaluating.header import Unit
from models.columns import Qualities, Values
from telemetry.quality import Quality

_NUMBER = re.compile(
    r"([<>≤≥]=?\s?)?([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)\s?(?:(°\s?c|℃|c|deg ?c)|(°\s?f|℉|f|deg ?f)|(k))?",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"[-–—._*#?/+\s]*|[+-]?(nan|inf|infinity|ol|ofl|ufl)|n/?a|#n/a|null|none|nil|over|under|overload|overrange|"
    r"e?rr?(or)?[ _-]?\d*|fault|open|short|fail(ed|ure)?|bad|invalid|no ?data|missing|lost|offline|disconnected|off|"
    r"no (probe|sensor|signal|reading)|(probe|sensor)[ _-](error|fault|fail(ure)?|open|short|lost)|"
    r"异常|故障|无|无数据|无信号|离线|断线|断开|缺失|超限|超量程|传感器故障|探头故障|通讯故障|通信故障",
    re.IGNORECASE,
)
_QUALITIES = (
    (Quality.GOOD, ("good", "ok", "valid", "normal", "0xc0", "正常", "良好", "有效", "gut", "g")),
    (Quality.UNCERTAIN, ("uncertain", "suspect", "questionable", "doubtful", "可疑", "不确定", "u")),
    (Quality.BAD, ("bad", "error", "invalid", "fault", "fail", "failed", "missing", "off", "offline", "异常", "故障",
                   "无效", "坏", "b")),
)  # fmt: skip
_READ, _UNREAD, _BEYOND = range(3)
_UA_CODES = 256  # OPC UA's status codes begin above the byte: 0x40000000 uncertain, 0x80000000 bad


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values in °C; NaN where the device says that it has none, and where nothing could be made of the text."""

    celsius: Values
    unread: npt.NDArray[np.bool_]
    beyond: npt.NDArray[np.bool_]  # written as `<-40`: the end of the logger's range, the true value is farther out


def numbers(texts: pl.Series, unit: Unit) -> Numbers:
    """Of texts without space around them; nothing, and what stands for no value, is a reading without a value."""
    plain = texts.cast(pl.Float64, strict=False)
    found = to_celsius(plain.fill_null(nan).to_numpy(), unit)
    unread, beyond = np.zeros((2, len(texts)), dtype=bool)
    rows = np.flatnonzero((plain.is_null() & texts.is_not_null()).to_numpy())
    if len(rows):
        told = of_each_kind(texts[rows], lambda text: _number(text, unit))
        found[rows], unread[rows], beyond[rows] = told[:, 0], told[:, 1] == _UNREAD, told[:, 1] == _BEYOND
    found[~np.isfinite(found)] = nan
    return Numbers(found, unread, beyond)


def to_celsius(value: Values, unit: Unit) -> Values:
    """Exact to a millionth of a degree: a limit in °F means what it says."""
    if unit is Unit.FAHRENHEIT:
        return ((value - 32) / 1.8).round(6)
    return (value - 273.15).round(6) if unit is Unit.KELVIN else value.copy()


def qualities(texts: pl.Series) -> tuple[Qualities, npt.NDArray[np.bool_]]:
    """Quality bytes, and which texts are no quality that is known: their values are taken as uncertain."""
    told = of_each_kind(texts, _quality)
    return told[:, 0].astype(np.uint8), told[:, 1] > 0


def of_each_kind(texts: pl.Series, told: Callable[[str | None], tuple[float, float]]) -> npt.NDArray[np.float64]:
    """What a function says of each text, f64[n, 2]; it is asked once for texts that are alike."""
    kinds = texts.unique(maintain_order=True)
    answers = np.array([told(kind) for kind in kinds.to_list()], dtype=np.float64).reshape(-1, 2)
    if len(kinds) == 1:
        return np.repeat(answers, len(texts), axis=0)
    table = pl.DataFrame({"kind": kinds, "row": np.arange(len(kinds))})
    found = pl.DataFrame({"kind": texts}).join(table, on="kind", how="left", maintain_order="left", nulls_equal=True)
    rows: npt.NDArray[np.float64] = answers[found["row"].to_numpy()]
    return rows


def _number(text: str | None, unit: Unit) -> tuple[float, float]:
    """A value in °C, and whether it could be read and is one."""
    bare = re.sub(r"[\u2212\u2013](?=[\d.,])", "-", text or "").replace("\u00a0", " ").strip(" '\"")
    if _NOTHING.fullmatch(bare):
        return nan, _READ
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return nan, _UNREAD
    end, digits, celsius, fahrenheit, kelvin = found.groups()
    own = Unit.CELSIUS if celsius else Unit.FAHRENHEIT if fahrenheit else Unit.KELVIN if kelvin else unit
    return float(to_celsius(np.array([float(digits.replace(",", "."))]), own)[0]), _BEYOND if end else _READ


@lru_cache(maxsize=1024)
def _quality(text: str | None) -> tuple[float, float]:
    word = (text or "").strip().lower()
    if not word:
        return Quality.GOOD, 0
    for quality, words in _QUALITIES:
        if word in words:
            return quality, 0
    number = _whole_number(word)
    if number is None or number < 0 or number >= 1 << 32:
        return Quality.UNCERTAIN, 1
    if number < _UA_CODES:
        return number, 0
    return (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD)[number >> 30], 0


def _whole_number(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    found = re.fullmatch(r"0x([0-9a-f]{1,8})|(\d+)\.0+", word)
    return None if found is None else int(found[1], 16) if found[1] else int(found[2])
