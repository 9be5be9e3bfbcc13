"""From ticks to episodes of advice: each channel's onset, with what explains it then, until an hour of calm.

Pure: an episode is told once, and what is already known of it is met again when ticks are gone through anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from mes.health.detecting import Told, Watching
from mes.health.model import BITS, Cause, causes_of
from mes.health.ticks import Pace
from models.health.api import Alarm, Contribution, Values

CALM_S = 3_600.0
"""Of the machine's own time without the alarm: the episode is over."""


@dataclass(slots=True)
class Episode:
    """What one channel said, from its onset on. `id`: of the stored alert; None: new."""

    cause: Cause
    from_us: int
    seen_us: int
    score: float
    contributions: list[Contribution] = field(default_factory=list)
    ended_us: int | None = None
    ended_by: str | None = None
    id: int | None = None
    touched: bool = False  # whether there is something to write


class Following:
    """Goes through the ticks of one machine."""

    def __init__(self, watching: Watching, pace: Pace, known: Iterable[Episode] = ()) -> None:
        self.watching, self.pace = watching, pace
        self.episodes = sorted(known, key=lambda each: each.from_us)
        self._standing = {each.cause: each for each in self.episodes if each.ended_us is None}

    def tick(self, at_us: int, x: Values) -> Told:
        """One tick that is looked at, in order of time."""
        told = self.watching.tick(self.pace.machine_s(at_us), x)
        now = causes_of(told.alarm)
        for cause in sorted(now):
            self._see(cause, at_us, told)
        for cause in [each for each in self._standing if each not in now]:
            standing = self._standing[cause]
            if self._calm_s(standing, at_us) >= CALM_S:
                self._end(standing, standing.seen_us, "calm")
        return told

    def end_all(self, at_us: int, by: str) -> None:
        """The machine is not the one that was advised on any more."""
        for standing in list(self._standing.values()):
            self._end(standing, at_us, by)

    def _see(self, cause: Cause, at_us: int, told: Told) -> None:
        standing = self._standing.get(cause) or self._met(cause, at_us)
        if standing is None:
            found = self.watching.explain(_channel(cause, told))
            standing = Episode(cause, at_us, at_us, _score(cause, told), found, touched=True)
            self.episodes.append(standing)
        if standing.ended_us is None:
            self._standing[cause] = standing
        if at_us > standing.seen_us:
            standing.seen_us, standing.touched = at_us, True

    def _met(self, cause: Cause, at_us: int) -> Episode | None:
        """A known episode of this channel that this tick belongs to."""
        for each in reversed(self.episodes):
            if each.cause is cause and self._near(each, at_us):
                return each
        return None

    def _near(self, known: Episode, at_us: int) -> bool:
        after = self.pace.machine_s(at_us) >= self.pace.machine_s(known.from_us) - CALM_S
        return after and self._calm_s(known, at_us) < CALM_S and known.ended_by in {None, "calm"}

    def _calm_s(self, standing: Episode, at_us: int) -> float:
        return self.pace.machine_s(at_us) - self.pace.machine_s(standing.seen_us)

    def _end(self, standing: Episode, at_us: int, by: str) -> None:
        standing.ended_us, standing.ended_by, standing.touched = max(at_us, standing.from_us), by, True
        self._standing.pop(standing.cause, None)


def _channel(cause: Cause, told: Told) -> str:
    """The detector that explains it."""
    if cause is Cause.PATTERN:
        return "var" if told.alarm & int(Alarm.INNOVATION) else "pca"  # the pattern of moves, or of levels
    named = {Cause.LEVEL: "level", Cause.MODEL: "watch", Cause.LIMIT: "limits"}.get(cause, "room")
    return "room" if named == "limits" and not told.alarm & int(Alarm.LIMIT) else named


def _score(cause: Cause, told: Told) -> float:
    """In multiples of the threshold; 1 where the detector tells none of its own."""
    if not told.alarm & BITS[cause]:
        return 1.0
    found = told.stats.get(_channel(cause, told), np.nan)
    return float(found) if np.isfinite(found) else 1.0
