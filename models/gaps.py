"""Silence: from the moments at which a point spoke to the times in which nothing was known of it.

A reading holds for `stale_s` and at the end of it; later than that the point is stale. Charts draw these gaps,
reports count them, the watch raises alarms from them. They say nothing of limits and end no episode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Moments, is_in_order, to_us
from telemetry.quality import is_bad

_BAD = np.array([is_bad(quality) for quality in range(256)])

NEVER = np.iinfo(np.int64).min
"""The moment of a point's last reading when it has none."""

STILL = np.iinfo(np.int64).max
"""The end of a gap that had not ended."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time, half open, in which no reading held."""

    start_us: int
    end_us: int | None  # the reading that ended it; None: still silent when it was judged


def gaps(
    time_us: npt.ArrayLike,
    stale_s: float,
    until_us: int,
    *,
    quality: npt.ArrayLike | None = None,
    from_us: int | None = None,
) -> tuple[Gap, ...]:
    """Gaps up to `until_us`, in order of time; moments in any order, doubles allowed, later ones not looked at.

    With `quality`, a bad reading opens a gap at once and ends none (of one moment, bad counts). With `from_us`, what
    precedes it is cut off and time before the first reading is a gap: give the last reading before it as well.
    """
    starts, ends = silences(time_us, stale_s, until_us, quality=quality, from_us=from_us)
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return tuple(Gap(start, None if end == STILL else end) for start, end in pairs)


def silences(
    time_us: npt.ArrayLike,
    stale_s: float,
    until_us: int,
    *,
    quality: npt.ArrayLike | None = None,
    from_us: int | None = None,
) -> tuple[Moments, Moments]:
    """The same as columns: when each gap began and ended, i64[n] both; STILL: it had not ended by then."""
    time, bad = _spoken(time_us, quality, until_us)
    if not len(time):
        begins = [] if from_us is None or from_us >= until_us else [from_us]
        return np.array(begins, dtype=np.int64), np.full(len(begins), STILL)
    silent_from = np.where(bad, time, time + to_us(stale_s))
    rows = np.flatnonzero(bad | (silent_from < np.append(time[1:], until_us)))
    starts, ends = silent_from[rows], np.append(time[1:], STILL)[rows]
    if from_us is not None:
        if from_us < time[0]:
            starts, ends = np.append(from_us, starts), np.append(time[0], ends)
        kept = ends > from_us
        starts, ends = np.maximum(starts[kept], from_us), ends[kept]
    apart = ends[:-1] != starts[1:]  # neighbours that touch are one
    return starts[np.append(True, apart)[: len(starts)]], ends[np.append(apart, True)[: len(ends)]]


def _spoken(
    time_us: npt.ArrayLike, quality: npt.ArrayLike | None, until_us: int
) -> tuple[Moments, npt.NDArray[np.bool_]]:
    """Distinct moments in order, and which of them were bad."""
    time = np.asarray(time_us, dtype=np.int64)
    bad = np.zeros(len(time), bool) if quality is None else _BAD[np.asarray(quality, dtype=np.uint8)]
    if is_in_order(time):
        known = int(np.searchsorted(time, until_us, side="right"))
        return time[:known], bad[:known]
    moments, group = np.unique(time[time <= until_us], return_inverse=True)
    of_moment = np.zeros(len(moments), bool)
    of_moment[group[bad[time <= until_us]]] = True
    return moments, of_moment


def silent_for_s(last_us: npt.ArrayLike, at_us: int) -> npt.NDArray[np.float64]:
    """Seconds since each point's last usable reading (i64[n], NEVER where it has none: infinite) at a moment."""
    last = np.asarray(last_us, dtype=np.int64)
    known = last != NEVER
    return np.where(known, (at_us - np.where(known, last, at_us)) / SECOND_US, np.inf)


def is_stale(last_us: npt.ArrayLike, stale_s: npt.ArrayLike, at_us: int) -> npt.NDArray[np.bool_]:
    """Which points are silent for longer than their reading holds. Shapes (n,) and (n,) or one for all."""
    mask: npt.NDArray[np.bool_] = silent_for_s(last_us, at_us) > np.asarray(stale_s, dtype=np.float64)
    return mask
