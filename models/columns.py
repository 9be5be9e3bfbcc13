"""Readings as numpy columns, made fit to be judged: bad values become NaN, later ones than the judged moment go.

In come columns in any order, out come columns that every model reads the same way. Nothing here knows a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.int64]  # µs since 1970 UTC
Values = npt.NDArray[np.float64]  # NaN where nothing is known
Qualities = npt.NDArray[np.uint8]  # OPC classic byte

SECOND_US = 1_000_000

_QUALITY_BITS = 0xC0
_UNCERTAIN_BITS = 0x40
_BITS = 63  # of a number without its sign


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings of one point; three columns of one length."""

    time_us: Moments
    value: Values
    quality: Qualities

    def __len__(self) -> int:
        return len(self.time_us)

    def take(self, rows: npt.NDArray[np.intp]) -> Columns:
        """These rows, in this order."""
        return Columns(self.time_us[rows], self.value[rows], self.quality[rows])


def columns(time_us: npt.ArrayLike, value: npt.ArrayLike, quality: npt.ArrayLike, *, until_us: int) -> Columns:
    """Columns as known at `until_us`, in the order given.

    A value of bad quality, and one that is not a finite number, becomes NaN. Readings later than `until_us` are
    left out: to judge at a moment is to know what had been read by then.
    """
    moments = np.asarray(time_us, dtype=np.int64)
    values = np.asarray(value, dtype=np.float64)
    qualities = np.asarray(quality, dtype=np.uint8)
    if not len(moments) == len(values) == len(qualities):
        raise ValueError(f"columns of different length: {len(moments)}, {len(values)}, {len(qualities)}")
    usable = np.isfinite(values) & (qualities & _QUALITY_BITS != 0)
    if not usable.all():
        values = np.where(usable, values, np.nan)
    if len(moments) and moments.max() > until_us:
        known = moments <= until_us
        return Columns(moments[known], values[known], qualities[known])
    return Columns(moments, values, qualities)


def is_in_order(time_us: Moments) -> bool:
    """Whether every reading is later than the one before it: sorted, and no two of one moment."""
    return bool((time_us[1:] > time_us[:-1]).all())


def order_by_point(point: npt.NDArray[np.integer[Any]], time_us: Moments) -> npt.NDArray[np.intp] | None:
    """What puts rows in order of point (numbers from 0) and time; None where they are in it. Doubles stay in order."""
    found = in_order_of_point(point, time_us)
    return None if found is None else found[0]


def in_order_of_point(
    point: npt.NDArray[np.integer[Any]], time_us: Moments
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.integer[Any]], Moments] | None:
    """The same with the points and times in that order.

    To sort numbers that bring their row along, and are taken apart again, is several times as fast as to sort rows.
    """
    if not len(point):
        return None
    begin = int(time_us.min())
    time_bits, row_bits = (int(time_us.max()) - begin).bit_length(), (len(point) - 1).bit_length()
    bits = int(point.max()).bit_length() + time_bits
    if bits > _BITS:
        order = np.lexsort((time_us, point))
        return order, point[order], time_us[order]
    key = (point.astype(np.int64) << time_bits) | (time_us - begin)
    if (key[1:] >= key[:-1]).all():
        return None
    if bits + row_bits > _BITS:
        order = np.argsort(key, kind="stable")
        return order, point[order], time_us[order]
    key <<= row_bits
    key |= np.arange(len(key))
    key.sort()
    order = key & ((1 << row_bits) - 1)
    key >>= row_bits
    return order, key >> time_bits, (key & ((1 << time_bits) - 1)) + begin


def uncertain(quality: Qualities) -> npt.NDArray[np.bool_]:
    """Which readings have a value that must be taken with care."""
    mask: npt.NDArray[np.bool_] = (quality & _QUALITY_BITS) == _UNCERTAIN_BITS
    return mask


def to_us(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND_US)


def hold_us(readings: Columns, stale_s: float, until_us: int) -> Moments:
    """How long each reading is believed, in µs: up to the next one, `stale_s` at most, and never past `until_us`.

    The columns must be in order. A reading without a value holds for no time at all, and it ends the hold of the
    one before it: the device has said that it no longer knows.
    """
    following = np.append(readings.time_us[1:], np.int64(until_us))[: len(readings)]
    held = np.minimum(following - readings.time_us, to_us(stale_s))
    return np.where(np.isnan(readings.value), 0, held)
