"""One order from the database, for reading and for changing, and its log: everything that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Json

from mes.maintenance.model import Order
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ENTITY = "maintenance_order"


class OrderNotFound(NotFound):
    """There is no such maintenance order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A line of an order's log."""

    id: int
    order_id: int
    at: datetime
    actor: str
    act: str  # a step's name, or handed_over, commented, labour, part, checked, asked_again
    told: str
    facts: Mapping[str, Any]


async def order(work: Work, order_id: int) -> Order:
    """One order. Raises OrderNotFound."""
    found = await work.one(SQL["order"], Order, id=order_id)
    if found is None:
        raise OrderNotFound(order_id=order_id)
    return found


async def locked(work: Work, order_id: int, version: int | None = None) -> Order:
    """The same, and nobody else changes it until the end of this work. Raises OrderNotFound, StaleVersion."""
    found = await work.one(SQL["lock"], Order, id=order_id)
    if found is None:
        raise OrderNotFound(order_id=order_id)
    if version is not None and found.version != version:
        raise StaleVersion(ENTITY, order_id, yours=version, current=found.version)
    return found


async def write(work: Work, order_id: int, act: str, told: str = "", **facts: object) -> None:
    """Add a line to an order's log."""
    plain = {name: str(value) for name, value in facts.items() if value is not None}
    said = {"act": act, "told": told.strip(), "facts": Json(plain)}
    await work.run(SQL["log"], order_id=order_id, actor=work.actor, now=work.now, **said)


async def log_of(work: Work, order_id: int) -> list[LogEntry]:
    """Everything that happened to an order, oldest first."""
    return await work.all(SQL["log_of"], LogEntry, order_id=order_id)
