"""What of batches rests on a point's readings of a time: captures in force, with their batch and step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("resting.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureAt:
    """A step whose window reaches into the time."""

    batch_id: int
    batch: str  # number
    operation: str  # code
    step_id: int
    step: str  # code
    window_start: datetime
    window_end: datetime
    mean: float | None
    unit: str
    taken_by: str


async def captures_at(work: Work, point_id: int, start: datetime, end: datetime) -> list[CaptureAt]:
    """Captures of a point whose window reaches into [start, end), oldest first."""
    return await work.all(SQL["captures_at"], CaptureAt, point_id=point_id, start=start, end=end)
