"""A scale: what lies on it, and what its display shows while that comes to rest.

The pan swings like a damped spring without overshoot; the weight of a second ago is half forgotten. It runs on the
clock, not on the physics' faster time: whoever weighs waits in seconds.
"""

from __future__ import annotations

from math import exp, isnan, nan

from telemetry.errors import Invalid

CAPACITY_G = 6_200.0
STEP_G = 0.1
SETTLING_S = 0.4


class LoadImpossible(Invalid):
    """A load is a weight of 0 g or more."""


class Scale:
    """State of a scale. `weight` is NaN when more lies on it than it bears; `settled` is 1 when its pan is at rest."""

    measures = ("weight", "settled")

    def __init__(self) -> None:
        self.load_g = self.shown_g = 0.0

    def put(self, load_g: float) -> None:
        """So much lies on it from now on, in all. Raises LoadImpossible."""
        if isnan(load_g) or not 0 <= load_g < 1e6:
            raise LoadImpossible(load_g=load_g)
        self.load_g = load_g

    def advance(self, clock_s: float) -> None:
        """Let it swing for so long."""
        self.shown_g += (1 - exp(-clock_s / SETTLING_S)) * (self.load_g - self.shown_g)

    @property
    def overloaded(self) -> bool:
        """More lies on it than it bears: its display shows no number."""
        return self.shown_g > CAPACITY_G

    @property
    def settled(self) -> bool:
        """Whether the display stands still: what is shown is within half a step of what lies there."""
        return abs(self.load_g - self.shown_g) < STEP_G / 2 and not self.overloaded

    def values(self) -> tuple[float, float]:
        """Weight in g as its display rounds it, and whether it is settled."""
        shown = nan if self.overloaded else round(round(self.shown_g / STEP_G) * STEP_G, 1)
        return shown, float(self.settled)
