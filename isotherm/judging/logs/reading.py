"""From a log with a time and any number of signals to one table a machine; every line that was not taken is accounted.

Letters, separators, times and numbers are read as `isotherm evaluate` reads them. Which columns are signals is found
from the first lines: a column without a number, a row's number and a label are none, and said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from isotherm.evaluating.header import ColumnsUnknown, Layout, ValueColumn, is_temperature, layout_of, split
from isotherm.evaluating.moments import Dates
from isotherm.evaluating.reading import Account, OffsetMissing, Readings, read_file
from isotherm.evaluating.source import Source
from isotherm.evaluating.values import numbers
from models.columns import Moments

_COUNTERS = ("index", "no", "no.", "nr", "id", "row", "record", "#", "序号", "编号", "记录号", "unnamed: 0")
_LABEL = re.compile(r"(is[ _])?(anomaly|fault|label|change ?point)([ _]label)?|.*ground truth|machine failure")
_STATES = ("status", "state", "状态", "device status", "设备状态")


@dataclass(frozen=True, slots=True)
class MachineLog:
    """One machine: moments in order, each once, and its signals; NaN where one has no value."""

    name: str
    signals: tuple[str, ...]
    time_us: Moments
    x: npt.NDArray[np.float64]  # (T, K)

    @property
    def time_s(self) -> npt.NDArray[np.float64]:
        return self.time_us / 1e6

    def only(self, signals: Sequence[str]) -> MachineLog:
        """With these of its signals."""
        return replace(self, signals=tuple(signals), x=self.x[:, [self.signals.index(each) for each in signals]])

    @property
    def moving(self) -> tuple[str, ...]:
        """Signals that ever change."""
        values = (column[np.isfinite(column)] for column in self.x.T)
        return tuple(name for name, known in zip(self.signals, values, strict=True) if len(known) and np.ptp(known) > 0)

    @property
    def is_one_temperature(self) -> bool:
        """Whether this may be a room: a single signal whose name is one of temperature, or says nothing."""
        return len(self.signals) == 1 and (is_temperature(self.signals[0]) or self.signals[0].lower() == "value")


@dataclass(frozen=True, slots=True)
class Log:
    """All of a file."""

    machines: tuple[MachineLog, ...]
    account: Account
    encoding: str
    layout: Layout
    left_out: dict[str, str]  # columns that are no signals, and why
    zone_assumed: bool = False  # no time says an offset and nobody named a zone: taken as UTC


def read_log(file: Path, *, encoding: str | None, zone: tzinfo | None, dates: Dates | None) -> Log:
    """Raises ColumnsUnknown and what `read_file` raises."""
    source = Source.of(file, encoding)
    head = source.head()
    whole = layout_of(head, source.name, every=True)
    left_out = {column.name: why for column in whole.values if (why := _no_signal(column, whole, head))}
    kept = [column for column in whole.values if column.name not in left_out]
    if not kept:
        raise ColumnsUnknown(file=source.name, columns=", ".join(whole.names), reason="no column holds numbers")
    layout = replace(whole, values=_apart(kept), quality=whole.quality or _state(whole, kept, left_out))
    try:
        readings, assumed = read_file(source, zone=zone, dates=dates, layout=layout), False
    except OffsetMissing:  # how far apart times are is known without it; that it was assumed is told
        readings, assumed = read_file(source, zone=UTC, dates=dates, layout=layout), True
    return Log(tuple(_machines(readings)), readings.account, readings.encoding, layout, left_out, assumed)


def _no_signal(column: ValueColumn, layout: Layout, head: Sequence[str]) -> str:
    """Why this column is no signal; empty: it is one."""
    name = column.name.strip().lower()
    if name in _COUNTERS:
        return "numbers of rows"
    if _LABEL.fullmatch(name):
        return "a label: what is judged never sees it"
    rows = [split(line, layout.separator) for line in head[layout.line : -1] or head[layout.line :] if line.strip()]
    texts = pl.Series([row[column.index].strip() if column.index < len(row) else None for row in rows], dtype=pl.String)
    return "" if np.isfinite(numbers(texts, column.unit).celsius).any() else "no numbers"


def _apart(columns: Sequence[ValueColumn]) -> tuple[ValueColumn, ...]:
    """Columns of the same name by their place."""
    names = [column.name for column in columns]
    return tuple(
        replace(column, name=f"{column.name} ({column.index + 1})") if names.count(column.name) > 1 else column
        for column in columns
    )


def _state(layout: Layout, kept: Sequence[ValueColumn], left_out: dict[str, str]) -> int | None:
    """Beside a single value a column of words on the device's state says how good the value is."""
    if len(kept) > 1:
        return None
    names = [name for name in left_out if name.strip().lower() in _STATES]
    if names:
        left_out[names[0]] = "says how good the value is"
        return layout.names.index(names[0])
    return None


def _machines(readings: Readings) -> list[MachineLog]:
    columns = [column.name for column in readings.layout.values]
    of: dict[str, dict[str, int]] = {}
    for number, name in enumerate(readings.names):
        signal = next((each for each in columns if name is not None and name.endswith(each)), columns[0])
        machine = (name or "").removesuffix(signal).strip() if len(columns) > 1 else (name or "")
        of.setdefault(machine, {})[signal] = number
    return [_machine(name, points, readings) for name, points in of.items()]


def _machine(name: str, points: dict[str, int], readings: Readings) -> MachineLog:
    """Of readings of one moment the last one counts; the account tells how many there were."""
    series = [readings.of(point) for point in points.values()]
    time_us = np.unique(np.concatenate([each.time_us for each in series]))
    x = np.full((len(time_us), len(series)), np.nan)
    for column, each in enumerate(series):
        x[np.searchsorted(time_us, each.time_us), column] = each.value
    return MachineLog(name, tuple(points), time_us, x)
