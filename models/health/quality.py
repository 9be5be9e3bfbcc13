"""Which values a detector may use: of good quality, and there at all."""

from __future__ import annotations

import numpy as np

from models.health.api import GOOD, Qualities, Values


def usable_values(x: Values, quality: Qualities | None) -> Values:
    """The values, NaN where quality is not good: an uncertain value is no ground to learn or to warn on."""
    values = np.asarray(x, dtype=np.float64)
    finite = np.isfinite(values)
    if quality is not None:
        finite &= (np.asarray(quality, dtype=np.uint8) & GOOD) == GOOD
    return values if finite.all() else np.where(finite, values, np.nan)
