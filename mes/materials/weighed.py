"""What a scale weighed in a time, for whoever asks what rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("weighed.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedAt:
    id: int
    number: str  # DSP-2026-0001
    batch_id: int
    batch: str  # number
    net: Decimal | None
    weighed_at: datetime
    weighed_by: str


async def weighed_at(work: Work, point_id: int, start: datetime, end: datetime) -> list[WeighedAt]:
    """Weighings of a scale in [start, end), oldest first; what was typed is not the scale's."""
    return await work.all(SQL["weighed_at"], WeighedAt, point_id=point_id, start=start, end=end)
