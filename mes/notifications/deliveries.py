"""Receipts: what became of each message, for people and programs to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
DeliveryState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The way of a message to one address."""

    id: int
    notification_id: int
    number: str  # stands in the message
    username: str
    printed_name: str
    why: str
    priority: str | None
    created_at: datetime
    title: str
    channel: str
    hint: str | None  # None: the person has no address
    state: DeliveryState
    attempts: int
    next_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
    reason: str  # of the last failure


async def deliveries(
    work: Work,
    *,
    alarm_id: int | None = None,
    state: DeliveryState | None = None,
    below: int | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries, newest first, of one alarm or of all."""
    return await work.all(SQL["deliveries"], Delivery, alarm_id=alarm_id, state=state, below=below, limit=limit)
