"""What the readings of an excursion were, frozen when QA acknowledges it: counts, extremes, means, minutes, digests.

The digest is over the stored columns in order of time, so that anyone can show later that nothing was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from math import isfinite
from typing import Any

import numpy as np

from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.quality.model import Episode, Excursion
from models.kinetics import mean_kinetic
from models.policy import Level
from telemetry import store
from telemetry.chain import stamp
from telemetry.clock import to_us
from telemetry.work import Work


async def evidence_of(work: Work, excursion: Excursion, episodes: Sequence[Episode]) -> dict[str, Any]:
    """JSON: the window, and for every judged point of the zone what was read in it."""
    end = excursion.ended_at or work.now
    points = [p for p in await plant.points_in(work, excursion.zone_id) if p.policy is not None]
    standing = [e for e in episodes if e.withdrawn_at is None and e.level is Level.ALARM and not e.counted_by]
    window = to_us(excursion.started_at), to_us(end)
    told = [await _of_point(work, p, window, [e for e in standing if e.point_id == p.point_id]) for p in points]
    return {"from": stamp(excursion.started_at), "to": stamp(end), "frozen_at": stamp(work.now), "points": told}


async def _of_point(
    work: Work, point: MeasuringPoint, window: tuple[int, int], episodes: Sequence[Episode]
) -> dict[str, Any]:
    raw = await store.series(work, [point.point_id], window[0], window[1] + 1)
    time, value, quality = (np.asarray(column) for column in (raw.time_us, raw.value, raw.quality))
    known = value[~np.isnan(value)]
    mean = mean_kinetic(time, value, quality, stale_s=point.stale_s, from_us=window[0], until_us=window[1])
    figures = {
        "min": float(known.min()) if len(known) else None,
        "max": float(known.max()) if len(known) else None,
        "mean": _finite(mean.mean_c),
        "mkt": _finite(mean.kinetic_c),
        "known_s": mean.known_s,
        "unknown_s": mean.unknown_s,
        "out_s": sum(e.known_s for e in episodes),
        "out_unknown_s": sum(e.unknown_s for e in episodes),
    }
    digest = sha256(raw.time_us.tobytes() + raw.value.tobytes() + raw.quality.tobytes()).hexdigest()
    return {"point": point.name, "unit": point.unit, "readings": len(time), "sha256": digest} | figures


def _finite(value: float) -> float | None:
    return round(value, 4) if isfinite(value) else None
