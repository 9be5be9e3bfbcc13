"""Times as loggers write them: texts go in, microseconds and the offset that was written beside them come out.

Which forms a file uses is found from its own texts, and found again where a text fits none of them. Where day and
month can't be told apart both readings are kept, until a later line decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from models.columns import SECOND_US, Moments

UNREAD = np.iinfo(np.int64).min
"""No moment could be read, or no offset is written."""

_EARLIEST_US, _LATEST_US = 315_532_800 * SECOND_US, 7_258_118_400 * SECOND_US  # 1980 to 2200
_DAY_US = 86_400 * SECOND_US
_MIDNIGHT = r"(^|\D)24:00(:00)?([^:\d]|$)"
_SAMPLE = 300
_SHAPES = 50
_SHORT = r"^\d{1,2}[-/]\d{1,2}[-/]\d{2}\b"
_TAIL = re.compile(r"(?:[.,](\d{1,9}))?\s?(Z|UTC|GMT|([+-])(\d{2}):?(\d{2})?)?(?:\[[\w/+-]+\])?", re.IGNORECASE)
_PARTS = dict.fromkeys(("%Y", "%y", "%m", "%d", "%H", "%M", "%S", "%I"), r"\s*[+-]?\d+") | {
    "%b": r"\w+\.?", "%p": r"\s*[AaPp][Mm]", "%.f": r"(\.\d+)?", "%#z": r".*", " ": r"\s*"}  # fmt: skip
_WIDTH = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%I": 2, "%p": 2, "%b": 3}
_EPOCH = ((1e8, 1e10, 1e6), (1e11, 1e13, 1e3), (1e14, 1e16, 1.0), (1e17, 1e19, 1e-3))  # from, below, µs a unit


class Dates(StrEnum):
    """Which of two numbers before a year is the day."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


_DATES = {
    Dates.YMD: ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%d/%b/%Y",
                "%d.%b.%Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y"),
    Dates.DMY: ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%y", "%d-%m-%y"),
    Dates.MDY: ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m.%d.%y", "%m/%d/%y", "%m-%d-%y"),
}  # fmt: skip
_SHORT_YEAR_FIRST = ("%y-%m-%d", "%y/%m/%d", "%y.%m.%d")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p", "%H时%M分%S秒", "%H时%M分",
           "%H.%M.%S", "%H%M%S", "%H%M")  # fmt: skip
_JOINS = ("T", " ", "", ", ", ".")


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a time."""

    head: str  # in strptime's words; empty: seconds (or less) since 1970
    width: int = 0  # of the head, where all its fields are padded; behind it stand fraction and offset
    swapped: str = ""  # the same with day and month in the other order

    @property
    def is_epoch(self) -> bool:
        return not self.head

    def fits(self, shape: str) -> bool:
        """Whether a text may be written so, as far as its shape tells (digits as 0)."""
        return _shape_of(self.head).fullmatch(shape) is not None


@dataclass(slots=True)
class Read:
    """Moments of some texts. `local_us` is UTC where an offset is known, else by the logger's own clock."""

    local_us: Moments
    other_us: Moments  # with day and month swapped; the same where there is no doubt
    offset_us: Moments  # UNREAD: none is written

    @classmethod
    def nothing(cls, n: int) -> Read:
        return cls(*(np.full(n, UNREAD) for _ in range(3)))

    @property
    def unread(self) -> npt.NDArray[np.bool_]:
        mask: npt.NDArray[np.bool_] = (self.local_us == UNREAD) & (self.other_us == UNREAD)
        return mask

    def put(self, rows: npt.NDArray[np.intp], read: Read) -> None:
        self.local_us[rows], self.other_us[rows] = read.local_us, read.other_us
        self.offset_us[rows] = read.offset_us


