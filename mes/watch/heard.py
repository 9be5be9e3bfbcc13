"""When each point was last heard to say something usable: a memory of one watch that spares it questions.

It may be lost, and it may know less than the database. Whom it has not heard lately is asked for there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.columns import Columns
from models.gaps import NEVER


class Heard:
    """By point id, the time (µs) of the last usable reading seen by this watch."""

    def __init__(self) -> None:
        self._last_us = np.full(1024, NEVER, dtype=np.int64)

    def note(self, point: npt.NDArray[np.int32], readings: Columns, now_us: int) -> None:
        """Readings that were just read. Those ahead of our time prove nothing."""
        usable = ~np.isnan(readings.value) & (readings.time_us <= now_us)
        if not usable.any():
            return
        point, time_us = point[usable], readings.time_us[usable]
        self._make_room(int(point.max()))
        np.maximum.at(self._last_us, point, time_us)

    def since(self, point_ids: npt.NDArray[np.int64], at_us: int) -> npt.NDArray[np.bool_]:
        """Which of these were heard at that moment or later."""
        self._make_room(int(point_ids.max(initial=0)))
        mask: npt.NDArray[np.bool_] = self._last_us[point_ids] >= at_us
        return mask

    def _make_room(self, largest: int) -> None:
        if largest >= len(self._last_us):
            more = np.full(2 * largest + 1 - len(self._last_us), NEVER, dtype=np.int64)
            self._last_us = np.append(self._last_us, more)
