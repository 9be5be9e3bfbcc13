"""Stored readings as numpy columns, by point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.columns import Columns
from telemetry import store
from telemetry.work import Work


async def read_all(
    work: Work, point_ids: Sequence[int], from_us: int, to_us: int
) -> tuple[npt.NDArray[np.int32], Columns]:
    """Point and readings with from <= time < to, ordered by point and time."""
    raw = await store.series(work, point_ids, from_us, to_us)
    return np.asarray(raw.point, dtype=np.int32), Columns(
        np.asarray(raw.time_us, dtype=np.int64),
        np.asarray(raw.value, dtype=np.float64),
        np.asarray(raw.quality, dtype=np.uint8),
    )


async def read(work: Work, point_ids: Sequence[int], from_us: int, to_us: int) -> dict[int, Columns]:
    """By point: its readings in order of time; points without any are left out."""
    return split(*await read_all(work, point_ids, from_us, to_us))


def split(point: npt.NDArray[np.int32], readings: Columns) -> dict[int, Columns]:
    """Columns ordered by point, as columns by point."""
    ids, starts = np.unique(point, return_index=True)
    ends = [*starts[1:], len(point)][: len(ids)]
    return {
        int(id_): Columns(readings.time_us[a:b], readings.value[a:b], readings.quality[a:b])
        for id_, a, b in zip(ids, starts, ends, strict=True)
    }
