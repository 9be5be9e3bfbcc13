"""Readings of many points at once against limits of their own: the same episodes as `limits.evaluate` finds by point.

Most points lie within their limits, so a first look keeps the rows of those that were out at all; only these are put
in order and followed (`latches`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import Columns, Moments, Values, columns, in_order_of_point
from models.interval import Interval, merged
from models.latches import Levels, Rows, episodes
from models.limits import Episode, Limit

_TABLE = 1 << 22  # points numbered below it are looked up by their number


@dataclass(frozen=True, slots=True)
class Fleet:
    """Points with the limits of each, by level: made once, used for many batches."""

    points: npt.NDArray[np.int32]  # in order
    place: Rows | None  # of a point in `points`, by its number; None where numbers are too large for a table
    levels: tuple[Levels, ...]
    low_out: Values  # of any level, by place; the last place is that of points without a limit
    high_out: Values

    @classmethod
    def of(cls, levels: Sequence[Mapping[int, Limit]]) -> Fleet:
        """A level names the limit of each point (a number from 0) that it judges."""
        points = np.array(sorted({point for level in levels for point in level}), dtype=np.int32)
        place = None
        if not len(points) or points[-1] < _TABLE:
            place = np.full(points.max(initial=-1) + 2, len(points), dtype=np.intp)
            place[points] = np.arange(len(points))
        tables = tuple(Levels.of([*map(level.get, points.tolist()), None]) for level in levels)
        low, high = np.full(len(points) + 1, -np.inf), np.full(len(points) + 1, np.inf)
        for table in tables:
            low, high = np.maximum(low, table.low_out), np.minimum(high, table.high_out)
        return cls(points, place, tables, low, high)

    def evaluate(
        self,
        point: npt.ArrayLike,
        time_us: npt.ArrayLike,
        value: npt.ArrayLike,
        quality: npt.ArrayLike,
        *,
        until_us: int,
        windows: Mapping[int, Iterable[Interval]] | None = None,
    ) -> tuple[dict[int, tuple[Episode, ...]], ...]:
        """For each level the episodes of every point that has any, in order of time, as known at `until_us`.

        `point` i32[n] beside the columns of `limits.evaluate`, all in any order; `windows` are the points' own.
        """
        place = self._places(np.asarray(point, dtype=np.int32))
        place, readings = self._ever_out(
            place,
            np.asarray(time_us, dtype=np.int64),
            np.asarray(value, dtype=np.float64),
            np.asarray(quality, dtype=np.uint8),
            until_us,
        )
        numbers = self.points.tolist()
        apart = {at: merged(windows[n]) for at, n in enumerate(numbers) if n in windows} if windows else {}
        found = []
        for level in self.levels:
            of, all_of_them = episodes(place, readings, level, until_us, apart)
            first = np.flatnonzero(np.append(True, of[1:] != of[:-1])[: len(of)])
            after = np.append(first[1:], len(of))[: len(first)]
            parts = zip(of[first].tolist(), first.tolist(), after.tolist(), strict=True)
            found.append({numbers[at]: tuple(all_of_them[begin:end]) for at, begin, end in parts})
        return tuple(found)

    def _places(self, point: npt.NDArray[np.int32]) -> Rows:
        if self.place is not None:
            return self.place.take(point, mode="clip")
        at = np.searchsorted(self.points, point)
        return np.where(self.points[np.minimum(at, len(self.points) - 1)] == point, at, len(self.points))

    def _ever_out(
        self, place: Rows, time_us: Moments, value: Values, quality: npt.NDArray[np.uint8], until_us: int
    ) -> tuple[Rows, Columns]:
        """The rows of points that were out by then, in order of point and time; what is bad has no value."""
        rows = np.flatnonzero((value >= self.high_out[place]) | (value < self.low_out[place]))
        known = columns(np.arange(len(rows)), value[rows], quality[rows], until_us=len(rows))
        was_out = np.zeros(len(self.points) + 1, dtype=bool)
        was_out[place[rows[~np.isnan(known.value) & (time_us[rows] <= until_us)]]] = True
        asked = was_out[place] & (time_us <= until_us)
        if not asked.all():
            rows = np.flatnonzero(asked)
            place, time_us, value, quality = place[rows], time_us[rows], value[rows], quality[rows]
        if (found := in_order_of_point(place, time_us)) is not None:
            order, place, time_us = found[0], found[1].astype(np.intp, copy=False), found[2]
            value, quality = value[order], quality[order]
        return place, columns(time_us, value, quality, until_us=until_us)
