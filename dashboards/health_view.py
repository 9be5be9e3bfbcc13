"""A machine's health as pictures: curves over time with the band of what was expected, drawn by the server. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from mes.health.model import Sample

WIDTH, HEIGHT = 600.0, 90.0
_ROOM = 0.08
_BAND = 3.0  # standard deviations on both sides of what is expected
_GAP_TIMES = 4  # so many usual steps without a sample are a gap


@dataclass(frozen=True, slots=True)
class Course:
    """Paths in a box of WIDTH by HEIGHT: the curve, the band around what was expected, and the scale of the box."""

    line: str
    band: str
    low: float
    high: float
    last: float | None
    expected: float | None
    is_out: bool  # whether the last value is outside of its band


def health_course(samples: Sequence[Sample], start: datetime, end: datetime) -> Course | None:
    """The index over time on its whole scale; None where it was never known."""
    return _course([(each.at, each.health, None, None) for each in samples], start, end, bounds=(0.0, 100.0))


def signal_course(samples: Sequence[Sample], place: int, start: datetime, end: datetime) -> Course | None:
    """One signal over time with its expected band; None where nothing is known."""
    rows = [
        (each.at, each.value[place], each.expected[place], each.spread[place])
        for each in samples
        if place < len(each.value)
    ]
    return _course(rows, start, end)


Row = tuple[datetime, float | None, float | None, float | None]


def _course(
    rows: Sequence[Row], start: datetime, end: datetime, *, bounds: tuple[float, float] | None = None
) -> Course | None:
    known = [row for row in rows if row[1] is not None]
    if not known:
        return None
    edges = [edge for row in rows if (edge := _edges(row)) is not None]
    values = [row[1] for row in known if row[1] is not None]
    low, high = bounds or _scale([*values, *(value for edge in edges for value in edge)])
    box = _Box(start, end, low, high)
    last, around = known[-1], _edges(known[-1])
    is_out = around is not None and last[1] is not None and not around[0] <= last[1] <= around[1]
    return Course(box.line(known), box.band(rows), low, high, last[1], last[2], is_out)


def _edges(row: Row) -> tuple[float, float] | None:
    _, _, expected, spread = row
    return None if expected is None or spread is None else (expected - _BAND * spread, expected + _BAND * spread)


def _scale(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


@dataclass(frozen=True, slots=True)
class _Box:
    start: datetime
    end: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        return round((at - self.start) / max(self.end - self.start, timedelta(seconds=1)) * WIDTH, 1)

    def y(self, value: float) -> float:
        within = min(max(value, self.low), self.high)
        return round((self.high - within) / (self.high - self.low) * HEIGHT, 1)

    def line(self, rows: Sequence[Row]) -> str:
        """Joined where samples follow each other, a dot where one stands alone."""
        return "".join(
            f"M{self.x(piece[0][0])} {self.y(piece[0][1] or 0.0)}h.5"
            + "".join(f"L{self.x(at)} {self.y(value or 0.0)}" for at, value, *_ in piece[1:])
            for piece in _pieces(rows)
        )

    def band(self, rows: Sequence[Row]) -> str:
        shapes: list[str] = []
        for piece in _pieces([row for row in rows if _edges(row) is not None]):
            edges = [(self.x(row[0]), _edges(row) or (0.0, 0.0)) for row in piece]
            upper = [f"{x} {self.y(high)}" for x, (_, high) in edges]
            lower = [f"{x} {self.y(low)}" for x, (low, _) in reversed(edges)]
            shapes.append("M" + "L".join([*upper, *lower]) + "Z")
        return "".join(shapes)


def _pieces(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that follow each other without a gap."""
    steps = sorted(b[0] - a[0] for a, b in pairwise(rows))
    longest = _GAP_TIMES * steps[len(steps) // 2] if steps else timedelta()
    pieces: list[list[Row]] = []
    for row in rows:
        if pieces and row[0] - pieces[-1][-1][0] <= longest:
            pieces[-1].append(row)
        else:
            pieces.append([row])
    return pieces
