"""What a point says over a step's own window, with what is not known of it.

A good reading tells the value until the next reading, for at most the time after which the point counts as silent;
a bad or uncertain one tells nothing. What is unknown is a gap: it is counted, and never passes as good (Annex 11, 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from mes.batches.judging import judged, rounded, worst
from mes.batches.model import BatchCapture, Verdict
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.recipes.document import Step
from telemetry import store
from telemetry.clock import to_us
from telemetry.errors import NotFound
from telemetry.work import Work

GOOD = 192
SECOND_US = 1_000_000


class CapturePointMissing(NotFound):
    """The machine has no such measuring point: choose another machine, or have the master record corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A window in figures; times in seconds, the mean over the known time."""

    n: int
    min: float | None
    max: float | None
    mean: float | None
    gap_s: float
    coverage_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A capture that is not kept yet."""

    point: MeasuringPoint
    window: tuple[datetime, datetime]
    figures: Figures
    raw_sha256: str
    covered: bool
    verdict: Verdict


def figures(
    time_us: npt.NDArray[np.int64],
    value: npt.NDArray[np.float64],
    quality: npt.NDArray[np.uint8],
    *,
    start_us: int,
    end_us: int,
    hold_s: float,
) -> Figures:
    """Of readings in order of time, some of them perhaps from before the window, whose values may reach into it.

    A window in which nothing was measured is unknown as a whole, however recent the reading before it.
    """
    known = (quality >= GOOD) & np.isfinite(value)
    until = np.minimum(np.append(time_us[1:], end_us), time_us + int(hold_s * SECOND_US))
    begin, end = np.maximum(time_us, start_us), np.minimum(until, end_us)
    held_us = np.where(known, np.maximum(end - begin, 0), 0)
    inside = known & (time_us >= start_us) & (time_us < end_us)
    telling = inside | (held_us > 0)
    length_us, held = max(end_us - start_us, 0), int(held_us.sum())
    if not inside.any():
        return Figures(n=0, min=None, max=None, mean=None, gap_s=length_us / SECOND_US, coverage_pct=0.0)
    some = value[telling]
    return Figures(
        n=int(inside.sum()),
        min=float(some.min()) if len(some) else None,
        max=float(some.max()) if len(some) else None,
        mean=round(float((value[telling] * held_us[telling]).sum() / held), 6) if held else None,
        gap_s=(length_us - held) / SECOND_US,
        coverage_pct=round(100 * held / length_us, 4) if length_us else 0.0,
    )


def verdict_of(found: Figures, step: Step, resolution: Decimal) -> tuple[bool, Verdict]:
    """Whether enough is known, and what it is worth: the extremes against the limits; a gap is never within them."""
    covered = found.n > 0 and Decimal(repr(found.coverage_pct)) >= step.min_coverage_pct
    seen = [judged(rounded(each, resolution), step.limits) for each in (found.min, found.max) if each is not None]
    return covered, worst(seen if covered else [*seen, Verdict.DATA_GAP])


async def point_for(work: Work, step: Step, equipment_id: int | None) -> MeasuringPoint:
    """The point that a step captures: named in full, or a measure of the operation's machine.

    Raises CapturePointMissing.
    """
    if step.point:
        return await plant.point_named(work, step.point)
    points = await plant.points(work, equipment_id=equipment_id) if equipment_id is not None else []
    for point in points:
        if point.measure == step.measure:
            return point
    raise CapturePointMissing(step=step.code, measure=step.measure or "", equipment_id=equipment_id or 0)


async def capture(work: Work, step: Step, equipment_id: int | None, window: tuple[datetime, datetime]) -> Captured:
    """Read the store over [start, end) of a step's own window, and what reaches into it. Raises CapturePointMissing.

    The hash is over the columns time, value and quality as they are stored, from `stale_s` before the window on.
    """
    point = await point_for(work, step, equipment_id)
    start_us, end_us = (to_us(each) for each in window)
    raw = await store.series(work, [point.point_id], start_us - int(point.stale_s * SECOND_US), end_us)
    columns = (raw.time_us, raw.value, raw.quality)
    found = figures(
        np.asarray(raw.time_us, dtype=np.int64),
        np.asarray(raw.value, dtype=np.float64),
        np.asarray(raw.quality, dtype=np.uint8),
        start_us=start_us,
        end_us=end_us,
        hold_s=point.stale_s,
    )
    covered, verdict = verdict_of(found, step, point.resolution)
    digest = sha256(b"".join(column.tobytes() for column in columns)).hexdigest()
    return Captured(point=point, window=window, figures=found, raw_sha256=digest, covered=covered, verdict=verdict)


def same(kept: BatchCapture, found: Captured) -> bool:
    """Whether the store still says what was kept."""
    return kept.raw_sha256 == found.raw_sha256
