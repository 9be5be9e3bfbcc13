"""Stored readings as numpy columns, by point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.columns import Columns
from telemetry import store
from telemetry.work import Work


async def read(work: Work, point_ids: Sequence[int], from_us: int, to_us: int) -> dict[int, Columns]:
    """By point: its readings with from <= time < to, in order of time; points without any are left out."""
    raw = await store.series(work, point_ids, from_us, to_us)
    time, value = np.asarray(raw.time_us, dtype=np.int64), np.asarray(raw.value, dtype=np.float64)
    quality = np.asarray(raw.quality, dtype=np.uint8)
    ids, starts = np.unique(np.asarray(raw.point, dtype=np.int32), return_index=True)
    ends = [*starts[1:], len(time)][: len(ids)]
    return {int(id_): Columns(time[a:b], value[a:b], quality[a:b]) for id_, a, b in zip(ids, starts, ends, strict=True)}
