"""Batches that nobody has looked at: claimed, judged, recorded and marked in one transaction, of all edges at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path

from mes.quality import episodes, excursions
from mes.stability import service as stability
from mes.watch.heard import Heard
from mes.watch.plant import Plant
from mes.watch.recording import record
from mes.watch.settings import WatchSettings
from mes.watch.weighing import AHEAD_US, LOOKAHEAD_US, Span, weigh
from telemetry import queries
from telemetry.clock import from_us, to_us
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
class Seen:
    """What one look has dealt with."""

    batches: int = 0
    is_all: bool = True  # False: more of it waits

    def __bool__(self) -> bool:
        """Whether there was anything."""
        return self.batches > 0


@dataclass(frozen=True, slots=True)
class _Edge:
    edge: str


async def edges_waiting(work: Work) -> list[str]:
    """Edges with batches that nobody has looked at."""
    return [row.edge for row in await work.all(SQL["edges_waiting"], _Edge)]


async def watch_edges(
    work: Work, plant: Plant, edges: Sequence[str], settings: WatchSettings, *, live: bool, heard: Heard
) -> Seen:
    """Look at the next batches of these edges; those at which another watch is are left to it."""
    limit = settings.live_batches if live else settings.backlog_batches
    waiting = await work.all(SQL["claim"], Claim, edges=list(edges), live=live, limit=limit)
    claimed = _within(waiting, settings.readings)
    if claimed:
        touched = touched_by(claimed, plant, to_us(work.now))
        for point_id, span in (await _in_context(work, plant, claimed)).items():
            touched[point_id] = _both(touched.get(point_id, span), span)
        await judge_points(work, plant, touched, settings, heard)
        await stability.note_late(work, _late_spans(claimed, work.now - stability.LATE))
        await work.run(SQL["mark"], ids=[claim.id for claim in claimed], now=work.now)
    return Seen(len(claimed), is_all=len(claimed) == len(waiting) < limit)


def _within(claimed: list[Claim], readings: int) -> list[Claim]:
    """As many as have so many readings together, one at least; the others are left to the next time."""
    together = accumulate(claim.n for claim in claimed)
    return [claim for claim, n in zip(claimed, together, strict=True) if n <= readings] or claimed[:1]


def touched_by(claimed: Iterable[Claim], plant: Plant, now_us: int) -> dict[int, Span]:
    """By judged point: from when to when it may have new readings, in µs.

    Times far ahead of ours are not judged before they come: then the readings that came with such times before are.
    """
    spans: dict[int, Span] = {}
    for claim in claimed:
        span = to_us(claim.first_time), to_us(claim.last_time)
        if span[1] > now_us + AHEAD_US:
            span = min(span[0], now_us - LOOKAHEAD_US), span[1]
        for point_id in plant.judged.intersection(claim.points):
            before = spans.get(point_id)
            spans[point_id] = span if before is None else _both(before, span)
    return spans


def _both(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])


async def _in_context(work: Work, plant: Plant, claimed: Iterable[Claim]) -> dict[int, Span]:
    """By judged point: episodes whose alarm a door or a defrost of these batches may put off, or no longer."""
    told: dict[int, Span] = {}
    for claim in claimed:
        for point_id in plant.context.keys() & set(claim.points):
            span = to_us(claim.first_time), to_us(claim.last_time)
            told[point_id] = _both(told.get(point_id, span), span)
    spans: dict[int, list[Span]] = defaultdict(list)
    for point_id, span in told.items():
        for judged in plant.context[point_id]:
            spans[judged].append(span)
    if not spans:
        return {}
    since = from_us(min(first for each in spans.values() for first, _ in each))
    found: dict[int, Span] = {}
    for episode in await episodes.standing_since(work, since, list(spans)):
        begin = to_us(episode.started_at)
        due = to_us(episode.started_at + timedelta(seconds=plant.longest_delay_s(episode)))
        if any(first <= due and begin <= last for first, last in spans[episode.point_id]):
            found[episode.point_id] = _both(found.get(episode.point_id, (begin, due)), (begin, due))
    return found


def _late_spans(claimed: Iterable[Claim], before: datetime) -> dict[int, Span]:
    """By point, judged or not, of batches that reach back before a moment: from when to when it may have readings."""
    late = (claim for claim in claimed if claim.first_time < before)
    return spans_of((point_id, claim.first_time, claim.last_time) for claim in late for point_id in claim.points)


def spans_of(asked: Iterable[tuple[int, datetime, datetime]]) -> dict[int, Span]:
    """By point: from the earliest to the latest moment asked for, in µs."""
    spans: dict[int, Span] = {}
    for point_id, start, end in asked:
        span = to_us(start), to_us(end)
        spans[point_id] = _both(spans.get(point_id, span), span)
    return spans


async def judge_points(
    work: Work, plant: Plant, touched: Mapping[int, Span], settings: WatchSettings, heard: Heard | None = None
) -> None:
    """Evaluate these points over these spans and write what changed. Asked twice, it writes nothing the second time."""
    if not touched:
        return
    await excursions.lock_zones(work, plant.zones_of(touched))
    found = await weigh(work, plant, touched, anchor_rows=settings.anchor_rows, heard=heard)
    await record(work, plant, found, late_s=settings.late_s)
