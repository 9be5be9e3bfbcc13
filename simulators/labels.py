"""The truth about what went wrong: one CSV row a fault, with the time from which and to which it was on.

The file is written anew and moved into place whenever something changes, so that a reader never finds half of it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from pathlib import Path

from simulators.faults import Fault

HEADER = ("what", "where", "measure", "from", "to")


@dataclass(frozen=True, slots=True)
class Label:
    what: str
    where: str
    measure: str  # empty unless a probe was hit
    begin: str  # ISO 8601, UTC
    end: str = ""  # empty while it lasts


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Labels:
    """Labels of all runs that wrote to this file."""

    def __init__(self, path: Path | None, at: datetime) -> None:
        """Go on with what is there. A plant starts healthy: what an earlier run left open ended by now."""
        self._path = path
        self.rows: list[Label] = []
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.rows = _read(path) if path.exists() else []
            self.close_all(at)

    def begin(self, fault: Fault, at: datetime) -> None:
        self.rows.append(Label(fault.kind, fault.target, fault.measure or "", _stamp(at)))
        self._write()

    def end(self, fault: Fault, at: datetime) -> None:
        here = (fault.kind, fault.target, fault.measure or "")
        self._end(at, lambda row: (row.what, row.where, row.measure) == here)

    def close_all(self, at: datetime) -> None:
        self._end(at, lambda _row: True)

    def _end(self, at: datetime, is_meant: Callable[[Label], bool]) -> None:
        self.rows = [replace(row, end=_stamp(at)) if not row.end and is_meant(row) else row for row in self.rows]
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        draft = self._path.with_name(self._path.name + ".new")
        with draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(astuple(row) for row in self.rows)
        draft.replace(self._path)


def _read(path: Path) -> list[Label]:
    with path.open(newline="", encoding="utf-8") as file:
        return [Label(*row) for row in list(csv.reader(file))[1:] if len(row) == len(HEADER)]
