"""Public data as it lies about: separated by commas, semicolons or tabs, packed or not, with whatever line ends.

A column is found by its name; a cell that is no number is NaN, a column without any number is none.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from isotherm.judging.protocol import Numbers
from isotherm.judging.report import SetUnreadable

_SUFFIXES = (".csv", ".csv.gz")
_PARTS = re.compile(r"\d+")
_DATE = 3  # numbers of a date; a time has more


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file, column by column, as text."""

    file: Path
    columns: dict[str, list[str]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def numbers(self, name: str) -> Numbers:
        """A column; NaN where it holds no number, all NaN where there is no such column."""
        return np.array([_number(cell) for cell in self.columns.get(name, [""] * len(self))])

    def matrix(self, names: Iterable[str]) -> Numbers:
        """Columns side by side, (T, K)."""
        return np.column_stack([self.numbers(name) for name in names])

    def signals(self, known: Iterable[str], never: Iterable[str]) -> list[str]:
        """The known names that are here; if hardly one is, every column of numbers that is not of `never`."""
        here = [name for name in known if name in self.columns]
        if len(here) > 1:
            return here
        others = [name for name in self.columns if name.strip().lower() not in set(never) and name.strip()]
        return [name for name in others if np.isfinite(self.numbers(name)).mean() > 0.5]

    def time_s(self, names: Iterable[str], step_s: float) -> Numbers:
        """Seconds of the first of these columns that holds times; without one rows are `step_s` apart."""
        name = next((each for each in names if _PARTS.findall(self.columns.get(each, [""])[0])[_DATE:]), None)
        if name is None:
            return np.asarray(np.arange(float(len(self))) * step_s, dtype=np.float64)
        try:
            return np.array([moment(cell) for cell in self.columns[name]])
        except ValueError as reason:
            raise SetUnreadable(file=self.file.name, column=name, reason=str(reason)) from reason


def moment(text: str) -> float:
    """Seconds of a date and time, whatever separates its six parts. Without a zone it is taken as UTC."""
    parts = [int(part) for part in _PARTS.findall(text)]
    return datetime(*parts[:6], tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


def tables(folder: Path) -> list[Path]:
    """All such files below the folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.lower().endswith(_SUFFIXES))


def read(file: Path) -> CsvTable:
    """Raises SetUnreadable."""
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        lines = content.decode("utf-8-sig").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as reason:
        raise SetUnreadable(file=file.name, reason=str(reason)) from reason
    if not lines:
        raise SetUnreadable(file=file.name, reason="it is empty")
    separator = max(",;\t", key=lines[0].count)
    head, *rows = [row for row in csv.reader(lines, delimiter=separator) if row]
    whole = [row for row in rows if len(row) >= len(head)]  # a last line may be cut
    return CsvTable(file, {name.strip(): [row[at].strip() for row in whole] for at, name in enumerate(head)})


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")  # told as missing
