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
    time, bad = _spoken(time_us, quality, until_us)
    if not len(time):
        return () if from_us is None or from_us >= until_us else (Gap(from_us, None),)
    silent_from = np.where(bad, time, time + to_us(stale_s))
    spoken_next = np.append(time[1:], until_us)
    rows = np.flatnonzero(bad | (silent_from < spoken_next))
    found = [(int(silent_from[row]), int(time[row + 1]) if row + 1 < len(time) else None) for row in rows]
    if from_us is not None and from_us < time[0]:
        found.insert(0, (from_us, int(time[0])))
    return tuple(Gap(start, end) for start, end in _joined(found, from_us))


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


def _joined(found: list[tuple[int, int | None]], from_us: int | None) -> list[tuple[int, int | None]]:
    """Neighbours that touch as one, cut off at `from_us`."""
    joined: list[tuple[int, int | None]] = []
    for start, end in found:
        if from_us is not None and end is not None and end <= from_us:
            continue
        begin = start if from_us is None else max(start, from_us)
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined


def silent_for_s(last_us: npt.ArrayLike, at_us: int) -> npt.NDArray[np.float64]:
    """Seconds since each point's last usable reading (i64[n], NEVER where it has none: infinite) at a moment."""
    last = np.asarray(last_us, dtype=np.int64)
    known = last != NEVER
    return np.where(known, (at_us - np.where(known, last, at_us)) / SECOND_US, np.inf)


def is_stale(last_us: npt.ArrayLike, stale_s: npt.ArrayLike, at_us: int) -> npt.NDArray[np.bool_]:
    """Which points are silent for longer than their reading holds. Shapes (n,) and (n,) or one for all."""
    mask: npt.NDArray[np.bool_] = silent_for_s(last_us, at_us) > np.asarray(stale_s, dtype=np.float64)
    return mask
