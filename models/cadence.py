"""How often a point was really refreshed and recorded, against what a regulation asks. Pure: readings in, figures out.

Every reading that comes is stored, so one row of readings answers both: between two of them the point was neither
refreshed nor recorded. What came before the first and after the last belongs to it: unknown is not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, columns
from models.limits import Limit, is_out
from models.policy import Cadence


class Asked(StrEnum):
    """What a cadence asks."""

    REFRESH = "refresh"  # a new value
    RECORD = "record"  # a stored one while inside the limits
    RECORD_OUT = "record_out"  # a stored one while out of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How well one of these was kept: the longest time without, and how many were longer than allowed."""

    asked: Asked
    allowed_s: float
    longest_s: float  # 0 where there was nothing to keep: a point that never was out
    longest_from_us: int | None
    gaps: int  # times between two readings that were looked at
    too_long: int

    @property
    def is_met(self) -> bool:
        """Whether no time without was longer than allowed."""
        return not self.too_long


def kept(
    time_us: npt.ArrayLike,
    value: npt.ArrayLike,
    quality: npt.ArrayLike,
    cadence: Cadence,
    limits: Sequence[Limit],
    *,
    is_transport: bool,
    from_us: int,
    until_us: int,
) -> tuple[Kept, Kept, Kept]:
    """Refreshed, recorded inside the limits, and recorded out of them, over [from_us, until_us) (µs since 1970 UTC).

    Readings as `models.limits.evaluate` takes them; one of bad quality, or that is no number, is none. A gap counts as
    out of limits where the reading before it is out of one of them; of two readings of one moment, where either is.
    """
    known = columns(time_us, value, quality, until_us=until_us)
    usable = known.take(np.flatnonzero(~np.isnan(known.value) & (known.time_us >= from_us)))
    out = np.zeros(len(usable), dtype=np.bool_)
    for limit in limits:
        out |= is_out(usable, limit)
    order = np.lexsort((out, usable.time_us))
    starts = np.concatenate(([from_us], usable.time_us[order]))
    lasted = np.diff(np.append(starts, until_us))
    was_out = np.append(False, out[order])
    record_s = cadence.transport_s if is_transport else cadence.storage_s
    everything = np.ones(len(starts), dtype=np.bool_)
    return (
        _kept(Asked.REFRESH, cadence.refresh_s, starts, lasted, everything),
        _kept(Asked.RECORD, record_s, starts, lasted, ~was_out),
        _kept(Asked.RECORD_OUT, cadence.out_s, starts, lasted, was_out),
    )


def _kept(
    asked: Asked,
    allowed_s: float,
    starts: npt.NDArray[np.int64],
    lasted: npt.NDArray[np.int64],
    counted: npt.NDArray[np.bool_],
) -> Kept:
    lasted, starts = lasted[counted], starts[counted]
    longest = int(lasted.argmax()) if len(lasted) else None
    return Kept(
        asked=asked,
        allowed_s=allowed_s,
        longest_s=0.0 if longest is None else int(lasted[longest]) / SECOND_US,
        longest_from_us=None if longest is None else int(starts[longest]),
        gaps=len(lasted),
        too_long=int((lasted > allowed_s * SECOND_US).sum()),
    )
