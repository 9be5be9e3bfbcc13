"""One refrigeration circuit as columns on one grid of time, from points that each speak when they like.

In go readings by role (running, current, coil, air, door, defrost), out comes what was believed at each grid moment,
NaN where nothing was. It also tells which moments may be compared at all: a coil needs time after a start, and a
door or a defrost disturbs the air for a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import Moments, Values, columns, to_us

Readings = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
"""Time (µs), value and quality of one point, in any order."""

ROLES = ("running", "current", "coil", "air", "door", "defrost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Columns of one length on an even grid; NaN where unknown. Switches are 1 for on, open, in defrost."""

    step_s: float
    time_us: Moments
    running: Values
    current_a: Values
    coil_c: Values
    air_c: Values
    door: Values
    defrost: Values

    def __len__(self) -> int:
        return len(self.time_us)

    def cooling(self, settle_s: float, quiet_s: float) -> npt.NDArray[np.bool_]:
        """Where it has run for `settle_s`, and door and defrost have been quiet for `quiet_s`. Unknown is neither.

        What was before the first row is not known, so the first rows never are.
        """
        runs = self._lasted_us(self.running == 1) >= to_us(settle_s)
        quiet = self._lasted_us((self.door == 0) & (self.defrost == 0)) >= to_us(quiet_s)
        return np.asarray(runs & quiet & (self.running == 1) & (self.door == 0) & (self.defrost == 0))

    def _lasted_us(self, state: npt.NDArray[np.bool_]) -> Moments:
        """For how long a state has been, at each row."""
        if not len(self):
            return self.time_us
        broken = np.where(state, self.time_us[0], self.time_us)
        return np.asarray(self.time_us - np.maximum.accumulate(broken), dtype=np.int64)


def believed(readings: Readings, grid_us: Moments, stale_s: float) -> Values:
    """The value that holds at each moment of the grid: the last one, `stale_s` old at most; NaN where there is none.

    Of readings of one moment the greatest counts, and a bad one before it.
    """
    known = columns(*readings, until_us=int(grid_us[-1]) if len(grid_us) else 0)
    if not len(known):
        return np.full(len(grid_us), np.nan)
    known = known.take(np.lexsort((known.value, known.time_us)))
    row = np.searchsorted(known.time_us, grid_us, side="right") - 1
    age = grid_us - known.time_us[row]
    return np.where((row >= 0) & (age <= to_us(stale_s)), known.value[row], np.nan)


def circuit(points: Mapping[str, Readings], *, from_us: int, until_us: int, step_s: float, stale_s: float) -> Circuit:
    """Columns from `from_us` to before `until_us`, a row each `step_s`, of points by role (see ROLES).

    A door or a defrost that nobody measures is taken as shut, or off; any other absent role is unknown throughout.
    """
    grid = np.arange(from_us, until_us, to_us(step_s), dtype=np.int64)

    def column(role: str, absent: float = np.nan) -> Values:
        return believed(points[role], grid, stale_s) if role in points else np.full(len(grid), absent)

    return Circuit(
        step_s=step_s,
        time_us=grid,
        running=column("running"),
        current_a=column("current"),
        coil_c=column("coil"),
        air_c=column("air"),
        door=column("door", 0.0),
        defrost=column("defrost", 0.0),
    )
