"""Readings of a sensor that was found wrong: what they were a day at a time, and what limits would say of the truth.

The error is what the sensor showed minus what was true, so the truth is the reading minus the error. Raw readings are
never changed: the corrected ones exist only while this is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.columns import Columns
from models.limits import Episode, Limit, Side, evaluate


class Verdict(StrEnum):
    """How an episode that raised its alarm differs once the error is taken off."""

    APPEARS = "appears"  # nobody was told: it would have been an excursion
    VANISHES = "vanishes"  # it was an excursion, and would have been none
    CHANGES = "changes"  # longer, shorter, further or less far out


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One episode before or after the error is taken off; times µs since 1970, end None: still out at the end."""

    verdict: Verdict
    side: Side
    start_us: int
    end_us: int | None
    peak: float
    worst_case_s: float
    was_worst_case_s: float | None  # None: there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Readings between two moments."""

    start_us: int
    readings: int  # with a value
    bad: int  # without one
    low: float | None
    high: float | None


def spread_by(readings: Columns, edges_us: Sequence[int]) -> tuple[Spread, ...]:
    """A spread for each [edge, next edge) that has readings; columns in order of time."""
    cuts = np.searchsorted(readings.time_us, np.asarray(edges_us, dtype=np.int64))
    found = []
    for start_us, first, after in zip(edges_us, cuts[:-1].tolist(), cuts[1:].tolist(), strict=False):
        value = readings.value[first:after]
        known = value[~np.isnan(value)]
        if after > first:
            low, high = (float(known.min()), float(known.max())) if len(known) else (None, None)
            found.append(
                Spread(start_us=start_us, readings=len(known), bad=after - first - len(known), low=low, high=high)
            )
    return tuple(found)


def with_error_taken_off(readings: Columns, error: float) -> Columns:
    """Readings as they would have been from a sensor without this error."""
    return Columns(readings.time_us, readings.value - error, readings.quality)


class Trial:
    """One limit over [start, end), piece by piece: as the readings are, and with each error taken off."""

    def __init__(self, start_us: int, end_us: int, limit: Limit, errors: Sequence[float]) -> None:
        self._start_us, self._end_us, self._limit = start_us, end_us, limit
        self._raised: dict[float, list[Episode]] = {error: [] for error in (0.0, *errors)}
        self._waiting: dict[float, Columns] = {}  # by error: readings of the episode that goes on

    def see(self, piece: Columns, until_us: int) -> None:
        """The readings up to `until_us`, in order of time, that follow those seen before."""
        first, after = np.searchsorted(piece.time_us, [self._start_us, self._end_us]).tolist()
        mine = piece.take(np.arange(first, after))
        for error, raised in self._raised.items():
            raised += self._judge(error, with_error_taken_off(mine, error), min(until_us, self._end_us))

    def changes(self, error: float) -> tuple[Change, ...]:
        """What differs with this error taken off; an episode that is open at the end ends with it."""
        return changes(self._raised[0.0], self._raised[error])

    def _judge(self, error: float, new: Columns, until_us: int) -> Iterator[Episode]:
        readings = _one_after_the_other(self._waiting.pop(error, None), new)
        for episode in (
            evaluate(readings.time_us, readings.value, readings.quality, self._limit, until_us=until_us)
            if len(readings.time_us)
            else ()
        ):
            if episode.end_us is None and until_us < self._end_us:
                start = int(np.searchsorted(readings.time_us, episode.start_us))
                self._waiting[error] = readings.take(np.arange(start, len(readings)))
            elif episode.raised_us is not None:
                yield episode


def _one_after_the_other(first: Columns | None, then: Columns) -> Columns:
    if first is None:
        return then
    parts = ((getattr(first, name), getattr(then, name)) for name in ("time_us", "value", "quality"))
    return Columns(*(np.concatenate(pair) for pair in parts))


def changes(before: Iterable[Episode], after: Iterable[Episode]) -> tuple[Change, ...]:
    """What differs between episodes as they were and as they would have been, in order of time.

    Episodes of one side that overlap are the same; the first that matches counts.
    """
    left = list(after)
    found: list[Change] = []
    for was in before:
        same = next((each for each in left if each.side is was.side and _overlap(each, was)), None)
        if same is None:
            found.append(_change(Verdict.VANISHES, was, was.worst_case_s))
            continue
        left.remove(same)
        if (same.start_us, same.end_us, same.worst_case_s) != (was.start_us, was.end_us, was.worst_case_s):
            found.append(_change(Verdict.CHANGES, same, was.worst_case_s))
    found += [_change(Verdict.APPEARS, each, None) for each in left]
    return tuple(sorted(found, key=lambda change: (change.start_us, change.side)))


def _overlap(one: Episode, other: Episode) -> bool:
    begins_in_time = other.end_us is None or one.start_us < other.end_us
    return begins_in_time and (one.end_us is None or other.start_us < one.end_us)


def _change(verdict: Verdict, episode: Episode, was_s: float | None) -> Change:
    return Change(
        verdict=verdict,
        side=episode.side,
        start_us=episode.start_us,
        end_us=episode.end_us,
        peak=episode.peak,
        worst_case_s=episode.worst_case_s,
        was_worst_case_s=was_s,
    )
