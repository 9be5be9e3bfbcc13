"""A temperature probe: a first-order lag behind the place where it hangs, and that place's offset."""

from __future__ import annotations


class Probe:
    """State of a probe; `c` is what its element is at, before noise and resolution."""

    __slots__ = ("c", "lag_s", "offset_c")

    def __init__(self, lag_s: float, offset_c: float, start_c: float) -> None:
        self.lag_s, self.offset_c, self.c = lag_s, offset_c, start_c + offset_c

    def advance(self, dt_s: float, place_c: float) -> None:
        """Implicit step: stable whatever the lag."""
        self.c += dt_s / (self.lag_s + dt_s) * (place_c + self.offset_c - self.c)
