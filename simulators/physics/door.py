"""A door: people open it at random, more often while they work, for as long as it takes to carry something through."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSpec:
    shift_per_h: float  # openings an hour from 08:00 to 20:00
    night_per_h: float
    typical_s: float = 32.0  # median of how long it stands open
    shortest_s: float = 15.0
    longest_s: float = 75.0
    pause_s: float = 300.0  # least time between two openings


class Door:
    """State of a door. Openings are a Poisson process; their durations log-normal, cut at both ends."""

    __slots__ = ("_hazard", "_left_s", "_pause_s", "left_open", "passing", "spec")

    def __init__(self, spec: DoorSpec) -> None:
        self.spec = spec
        self.passing = self.left_open = False
        self._left_s, self._pause_s, self._hazard = 0.0, spec.pause_s, 1.0

    @property
    def open(self) -> bool:
        return self.passing or self.left_open

    def new_day(self, draw: np.random.Generator) -> None:
        """Take the day's first opening from the day's own chance."""
        self._hazard = -log(1 - draw.random())

    def advance(self, dt_s: float, per_h: float, draw: np.random.Generator) -> None:
        """One step at a rate of openings an hour."""
        if self.passing:
            self._left_s -= dt_s
            if self._left_s <= 0:
                self.passing, self._pause_s = False, self.spec.pause_s
        elif self._pause_s > 0:
            self._pause_s -= dt_s
        else:
            self._hazard -= per_h * dt_s / 3600
            if self._hazard <= 0:
                self._open(draw)

    def _open(self, draw: np.random.Generator) -> None:
        spec = self.spec
        duration = spec.typical_s * float(np.exp(0.5 * draw.standard_normal()))
        self.passing, self._left_s = True, min(spec.longest_s, max(spec.shortest_s, duration))
        self._hazard = -log(1 - draw.random())

    def by_hour(self, hour: float) -> float:
        """Openings an hour at an hour of the day."""
        return self.spec.shift_per_h if 8 <= hour < 20 else self.spec.night_per_h
