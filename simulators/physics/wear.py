"""How a part wears: from new to worn out over a time of use, by a course that seed and place decide.

Wear comes in uneven steps that never go back (a gamma process, J. M. van Noortwijk, Reliab. Eng. Syst. Saf. 94, 2009),
scaled so that the part is worn out when its time is over. The course is a function of the age alone: whoever looks
once a second and whoever looks once an hour see the same.
"""

from __future__ import annotations

import numpy as np

from simulators.physics.chance import generator

PIECES = 48
"""A course is that many pieces, straight between their ends."""
UNEVEN = 4.0
"""Shape of the gamma distribution of a piece's step: its spread is a half of its mean."""


class Wear:
    """One wear that has begun: `age_s` seconds of use, `severity` from 0 (new) to 1 (worn out)."""

    __slots__ = ("_course", "age_s", "over_s")

    def __init__(self, name: str, over_s: float, seed: int, bend: float = 0.0) -> None:
        """`bend` above 0: slow at first and faster towards the end, as exp(bend * part of the time)."""
        self.over_s, self.age_s = over_s, 0.0
        middles = (np.arange(PIECES) + 0.5) / PIECES
        steps = np.exp(bend * middles) * generator(seed, f"wear {name}", 0).gamma(UNEVEN, size=PIECES)
        sums = np.cumsum(steps)
        self._course = np.concatenate([[0.0], sums / sums[-1]])

    def advance(self, dt_s: float, use: float = 1.0) -> None:
        """Go on by physical seconds at a part of full use; beyond worn out nothing changes."""
        self.age_s = min(self.over_s, self.age_s + dt_s * use)

    @property
    def severity(self) -> float:
        where = self.age_s / self.over_s * PIECES
        piece = min(PIECES - 1, int(where))
        before, after = float(self._course[piece]), float(self._course[piece + 1])
        return before + (after - before) * (where - piece)
