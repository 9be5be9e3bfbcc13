"""Line by line from texts to readings: what could be read of a chunk, and why the rest could not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from isotherm.evaluating.header import Layout, ValueColumn
from isotherm.evaluating.lines import BEYOND, columns_of, texts_of
from isotherm.evaluating.moments import Read, Writing
from isotherm.evaluating.source import Source
from isotherm.evaluating.values import numbers, of_each_kind, qualities
from models.columns import Qualities, Values
from telemetry.quality import Quality, is_bad

Mask = npt.NDArray[np.bool_]
_SPACE = " \t\r\u00a0\ufeff'\""
_BAD = np.array([is_bad(quality) for quality in range(256)])
_SHOWN = 200  # letters of a line


class Reason(StrEnum):
    """Why a line, or a value of it, was not taken."""

    NO_TIME = "no time"
    TIME = "the time can't be read"
    BEYOND = "more fields than the header names"
    VALUE = "the value can't be read"
    NO_OFFSET = "the time says no offset, others do: --tz decides"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line of which nothing, or not all, was taken."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """Readings in the order of their lines."""

    line: npt.NDArray[np.int32]
    point: npt.NDArray[np.int32]
    time: Read
    celsius: Values  # NaN where the quality is bad
    quality: Qualities


@dataclass(slots=True)
class Intake:
    """What has been found out about a file while it is read."""

    source: Source
    layout: Layout
    writing: Writing
    names: dict[str | None, int] = field(default_factory=dict)  # of points, and their numbers
    unreadable: list[Unreadable] = field(default_factory=list)
    lines: int = 0  # behind the header, blank ones not counted
    blank: int = 0
    unknown_qualities: int = 0
    beyond_range: int = 0

    def parts(self) -> Iterator[Part]:
        """The readings of the file, some at a time; the next lines are split while these are read."""
        chunks = self._behind_header()
        with ThreadPoolExecutor(1) as beside:
            ahead = beside.submit(self._split, chunks)
            while (found := ahead.result()) is not None:
                ahead = beside.submit(self._split, chunks)
                yield from self._taken(*found)

    def _behind_header(self) -> Iterator[tuple[int, bytes]]:
        """The number of a chunk's first line, and the chunk."""
        line = 1
        for whole in self.source.chunks():
            chunk = whole
            while line <= self.layout.line and chunk:
                chunk = chunk[chunk.find(b"\n") + 1 or len(chunk) :]
                line += 1
            if chunk:
                yield line, chunk
                line += chunk.count(b"\n")

    def _split(self, chunks: Iterator[tuple[int, bytes]]) -> tuple[int, bytes, pl.DataFrame] | None:
        line, chunk = next(chunks, (0, b""))
        return (line, chunk, columns_of(chunk, self.layout.separator, len(self.layout.names))) if chunk else None

    def refuse(self, lines: list[int], reason: Reason) -> None:
        """Lines that were read, and are not taken after all."""
        wanted, line = set(lines), 1
        for chunk in self.source.chunks():
            for number, text in enumerate(texts_of(chunk), line):
                if number in wanted:
                    self.unreadable.append(Unreadable(number, text.strip(_SPACE)[:_SHOWN], reason))
            line += chunk.count(b"\n")

    def _taken(self, first_line: int, chunk: bytes, frame: pl.DataFrame) -> Iterator[Part]:
        layout = self.layout
        line = np.arange(first_line, first_line + frame.height, dtype=np.int32)
        texts = _texts(frame, layout.time)
        if layout.date is not None:
            texts = pl.select(_texts(frame, layout.date) + " " + texts).to_series()
        time = self.writing.read(texts)
        refused = np.full(frame.height, "", dtype=object)
        refused[_beyond(frame, len(layout.names))] = Reason.BEYOND
        refused[time.unread] = Reason.TIME
        if time.unread.any():
            refused[_is_empty(texts)] = Reason.NO_TIME
        quality, unknown = self._quality(frame)
        kept = refused == ""
        for column in layout.values:
            found = numbers(_texts(frame, column.index), column.unit)
            rows = np.flatnonzero(kept & ~found.unread)
            which = "" if len(layout.values) == 1 else f": {column.name}"
            refused[kept & found.unread] = f"{Reason.VALUE}{which}"
            point = self._points(frame, column)[rows]
            self.unknown_qualities += int(unknown[rows].sum())
            bad, beyond = _BAD[quality[rows]], found.beyond[rows]
            self.beyond_range += int((beyond & ~bad).sum())
            value = np.where(bad, np.nan, found.celsius[rows])
            worth = np.where(np.isnan(value) & ~bad, np.uint8(Quality.BAD), quality[rows])
            worth[beyond & ~bad] = Quality.UNCERTAIN_SENSOR
            read = Read(time.local_us[rows], time.other_us[rows], time.offset_us[rows])
            yield Part(line[rows], point, read, value, worth)
        self._account(chunk, line, refused)

    def _quality(self, frame: pl.DataFrame) -> tuple[Qualities, Mask]:
        if self.layout.quality is None:
            return np.full(frame.height, Quality.GOOD, dtype=np.uint8), np.zeros(frame.height, dtype=bool)
        return qualities(_texts(frame, self.layout.quality))

    def _points(self, frame: pl.DataFrame, column: ValueColumn) -> npt.NDArray[np.int32]:
        own = column.name if len(self.layout.values) > 1 else None
        if self.layout.point is None:
            return np.full(frame.height, self._number(own), dtype=np.int32)
        texts = _texts(frame, self.layout.point)
        told = of_each_kind(texts, lambda text: (self._number(" ".join(filter(None, (text, own))) or None), 0))
        return told[:, 0].astype(np.int32)

    def _number(self, name: str | None) -> int:
        return self.names.setdefault(name, len(self.names))

    def _account(self, chunk: bytes, line: npt.NDArray[np.int32], refused: npt.NDArray[np.object_]) -> None:
        rows = np.flatnonzero(refused != "").tolist()
        texts = texts_of(chunk) if rows else []
        blank = 0
        for row in rows:
            text = texts[row].strip(_SPACE)
            if text.strip(f"{self.layout.separator}{_SPACE}"):
                self.unreadable.append(Unreadable(int(line[row]), text[:_SHOWN], str(refused[row])))
            else:
                blank += 1
        self.blank += blank
        self.lines += len(line) - blank


def _texts(frame: pl.DataFrame, index: int) -> pl.Series:
    """A column without what stands around its texts."""
    return frame.to_series(index).str.strip_chars(_SPACE)


def _is_empty(texts: pl.Series) -> Mask:
    mask: Mask = texts.fill_null("").eq("").to_numpy()
    return mask


def _beyond(frame: pl.DataFrame, width: int) -> Mask:
    mask = np.zeros(frame.height, dtype=bool)
    for index in range(width, width + BEYOND):
        if frame.to_series(index).null_count() < frame.height:
            mask |= ~_is_empty(_texts(frame, index))
    return mask