@dataclass(slots=True)
class Writing:
    """The forms that a file uses, as far as it has been read. `dates` decides where the file doesn't."""

    dates: Dates | None = None
    forms: list[Form] = field(default_factory=list)
    tries: int = 8  # for forms of texts that have none
    short_year: str = ""  # a date of three short numbers, of which nothing says which is the year

    def read(self, texts: pl.Series) -> Read:
        """Of texts without space around them; null reads as nothing."""
        found = Read.nothing(len(texts))
        for form in list(self.forms):
            self._fill(found, texts, form)
        while self.tries and found.unread.any():
            rows = np.flatnonzero(found.unread)
            sample = _plain(texts[rows[:: max(1, len(rows) // _SAMPLE)]])
            fitting = self._form_of(sample)
            if fitting is None or fitting in self.forms:
                self._note(sample)
                self.tries -= 1
                break
            self.forms.append(fitting)
            self._fill(found, texts, fitting)
        self._end_of_day(found, texts)
        return found

    def _end_of_day(self, found: Read, texts: pl.Series) -> None:
        """24:00 is 00:00 of the day that follows (ISO 8601-1, 5.3.1.2)."""
        rows = np.flatnonzero(found.unread)
        begun = texts[rows].str.replace(_MIDNIGHT, "${1}00:00${2}${3}")
        rows = rows[(begun != texts[rows]).fill_null(value=False).to_numpy()]
        if len(rows):
            read = self.read(texts[rows].str.replace(_MIDNIGHT, "${1}00:00${2}${3}"))
            for moments in (read.local_us, read.other_us):
                moments[moments != UNREAD] += _DAY_US
            found.put(rows, read)

    def _note(self, sample: pl.Series) -> None:
        short = sample.filter(sample.str.contains(_SHORT) & sample.is_not_null()) if self.dates is None else sample[:0]
        self.short_year = self.short_year or (short[0] if len(short) else "")

    def _fill(self, found: Read, texts: pl.Series, form: Form) -> None:
        if (found.local_us != UNREAD).any():
            rows = np.flatnonzero(found.unread)
            if len(rows):
                found.put(rows, read(_plain(texts[rows]), form))
        else:
            whole = read(texts, form)
            if (whole.unread).all():
                whole = read(_plain(texts), form)
            found.put(np.arange(len(texts)), whole)

    def _form_of(self, sample: pl.Series) -> Form | None:
        """The form that most of them have; of equally good ones the first."""
        best, most = None, 0
        shapes = sample.drop_nulls().str.replace_all(r"\d", "0").unique(maintain_order=True).head(_SHAPES).to_list()
        for form in _forms(self.dates):
            if not form.is_epoch and not any(map(form.fits, shapes)):
                continue
            n = int((~read(sample, form).unread).sum())
            if n > most:
                best, most = form, n
            if most == len(sample):
                break
        return best


def read(texts: pl.Series, form: Form) -> Read:
    """Texts by one form."""
    if form.is_epoch:
        return _since_1970(texts)
    found = Read.nothing(len(texts))
    if form.width:
        extra, offset = _behind(texts.str.slice(form.width))
        heads = texts.str.slice(0, form.width)
        found.local_us, found.other_us = _both(heads, form)
        for column in (found.local_us, found.other_us):
            known = (column != UNREAD) & (extra != UNREAD)
            column[:] = np.where(known, column + extra - np.where(offset == UNREAD, 0, offset), UNREAD)
        found.offset_us = np.where(found.unread, UNREAD, offset)
    else:
        found.local_us, found.other_us = _both(texts, form)
        if form.head.endswith("z"):
            found.offset_us[~found.unread] = 0  # polars has taken it off
    return found


def _both(texts: pl.Series, form: Form) -> tuple[Moments, Moments]:
    first = _parsed(texts, form.head)
    return first, _parsed(texts, form.swapped) if form.swapped else first.copy()


def _parsed(texts: pl.Series, form: str) -> Moments:
    moments = texts.str.to_datetime(form, strict=False, exact=True, time_unit="us").to_physical()
    return _sane(moments.fill_null(UNREAD).to_numpy().copy())


def _sane(moments: Moments) -> Moments:
    """A year that no logger has known is none: `26-01-02` is no day of the year 26."""
    return np.where((moments < _EARLIEST_US) | (moments > _LATEST_US), UNREAD, moments)


def _since_1970(texts: pl.Series) -> Read:
    number = texts.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    moments = np.full(len(number), UNREAD)
    for least, below, unit_us in _EPOCH:
        rows = (number >= least) & (number < below)
        moments[rows] = np.rint(number[rows] * unit_us).astype(np.int64)
    moments = _sane(moments)
    return Read(moments, moments.copy(), np.where(moments == UNREAD, UNREAD, 0))


def _behind(tails: pl.Series) -> tuple[Moments, Moments]:
    """Fraction and offset of each text; there are few kinds of what stands behind a time."""
    kinds = tails.unique()
    told = np.array([_tail(kind) for kind in kinds.to_list()], dtype=np.int64).reshape(-1, 2)
    if len(kinds) == 1:
        fraction, offset = np.repeat(told, len(tails), axis=0).T
        return fraction, offset
    table = pl.DataFrame({"tail": kinds, "fraction_us": told[:, 0], "offset_us": told[:, 1]})
    found = pl.DataFrame({"tail": tails}).join(table, on="tail", how="left", maintain_order="left", nulls_equal=True)
    return found["fraction_us"].to_numpy(), found["offset_us"].to_numpy()


@lru_cache(maxsize=4096)
def _tail(text: str | None) -> tuple[int, int]:
    """What stands behind a padded time: a fraction of a second, and an offset."""
    found = _TAIL.fullmatch(text) if text is not None else None
    if found is None:
        return UNREAD, UNREAD
    fraction, zone, sign, hours, minutes = found.groups()
    part_us = round(float(f"0.{fraction}") * SECOND_US) if fraction else 0
    if not zone:
        return part_us, UNREAD
    offset_s = (int(hours or 0) * 60 + int(minutes or 0)) * 60
    return part_us, (-offset_s if sign == "-" else offset_s) * SECOND_US


def _plain(texts: pl.Series) -> pl.Series:
    """Odd spaces as plain ones, and a Chinese morning or afternoon as AM or PM behind the clock."""
    plain = texts.str.replace_all(r"[\s\u00a0\u202f]+", " ").str.strip_chars(" '\"")
    plain = plain.str.replace(r"(?i)\b([ap])\. ?m\.?", "${1}m")
    for word, mark in (("上午", "AM"), ("下午", "PM")):
        plain = plain.str.replace(rf"{word} ?(\d[\d:]*)", f"${{1}} {mark}")
    return plain


@cache
def _forms(dates: Dates | None) -> tuple[Form, ...]:
    return (*_padded(dates), Form(""), *_unpadded(dates), *_days(dates))


def _padded(dates: Dates | None) -> Iterator[Form]:
    for date, swapped in _orders(dates):
        for join in _JOINS:
            for clock in _CLOCKS:
                head = date + join + clock
                if "%b" not in head:
                    yield Form(head, _width(head), swapped and swapped + join + clock)


def _unpadded(dates: Dates | None) -> Iterator[Form]:
    for date, swapped in _orders(dates):
        for join in _JOINS:
            for clock in _CLOCKS:
                for tail in ("", "%.f", "%#z", " %#z", "%.f%#z"):
                    yield Form(date + join + clock + tail, 0, swapped and swapped + join + clock + tail)


def _days(dates: Dates | None) -> Iterator[Form]:
    for date, swapped in _orders(dates):
        yield Form(date, 0, swapped)


def _orders(dates: Dates | None) -> Iterator[tuple[str, str]]:
    """Forms of a date, with the other order of day and month where neither form nor word decides."""
    yield from ((date, "") for date in _DATES[Dates.YMD])
    if dates is Dates.YMD:
        yield from ((date, "") for date in _SHORT_YEAR_FIRST)
    for date, other in zip(_DATES[Dates.DMY], _DATES[Dates.MDY], strict=True):
        if dates is not None:
            yield (other if dates is Dates.MDY else date), ""
        elif "." in date:
            yield date, ""  # with dots the day stands first
        elif "%Y" in date:
            yield date, other


@cache
def _shape_of(head: str) -> re.Pattern[str]:
    """What strptime may read by these words, and more."""
    parts = re.findall(r"%\.f|%#z|%.|\s|.", head)
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in parts) + ".*", re.DOTALL)


def _width(head: str) -> int:
    return sum(_WIDTH.get(part, len(part)) for part in re.findall(r"%.|[^%]+", head))
