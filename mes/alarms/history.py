"""Alarms of a period, for those who look back: reports and figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from mes.alarms.model import Alarm
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("history.sql"))


async def touching(work: Work, start: datetime, end: datetime) -> list[Alarm]:
    """Alarms that stood at some time of [start, end), oldest first."""
    return await work.all(SQL["touching"], Alarm, start=start, end=end)


async def these(work: Work, alarm_ids: Iterable[int]) -> list[Alarm]:
    """These alarms, oldest first."""
    return await work.all(SQL["these"], Alarm, ids=list(alarm_ids))
