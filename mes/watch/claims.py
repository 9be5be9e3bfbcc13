"""Batches that nobody has looked at: claimed, judged, recorded and marked in one transaction, an edge at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

from mes.quality import excursions
from mes.watch.plant import Plant
from mes.watch.recording import record
from mes.watch.settings import WatchSettings
from mes.watch.weighing import AHEAD_US, LOOKAHEAD_US, weigh
from telemetry import queries
from telemetry.clock import to_us
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Claim:
    """A ledger row: which points it touches, and when their readings were."""

    id: int
    n: int  # readings
    points: list[int]
    first_time: datetime
    last_time: datetime


@dataclass(frozen=True, slots=True)
class _Edge:
    edge: str


async def edges_waiting(work: Work) -> list[str]:
    """Edges with batches that nobody has looked at."""
    return [row.edge for row in await work.all(SQL["edges_waiting"], _Edge)]


async def watch_edge(work: Work, plant: Plant, edge: str, settings: WatchSettings, *, live: bool) -> int:
    """Look at the next batches of an edge; answers how many. None where another watch is at this edge."""
    if not await work.scalar(SQL["try_edge"], edge=edge):
        return 0
    limit = settings.live_batches if live else settings.backlog_batches
    claimed = _within(await work.all(SQL["claim"], Claim, edge=edge, live=live, limit=limit), settings.readings)
    if claimed:
        await judge_points(work, plant, touched_by(claimed, plant, to_us(work.now)), settings)
        await work.run(SQL["mark"], ids=[claim.id for claim in claimed], now=work.now)
    return len(claimed)


def _within(claimed: list[Claim], readings: int) -> list[Claim]:
    """As many as have so many readings together, one at least; the others are left to the next time."""
    together = accumulate(claim.n for claim in claimed)
    return [claim for claim, n in zip(claimed, together, strict=True) if n <= readings] or claimed[:1]


def touched_by(claimed: Iterable[Claim], plant: Plant, now_us: int) -> dict[int, tuple[int, int]]:
    """By judged point: from when to when it may have new readings, in µs.

    Times far ahead of ours are not judged before they come: then the readings that came with such times before are.
    """
    spans: dict[int, tuple[int, int]] = {}
    for claim in claimed:
        first, last = to_us(claim.first_time), to_us(claim.last_time)
        if last > now_us + AHEAD_US:
            first = min(first, now_us - LOOKAHEAD_US)
        for point_id in claim.points:
            if plant.is_judged(point_id):
                before = spans.get(point_id, (first, last))
                spans[point_id] = min(before[0], first), max(before[1], last)
    return spans


def spans_of(asked: Iterable[tuple[int, datetime, datetime]]) -> dict[int, tuple[int, int]]:
    """By point: from the earliest to the latest moment asked for, in µs."""
    spans: dict[int, tuple[int, int]] = {}
    for point_id, start, end in asked:
        first, last = spans.get(point_id, (to_us(start), to_us(end)))
        spans[point_id] = min(first, to_us(start)), max(last, to_us(end))
    return spans


async def judge_points(
    work: Work, plant: Plant, touched: Mapping[int, tuple[int, int]], settings: WatchSettings
) -> None:
    """Evaluate these points over these spans and write what changed. Asked twice, it writes nothing the second time."""
    if not touched:
        return
    await excursions.lock_zones(work, plant.zones_of(touched))
    found = await weigh(work, plant, touched, anchor_rows=settings.anchor_rows)
    await record(work, plant, found, late_s=settings.late_s)
