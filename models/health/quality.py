"""Which values a detector may use: of good quality, and there at all."""

from __future__ import annotations

import numpy as np

from models.health.api import GOOD, Qualities, Values
from models.health.over_signals import cells

_FORCED = 216  # GOOD_LOCAL_OVERRIDE


def usable_values(x: Values, quality: Qualities | None) -> Values:
    """The values, NaN where quality is not good: an uncertain value is no ground to learn or to warn on.

    One that was forced by hand at the device is good, but not the machine's.
    The same array, not to be written into, where nothing had to be taken out.
    """
    values = np.asarray(x, dtype=np.float64)
    endless = np.isinf(values)
    bad = cells(endless) if endless.any() else np.empty(0, dtype=np.intp)
    if quality is not None:
        told = np.asarray(quality, dtype=np.uint8)
        bad = np.union1d(bad, cells(((told & GOOD) != GOOD) | ((told & 0xFC) == _FORCED)))
    if not len(bad):
        return values
    taken = np.array(values)
    taken.reshape(-1)[bad] = np.nan
    return taken
