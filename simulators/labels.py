"""The truth about what went wrong: one CSV row a fault, with the time from which and to which it was on; and beside it
(`labels.course.csv`) how far each had come when, a row whenever it grew by a twentieth.

The labels are written anew and moved into place whenever something changes, so that a reader never finds half of them;
the courses only grow.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from pathlib import Path

from simulators.faults import Fault

HEADER = ("what", "where", "measure", "from", "to")
COURSE_HEADER = ("at", "what", "where", "measure", "from", "severity")
STEP = 0.05

Courses = dict[tuple[str, str, str, str], list[tuple[str, float]]]
"""What, where, measure and beginning of a label to times and severities (0 to 1) of its course."""


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
        self.courses: Courses = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.rows = _read(path) if path.exists() else []
            self.courses = _read_courses(course_of(path))
            self.close_all(at)

    def begin(self, fault: Fault, at: datetime) -> None:
        self.rows.append(Label(fault.kind, fault.target, fault.measure or "", _stamp(at)))
        self._write()

    def end(self, fault: Fault, at: datetime, severity: float = 1.0) -> None:
        """It was mended, having come that far."""
        self._note(fault, at, severity, least=0.0)
        here = (fault.kind, fault.target, fault.measure or "")
        self._end(at, lambda row: (row.what, row.where, row.measure) == here)

    def note(self, at: datetime, severities: Mapping[Fault, float]) -> None:
        """How far each fault that is on has come; kept when it is new, has grown by a step or has reached its end."""
        for fault, severity in severities.items():
            self._note(fault, at, severity, least=STEP)

    def _note(self, fault: Fault, at: datetime, severity: float, least: float) -> None:
        here = (fault.kind, fault.target, fault.measure or "")
        row = next((row for row in reversed(self.rows) if (row.what, row.where, row.measure) == here), None)
        if row is None or row.end:
            return
        course = self.courses.setdefault((*here, row.begin), [])
        before = course[-1][1] if course else -1.0
        if severity - before >= least or (severity == 1.0 and before < 1.0):
            course.append((_stamp(at), round(severity, 4)))
            self._append((_stamp(at), *here, row.begin, f"{severity:.4f}"))

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

    def _append(self, row: tuple[str, ...]) -> None:
        if self._path is None:
            return
        path = course_of(self._path)
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([COURSE_HEADER, row] if is_new else [row])


def course_of(labels: Path) -> Path:
    """Where the courses of a labels file stand."""
    return labels.with_suffix(".course.csv")


def _read_courses(path: Path) -> Courses:
    courses: Courses = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            for row in list(csv.reader(file))[1:]:
                if len(row) == len(COURSE_HEADER):
                    courses.setdefault((row[1], row[2], row[3], row[4]), []).append((row[0], float(row[5])))
    return courses


def _read(path: Path) -> list[Label]:
    with path.open(newline="", encoding="utf-8") as file:
        return [Label(*row) for row in list(csv.reader(file))[1:] if len(row) == len(HEADER)]
