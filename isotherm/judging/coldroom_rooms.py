"""Cold rooms as they are judged: what their sensors told minute by minute, and what really happened to each.

From files (`rooms.csv.gz`, `labels.csv`) or from the simulator; both have the same layout.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from isotherm.judging.protocol import Numbers
from isotherm.judging.report import SetUnreadable
from simulators.cold_rooms import simulate

HEALTHY_MIN = 7 * 1440
"""The first week is commissioning; no fault begins in it."""

LIMIT_C = -15.0  # of the rooms in files
_AIR, _OTHERS = "t_air", ("power_kw", "door", "t_coil", "t_amb")


@dataclass(frozen=True, slots=True)
class Truth:
    """What happened to a room, in minutes; NaN where there is nothing to tell."""

    room: str
    fault: str  # none: healthy all the time
    start: float
    end: float
    breach: float
    tau: float


@dataclass(frozen=True, slots=True)
class Rooms:
    """`x` is (T, N, 1) or (T, N, 5), a row a minute."""

    x: Numbers
    truths: tuple[Truth, ...]
    limit_c: float


def from_files(folder: Path) -> Rooms:
    """Raises SetUnreadable."""
    file = next((folder / name for name in ("rooms.csv.gz", "rooms.csv") if (folder / name).exists()), None)
    if file is None:
        raise SetUnreadable(file=str(folder / "rooms.csv.gz"))
    with _text(file) as text:
        names, table = _table(text, file)
    truths = _truths(folder / "labels.csv")
    rooms, minutes = table[:, 0].astype(int), table[:, 1].astype(int)
    known = {int(truth.room): place for place, truth in enumerate(truths)}
    if set(np.unique(rooms).tolist()) != set(known):
        raise SetUnreadable(file=str(file), reason="rooms of the two files differ")
    wanted = [_AIR, *_OTHERS] if all(name in names for name in _OTHERS) else [_AIR]
    x = np.full((minutes.max() + 1, len(known), len(wanted)), np.nan)
    places = np.array([known[room] for room in rooms.tolist()])
    x[minutes, places] = table[:, [names.index(name) for name in wanted]]
    return Rooms(x, truths, LIMIT_C)


def simulated(rooms: int, days: int, seed: int, physics: str) -> Rooms:
    """So many rooms of one kind of physics."""
    run = simulate(rooms, days, seed=seed, physics=physics)
    truths = tuple(
        Truth(
            str(label.room),
            label.fault,
            _or_nan(label.start_min),
            _or_nan(label.end_min),
            _or_nan(label.product_breach_min),
            label.product_tau_min,
        )
        for label in run.labels
    )
    return Rooms(run.x, truths, run.limit_c)


def _table(text: TextIO, file: Path) -> tuple[list[str], Numbers]:
    names = text.readline().strip().split(",")
    if names[:2] != ["room", "minute"] or _AIR not in names:
        raise SetUnreadable(file=str(file), columns=",".join(names))
    try:
        rows = [[float(cell) if cell else np.nan for cell in line.rstrip("\r\n").split(",")] for line in text]
        return names, np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    except ValueError as reason:
        raise SetUnreadable(file=str(file), reason=str(reason)) from reason


def _truths(file: Path) -> tuple[Truth, ...]:
    try:
        with file.open(encoding="utf-8", newline="") as text:
            return tuple(_truth(row) for row in csv.DictReader(text))
    except (OSError, KeyError, ValueError) as reason:
        raise SetUnreadable(file=str(file), reason=str(reason)) from reason


def _truth(row: dict[str, str]) -> Truth:
    start, end, breach, tau = (
        float(row[name] or "nan") for name in ("start_min", "end_min", "product_breach_min", "product_tau_min")
    )
    return Truth(row["room"], row["fault"], start, end, breach, tau)


@contextmanager
def _text(file: Path) -> Iterator[TextIO]:
    if file.suffix == ".gz":
        with gzip.open(file, "rt", encoding="utf-8") as text:
            yield text
    else:
        with file.open(encoding="utf-8") as text:
            yield text


def _or_nan(minute: int | None) -> float:
    return float("nan") if minute is None else float(minute)
