"""The doors for machines, seen by people: what became of every edge's readings, what was set aside or given up, is all
well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query, Request, Response

from mes.border import Doors, Signed, Transaction
from telemetry import queries
from telemetry.work import Work, begin

log = logging.getLogger("isotherm.gateway")
SQL = queries.load(Path(__file__).with_name("edges.sql"))
router = APIRouter(tags=["edges"])
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class EdgeFate:
    """Counts of readings since the beginning: taken = stored + duplicate + rejected."""

    edge: str
    taken: int
    stored: int
    duplicate: int
    rejected: int
    last_at: datetime | None
    unwatched: int  # batches
    given_up: int  # readings that never came: the edge had to give them up, and said so
    gaps: int  # how often it said so; of some it could not tell how many readings


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that was set aside; its payload is kept."""

    id: int
    at: datetime
    edge: str | None
    epoch: int | None
    sequence: int | None
    subject: str
    code: str
    detail: str
    n: int
    bytes: int
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Readings that an edge had to give up; what it could not tell is None."""

    id: int
    at: datetime  # when it was told
    edge: str
    epoch: int  # epoch and sequence of the message that told it
    sequence: int
    lane: str  # cold-chain, process, bulk; all: a whole buffer is gone
    reason: str  # full, old, damaged
    n: int | None  # readings
    of_epoch: int
    first_sequence: int | None
    last_sequence: int | None
    first_time: datetime | None  # received times at the edge
    last_time: datetime | None


@dataclass(frozen=True, slots=True)
class Lately:
    """Of an edge since a moment: what it had to give up, and messages that were set aside and still are."""

    edge: str
    given_up: int  # readings; of some gaps nobody can tell how many
    gaps: int
    aside: int


@dataclass(frozen=True, slots=True)
class _Sender:
    point_id: int
    edge: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the database."""

    unwatched_batches: int
    unwatched_since: datetime | None
    newest_reading_at: datetime | None
    unsent_events: int


async def edges(work: Work) -> list[EdgeFate]:
    """Every edge that ever sent something."""
    return await work.all(SQL["edges"], EdgeFate)


async def lately(work: Work, since: datetime) -> dict[str, Lately]:
    """By edge, what was lost or set aside since then."""
    return {row.edge: row for row in await work.all(SQL["lately"], Lately, since=since)}


async def senders(work: Work, point_ids: Sequence[int]) -> dict[int, str]:
    """By point, the edge that sent its newest reading."""
    return {row.point_id: row.edge for row in await work.all(SQL["senders"], _Sender, points=list(point_ids))}


async def rejected(
    work: Work, *, edge: str | None = None, code: str | None = None, below: int | None = None, limit: int = 100
) -> list[Rejected]:
    """What was set aside, newest first."""
    return await work.all(SQL["rejected"], Rejected, edge=edge, code=code, below=below, limit=limit)


async def gaps(work: Work, *, edge: str | None = None, below: int | None = None, limit: int = 100) -> list[Gap]:
    """What edges had to give up, newest first."""
    return await work.all(SQL["gaps"], Gap, edge=edge, below=below, limit=limit)


@router.get("/edges")
async def list_edges(work: Transaction, _: Signed) -> dict[str, Any]:
    """Fates of every edge's readings."""
    return {"items": await edges(work), "next": None}


@router.get("/gaps")
async def list_gaps(
    work: Transaction,
    _: Signed,
    edge: str | None = None,
    cursor: int | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Readings that edges had to give up, newest first: how many, of which class, from when to when, and why."""
    found = await gaps(work, edge=edge, below=cursor, limit=limit)
    return {"items": found, "next": found[-1].id if len(found) == limit else None}


@router.get("/rejected")
async def list_rejected(
    work: Transaction,
    _: Signed,
    edge: str | None = None,
    code: str | None = None,
    cursor: int | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Messages that were set aside, newest first."""
    found = await rejected(work, edge=edge, code=code, below=cursor, limit=limit)
    return {"items": found, "next": found[-1].id if len(found) == limit else None}


@router.get("/health")
async def health(request: Request, response: Response) -> dict[str, Any]:
    """Whether the plant's memory is there, how old the newest reading is, what waits. 503 without the database."""
    doors: Doors = request.app.state.doors
    try:
        async with asyncio.timeout(_PATIENCE_S):
            now = doors.clock.now()
            async with begin(doors.pool, "gateway", now) as work:
                (found,) = await work.all(SQL["health"], Backlog)
    except (psycopg.OperationalError, TimeoutError):
        log.exception("health: the database is away")
        response.status_code = 503
        return {"status": "unavailable", "database": "away"}
    newest = found.newest_reading_at
    return {
        "status": "ok",
        "database": "ok",
        "at": now,
        "newest_reading_at": newest,
        "newest_reading_age_s": (now - newest).total_seconds() if newest else None,
        "unwatched_batches": found.unwatched_batches,
        "unwatched_age_s": (now - found.unwatched_since).total_seconds() if found.unwatched_since else 0.0,
        "unsent_events": found.unsent_events,
        "live_looks_failed": request.app.state.live.looks_failed,
    }
