"""Counts what machines do for the plans that go by it: an hour at a time, out of stored readings, kept as rows.

An hour is counted again when the store has other readings of it than when it was counted: late ones count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mes.maintenance.applying import SQL
from mes.maintenance.due import Use
from mes.maintenance.meters import HOUR_US, Counted, Sample, counts, pieces, running
from mes.maintenance.words import PlanWords
from mes.plant.model import MeasuringPoint
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.work import Work

MOST_HOURS, MOST_READINGS = 24 * 31, 200_000
"""Counted in one go; a plan that is behind by more catches up in the next rounds, and the watch is not kept."""
_AT_ONCE = 720  # hours of one question to the roll-ups
_LOOK_BACK = timedelta(days=400)
_SECONDS_PER_HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What was counted of a piece of time, an hour at most."""

    starts_at: datetime
    ends_at: datetime
    used: Decimal  # seconds of running, or counts
    unknown_s: Decimal
    seen: int  # readings of that hour when it was counted


async def use_since(work: Work, plan_id: int, words: PlanWords, since: datetime) -> Use:
    """What the machine did since a moment, as far as it has been counted; hours for a plan of running."""
    rows = await work.all(SQL["uses"], Piece, plan_id=plan_id, since=since)
    used, unknown = sum((r.used for r in rows), Decimal(0)), sum((r.unknown_s for r in rows), Decimal(0))
    days = Decimal((work.now - since).total_seconds()) / 86_400
    if words.count is not None:
        return Use(used=used, days=days)
    return Use(used=used / _SECONDS_PER_HOUR, unknown=unknown / _SECONDS_PER_HOUR, days=days)


async def count_use(work: Work, plan_id: int, words: PlanWords, point: MeasuringPoint, since: datetime) -> int:
    """Count what is not counted yet, and again what has changed. Answers how many pieces it wrote."""
    kept = {to_us(row.starts_at): row for row in await work.all(SQL["uses"], Piece, plan_id=plan_id, since=since)}
    seen = await _seen(work, point.point_id, since)
    wanted = []
    for start_us, end_us in pieces(to_us(since), to_us(work.now)):
        known, n = kept.get(start_us), seen.get(start_us // HOUR_US, 0)
        if known is None or to_us(known.ends_at) != end_us or known.seen != n:
            wanted.append((start_us, end_us, n))
    wanted = list(_affordable(wanted))
    for start_us, end_us, n in wanted:
        found = await _count(work, words, point, start_us, end_us)
        used = Decimal(found.used) / 1_000_000 if words.running else Decimal(found.used)
        said = {"used": used, "unknown_s": Decimal(found.unknown_us) / 1_000_000, "seen": n}
        span = {"starts_at": from_us(start_us), "ends_at": from_us(end_us)}
        await work.run(SQL["keep_use"], plan_id=plan_id, now=work.now, **span, **said)
    return len(wanted)


def _affordable(wanted: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    readings = 0
    for piece in wanted[:MOST_HOURS]:
        yield piece
        readings += piece[2]
        if readings > MOST_READINGS:
            return


async def _seen(work: Work, point_id: int, since: datetime) -> dict[int, int]:
    """Readings in each hour, by number of the hour since 1970, as far as they are rolled up."""
    found: dict[int, int] = {}
    first, last = to_us(since) // HOUR_US, -(-to_us(work.now) // HOUR_US)
    for begin in range(first, last, _AT_ONCE):
        end = min(last, begin + _AT_ONCE)
        [column] = await store.trend(work, [point_id], from_us(begin * HOUR_US), from_us(end * HOUR_US), end - begin)
        found |= {start_ms * 1000 // HOUR_US: n for start_ms, n in zip(column.t, column.n, strict=True)}
    return found


async def _count(work: Work, words: PlanWords, point: MeasuringPoint, start_us: int, end_us: int) -> Counted:
    holds_us = int(point.stale_s * 1_000_000)
    columns = await store.series(work, [point.point_id], start_us - holds_us if words.running else start_us, end_us)
    samples = [Sample(*row) for row in zip(columns.time_us, columns.value, columns.quality, strict=True)]
    if words.running is not None:
        return running(samples, start_us, end_us, above=words.running.above, holds_us=holds_us)
    wraps_at = words.count.wraps_at if words.count else None
    before = await _last_usable(work, point.point_id, start_us) if samples else []
    return counts([*before, *samples], start_us, end_us, wraps_at=None if wraps_at is None else float(wraps_at))


async def _last_usable(work: Work, point_id: int, start_us: int) -> Sequence[Sample]:
    """The last usable reading before a moment, if there is one."""
    at = from_us(start_us)
    for reading in await store.readings(work, point_id, at - _LOOK_BACK, at, limit=200):
        value = float("nan") if reading.value is None else reading.value
        sample = Sample(to_us(reading.time), value, reading.quality)
        if sample.usable:
            return [sample]
    return []
