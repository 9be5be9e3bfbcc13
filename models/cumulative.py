"""The cumulative rule: time out within a sliding window against an allowance.

C(t) is the overlap of the times out with (t - W, t]. Many short warmings that no single episode alarms add up here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Moments, columns, hold_us, to_us
from models.interval import Interval, merged, overlap_us
from models.limits import Limit, is_out, one_a_moment


def out_intervals(
    time_us: npt.ArrayLike, value: npt.ArrayLike, quality: npt.ArrayLike, limit: Limit, *, until_us: int
) -> tuple[Interval, ...]:
    """When readings held that were out, on either side, up to `until_us`; columns as for `limits.evaluate`.

    Neither delay nor deadband has a say, and unknown time is not in it: add `gaps` for the worst case.
    """
    readings = one_a_moment(columns(time_us, value, quality, until_us=until_us), limit)
    held = hold_us(readings, limit.stale_s, until_us)
    rows = np.flatnonzero(is_out(readings, limit) & (held > 0))
    starts, ends = readings.time_us[rows], readings.time_us[rows] + held[rows]
    apart = np.flatnonzero(starts[1:] > ends[:-1])
    firsts, lasts = np.append(0, apart + 1)[: len(rows)], np.append(apart, len(rows) - 1)[: len(rows)]
    return tuple(map(Interval, starts[firsts].tolist(), ends[lasts].tolist()))


def cumulative_s(out: Iterable[Interval], at_us: int, window_s: float) -> float:
    """C(t) in seconds: how long it was out in the `window_s` before `at_us`."""
    window = Interval(at_us - to_us(window_s), at_us)
    return sum(overlap_us(interval, window) for interval in merged(out)) / SECOND_US


@dataclass(frozen=True, slots=True)
class Most:
    """The greatest C of all, and when it was reached first."""

    out_s: float
    at_us: int


def most(out: Iterable[Interval], window_s: float) -> Most | None:
    """The most that any window had of the times out; None: it was never out. C is greatest where an interval ends."""
    spans = merged(out)
    if not spans:
        return None
    ends = np.array([span.end_us for span in spans], dtype=np.int64)
    sums = _out_before(spans, ends) - _out_before(spans, ends - to_us(window_s))
    row = int(sums.argmax())
    return Most(int(sums[row]) / SECOND_US, int(ends[row]))


def exceeded(out: Iterable[Interval], window_s: float, limit_s: float, *, until_us: int) -> tuple[Interval, ...]:
    """When C was at the limit or above: closed intervals, from the moment it was reached to the last moment at it.

    One that still lasts ends at `until_us`. Exact: C is a line between the moments at which an interval begins or
    ends at either edge of the window.
    """
    window_us, limit_us = to_us(window_s), to_us(limit_s)
    spans = merged(Interval(i.start_us, min(i.end_us, until_us)) for i in out)
    edges = np.array(spans, dtype=np.int64).reshape(-1)
    knots = np.unique(np.concatenate([edges, edges + window_us, [until_us]]))
    knots = knots[knots <= until_us]
    above = _out_before(spans, knots) - _out_before(spans, knots - window_us) - limit_us
    found: list[Interval] = []
    for t0, t1, c0, c1 in zip(
        *(column.tolist() for column in (knots[:-1], knots[1:], above[:-1], above[1:])), strict=True
    ):
        if c0 < 0 and c1 < 0:
            continue
        # the line rises or falls by one second a second, or is level
        piece = Interval(t0 if c0 >= 0 else t0 - c0, t1 if c1 >= 0 else t0 + c0)
        if found and found[-1].end_us == piece.start_us:
            piece = Interval(found.pop().start_us, piece.end_us)
        found.append(piece)
    return tuple(found)


def _out_before(spans: tuple[Interval, ...], moments: Moments) -> Moments:
    """Microseconds out before each moment, of spans that don't overlap."""
    starts, ends = np.array(spans, dtype=np.int64).reshape(-1, 2).T
    total = np.append(0, np.cumsum(ends - starts))
    begun = np.searchsorted(starts, moments)
    latest = np.append(0, ends)[begun]
    overshoot: Moments = np.maximum(np.where(begun > 0, latest - moments, 0), 0)
    return np.asarray(total[begun] - overshoot, dtype=np.int64)
