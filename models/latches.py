"""Episodes of many points at once, without a loop over rows: what `limits` says of a point, said of whole columns.

A reading out decides that its side is latched, one inside both deadbands that none is; one inside one deadband only
lets go of the other side. So the state at a row is told by the last row that decided, and the last that let go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Columns, Moments, Values, to_us, uncertain
from models.interval import Interval
from models.limits import Episode, Limit, Side, due_us
from models.rounding import bounds

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_NONE, _LOW, _HIGH = 0, 1, 2
_UNENDED = np.array(None, dtype=object)
_SIDES = np.array([None, Side.LOW, Side.HIGH], dtype=object)


@dataclass(frozen=True, slots=True)
class Levels:
    """Limits of one level in columns, by place; a place without a limit is never out."""

    limits: tuple[Limit | None, ...]
    low: Values
    high: Values
    low_out: Values
    low_back: Values
    high_back: Values
    high_out: Values
    stale_us: Moments
    low_delay_us: Moments
    high_delay_us: Moments

    @classmethod
    def of(cls, limits: Sequence[Limit | None]) -> Levels:
        none = (-np.inf, np.inf, -np.inf, -np.inf, np.inf, np.inf, 0, 0, 0)
        rows = [none if limit is None else _row(limit) for limit in limits]
        columns = np.array(rows, dtype=np.float64).T.copy()
        return cls(tuple(limits), *columns[:6], *columns[6:].astype(np.int64))


def _row(limit: Limit) -> tuple[float, ...]:
    edges = bounds(limit.low, limit.high, limit.deadband, limit.resolution)
    low = -np.inf if limit.low is None else limit.low
    high = np.inf if limit.high is None else limit.high
    sides = (edges.low_out, edges.low_back, edges.high_back, edges.high_out)
    delays = (to_us(limit.delay_of(side)) for side in (Side.LOW, Side.HIGH))
    return (low, high, *sides, to_us(limit.stale_s), *delays)


def episodes(
    place: Rows, readings: Columns, level: Levels, until_us: int, windows: Mapping[int, tuple[Interval, ...]]
) -> tuple[Rows, list[Episode]]:
    """The place of each episode, and the episodes, in order of place and time; rows in that order, doubles allowed."""
    place, readings = _one_a_moment(place, readings, level)
    place, readings = _telling(place, readings, level)
    state, begins = _states(place, readings.value, level)
    changed = np.flatnonzero(begins | np.append(False, state[1:] != state[:-1]))
    opens = state[changed] != _NONE
    first, after = changed[opens], np.append(changed[1:], len(place))[opens]
    if not len(first):
        return first, []
    ended = (after < len(place)) & ~np.append(begins, True)[after]
    end = np.where(ended, readings.time_us[np.minimum(after, len(place) - 1)], until_us)
    spans = _Spans(place, readings, level, first, after, state[first], end, until_us)
    return spans.episodes(ended, windows)


def _one_a_moment(place: Rows, readings: Columns, level: Levels) -> tuple[Rows, Columns]:
    """Of several readings of one moment of a point the one that the safe direction asks for, as in `limits`."""
    same = (place[1:] == place[:-1]) & (readings.time_us[1:] == readings.time_us[:-1])
    if not same.any():
        return place, readings
    rows = np.flatnonzero(np.append(False, same) | np.append(same, False))
    where, value = place[rows], readings.value[rows]
    excess = np.nan_to_num(np.maximum(value - level.high[where], level.low[where] - value))
    out = (value >= level.high_out[where]) | (value < level.low_out[where])
    rank = np.where(out, 2, np.where(np.isnan(value), 1, 0))
    keys = (readings.quality[rows], -value, -excess, -rank, readings.time_us[rows], where)
    order = np.arange(len(place))
    order[rows] = rows[np.lexsort(keys)]
    kept = order[np.append(True, ~same)]
    return place[kept], readings.take(kept)


def _telling(place: Rows, readings: Columns, level: Levels) -> tuple[Rows, Columns]:
    """Without the rows inside both deadbands that follow such a row: they change nothing, and are nearly all."""
    inside = (readings.value < level.high_back[place]) & (readings.value >= level.low_back[place])
    follows = np.append(False, inside[:-1] & (place[1:] == place[:-1]))[: len(place)]
    rows = np.flatnonzero(~(inside & follows))
    return place[rows], readings.take(rows)


def _states(place: Rows, value: Values, level: Levels) -> tuple[npt.NDArray[np.int8], Mask]:
    """Which side is latched at each row (that one included), and which rows are the first of a point."""
    rows = np.arange(len(place), dtype=np.int32 if len(place) < 1 << 31 else np.int64)
    begins = np.append(True, place[1:] != place[:-1])[: len(place)]
    high, low = value >= level.high_out[place], value < level.low_out[place]
    from_high, from_low = value < level.high_back[place], value >= level.low_back[place]
    kind = np.where(high, _HIGH, np.where(low, _LOW, _NONE)).astype(np.int8)
    decides = begins | high | low | (from_high & from_low)
    decided = np.maximum.accumulate(np.where(decides, rows, 0))
    let_go = {
        _HIGH: np.maximum.accumulate(np.where(from_high, rows, -1)) > decided,
        _LOW: np.maximum.accumulate(np.where(from_low, rows, -1)) > decided,
    }
    state = kind[decided]
    state[(state == _HIGH) & let_go[_HIGH]] = _NONE
    state[(state == _LOW) & let_go[_LOW]] = _NONE
    return state, begins


@dataclass(frozen=True, slots=True)
class _Spans:
    """Rows from `first` up to `after` of each episode."""

    place: Rows
    readings: Columns
    level: Levels
    first: Rows
    after: Rows
    side: npt.NDArray[np.int8]
    end_us: Moments
    until_us: int

    def episodes(self, ended: Mask, windows: Mapping[int, tuple[Interval, ...]]) -> tuple[Rows, list[Episode]]:
        lengths = self.after - self.first
        of = np.repeat(np.arange(len(lengths)), lengths)  # the episode of each row of one
        at = np.append(0, np.cumsum(lengths))[:-1]  # the first row of each episode among these
        rows = np.arange(len(of)) - np.repeat(at - self.first, lengths)
        place, time, value = self.place[rows], self.readings.time_us[rows], self.readings.value[rows]
        usable = ~np.isnan(value)
        following = np.append(time[1:], 0)
        following[np.append(at[1:], len(of)) - 1] = self.end_us
        hold = np.where(usable, np.minimum(following - time, self.level.stale_us[place]), 0)
        out = (value >= self.level.high_out[place]) | (value < self.level.low_out[place])
        outward = np.where(np.repeat(self.side == _HIGH, lengths), value, -value)
        peak = _first_of(of, outward == np.fmax.reduceat(outward, at)[of], len(at))
        doubtful = uncertain(self.readings.quality[rows]) & usable
        held, known = np.add.reduceat(hold, at), np.add.reduceat(hold * out, at)
        raised = self._raised(of, time, usable, at, ended, windows).tolist()
        columns = (
            _SIDES[self.side],
            time[at],
            np.where(ended, self.end_us.astype(object), _UNENDED),
            known / SECOND_US,
            (self.end_us - time[at] - held) / SECOND_US,
            np.array([None if us < 0 else us for us in raised], dtype=object),
            value[peak],
            time[peak],
            np.add.reduceat(usable.astype(np.int64), at),
            np.add.reduceat(doubtful.astype(np.int64), at),
        )
        return place[at], list(map(Episode, *(column.tolist() for column in columns)))

    def _raised(
        self, of: Rows, time: Moments, usable: Mask, at: Rows, ended: Mask, windows: Mapping[int, tuple[Interval, ...]]
    ) -> Moments:
        """When the alarm of each episode was raised; -1: never."""
        start, place = time[at], self.place[self.first]
        is_high = self.side == _HIGH
        due = start + np.where(is_high, self.level.high_delay_us[place], self.level.low_delay_us[place])
        for row in np.flatnonzero(np.isin(place, list(windows))).tolist() if windows else ():
            limit = self.level.limits[place[row]]
            side = Side.HIGH if is_high[row] else Side.LOW
            due[row] = due_us(int(start[row]), side, limit, windows[int(place[row])]) if limit else due[row]
        latest = at + np.add.reduceat((time <= due[of]).astype(np.int64), at) - 1
        holds = usable[latest] & (due <= time[latest] + self.level.stale_us[place])
        later = _first_of(of, usable & (time > due[of]), len(at))
        raised = np.where(holds, due, np.where(later < 0, -1, time[later]))
        return np.where((due <= self.until_us) & (~ended | (due < self.end_us)), raised, -1)


def _first_of(of: Rows, mask: Mask, n: int) -> Rows:
    """The first row of each of n groups in order at which the mask holds; -1 where there is none."""
    rows = np.append(np.flatnonzero(mask), len(of))
    row = rows[np.searchsorted(of[rows[:-1]], np.arange(n))]
    return np.where(np.append(of, n)[row] == np.arange(n), row, -1)
