"""What an instrument that was found wrong puts in doubt: by stay, its readings, episodes and lots, and other verdicts.

Readings are read once, a month at a time; an episode that crosses into the next month is judged from its start.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from mes.inventory import service as inventory
from mes.inventory.model import Exposure
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion
from mes.quality import episodes
from mes.sensors import instruments, places
from mes.sensors.model import Certificate, ReferencePoint
from models import look_back
from models.columns import Columns
from models.limits import Limit
from models.look_back import Change, Spread, Trial, Verdict
from models.policy import Level
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.work import Work

_A_PIECE = timedelta(days=31)
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A time in which the instrument served one point in one zone (None: in no zone)."""

    point: MeasuringPoint
    zone_id: int | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found for one stay."""

    stay: Stay
    days: tuple[Spread, ...]
    episode_ids: tuple[int, ...]
    excursion_ids: tuple[int, ...]
    lots: tuple[Exposure, ...]
    changes: tuple[tuple[float, Change], ...]  # by the error that was taken off

    @property
    def missed(self) -> tuple[Change, ...]:
        """Excursions that nobody was told of."""
        return tuple(change for _, change in self.changes if change.verdict is Verdict.APPEARS)


Told = Callable[[float], Awaitable[None]]
"""Hears how much has been looked at, 0 to 1."""


@dataclass(slots=True)
class Progress:
    """How many of the pieces that are read have been."""

    told: Told | None
    pieces: int
    done: int = 0

    async def step(self) -> None:
        """One more piece."""
        self.done += 1
        if self.told is not None:
            await self.told(min(self.done / max(self.pieces, 1), 1.0))


def pieces_of(stay: Stay) -> int:
    """How many pieces are read of a stay."""
    return -(-(to_us(stay.end) - to_us(stay.start)) // to_us_of(_A_PIECE))


def errors_of(found: Certificate, lines: Iterable[ReferencePoint]) -> tuple[float, ...]:
    """The errors that are taken off: the worst on each side, of those that are beyond tolerance."""
    beyond = [e.as_found for e in lines if e.as_found is not None and abs(e.as_found) > found.tolerance]
    sides = ([e for e in beyond if e > 0], [e for e in beyond if e < 0])
    return tuple(float(max(side, key=abs)) for side in sides if side)


async def stays_of(work: Work, instrument_id: int, start: datetime, end: datetime) -> list[Stay]:
    """Where an instrument served during [start, end), cut where its point was moved."""
    moved, found = await places.places(work), []
    for row in await instruments.installations(work, instrument_id=instrument_id):
        a, b = max(row.from_time, start), min(row.to_time or end, end)
        if a >= b:
            continue
        point = await plant.point(work, row.point_id)
        if point.point_id not in moved:
            found.append(Stay(point=point, zone_id=point.zone_id, start=a, end=b))
        for place in moved.get(point.point_id, ()):
            first, last = max(place.from_time, a), min(place.to_time or b, b)
            if first < last:
                found.append(Stay(point=point, zone_id=place.zone_id, start=first, end=last))
    return found


async def look_at(work: Work, stay: Stay, errors: Sequence[float], progress: Progress) -> Found:
    """All that one stay puts in doubt."""
    seen = await episodes.episodes(
        work, point_id=stay.point.point_id, from_=stay.start, to=stay.end, withdrawn=False, limit=_MOST
    )
    exposed = await inventory.lots_exposed(work, stay.zone_id, stay.start, stay.end) if stay.zone_id else []
    versions = await _limits(work, stay)
    trials = [Trial(to_us(cut.start), to_us(cut.end), limit, tuple(errors)) for cut, limit in _cuts(stay, versions)]
    days: list[Spread] = []
    edges = _days(stay, await plant.time_zone(work))
    async for piece, until_us in _pieces(work, stay):
        days += look_back.spread_by(piece, edges)
        for trial in trials:
            trial.see(piece, until_us)
        await progress.step()
    return Found(
        stay=stay,
        days=_joined(days),
        episode_ids=tuple(sorted(e.id for e in seen)),
        excursion_ids=tuple(sorted({e.excursion_id for e in seen if e.excursion_id is not None})),
        lots=tuple(exposed),
        changes=tuple((error, change) for error in errors for trial in trials for change in trial.changes(error)),
    )


async def _limits(work: Work, stay: Stay) -> list[tuple[RuleVersion, Limit]]:
    """Alarm limits of the point's policy, by version."""
    versions = await plant.rules_for(work, stay.point.policy) if stay.point.policy else []
    return [(version, limit) for version in versions for limit in version.policy.limits(Level.ALARM)]


def _cuts(stay: Stay, versions: Iterable[tuple[RuleVersion, Limit]]) -> Iterator[tuple[Stay, Limit]]:
    """The parts of a stay in which each version is in force, with its limits."""
    for version, limit in versions:
        a = max(stay.start, version.effective_from)
        b = min(stay.end, version.effective_to or stay.end)
        if a < b:
            yield Stay(point=stay.point, zone_id=stay.zone_id, start=a, end=b), limit


def to_us_of(length: timedelta) -> int:
    """A length of time in whole microseconds."""
    return length // timedelta(microseconds=1)


async def _pieces(work: Work, stay: Stay) -> AsyncIterator[tuple[Columns, int]]:
    """A stay's readings, and until when each piece of them reaches."""
    start_us, end_us = to_us(stay.start), to_us(stay.end)
    for begin_us in range(start_us, end_us, to_us_of(_A_PIECE)):
        until_us = min(begin_us + to_us_of(_A_PIECE), end_us)
        yield await _read(work, stay, begin_us, until_us), until_us


async def _read(work: Work, stay: Stay, from_us_: int, until_us: int) -> Columns:
    raw = await store.series(work, [stay.point.point_id], from_us_, until_us)
    value = np.array(raw.value, dtype=np.float64)
    return Columns(np.array(raw.time_us, dtype=np.int64), value, np.array(raw.quality, dtype=np.uint8))


def _days(stay: Stay, zone: ZoneInfo) -> list[int]:
    """Midnights of the plant's calendar around a stay."""
    day = stay.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [day]
    while edges[-1] < stay.end:
        edges.append(edges[-1] + timedelta(days=1))
    return [to_us(each) for each in edges]


def _joined(days: Iterable[Spread]) -> tuple[Spread, ...]:
    """Halves of a day that two pieces saw, as one."""
    found: dict[int, Spread] = {}
    for each in days:
        other = found.get(each.start_us)
        found[each.start_us] = each if other is None else _both(other, each)
    return tuple(found.values())


def _both(one: Spread, other: Spread) -> Spread:
    lows = [v for v in (one.low, other.low) if v is not None]
    highs = [v for v in (one.high, other.high) if v is not None]
    return Spread(
        start_us=one.start_us,
        readings=one.readings + other.readings,
        bad=one.bad + other.bad,
        low=min(lows, default=None),
        high=max(highs, default=None),
    )


def as_record(found: Found, zone: ZoneInfo) -> dict[str, Any]:
    """What is kept of it: plain values, days by their date, moments in ISO 8601."""
    stay = found.stay
    return {
        "point_id": stay.point.point_id,
        "point": stay.point.name,
        "zone_id": stay.zone_id,
        "from": stay.start.isoformat(),
        "to": stay.end.isoformat(),
        "days": [_day(each, zone) for each in found.days],
        "episodes": list(found.episode_ids),
        "excursions": list(found.excursion_ids),
        "lots": [_lot(each) for each in found.lots],
        "changes": [_told(error, change) for error, change in found.changes],
    }


def _day(spread: Spread, zone: ZoneInfo) -> dict[str, Any]:
    day = from_us(spread.start_us).astimezone(zone).date().isoformat()
    return {"day": day, "readings": spread.readings, "bad": spread.bad, "low": spread.low, "high": spread.high}


def _lot(exposure: Exposure) -> dict[str, Any]:
    ends = exposure.exposed_to.isoformat() if exposure.exposed_to else None
    return asdict(exposure) | {"exposed_from": exposure.exposed_from.isoformat(), "exposed_to": ends}


def _told(error: float, change: Change) -> dict[str, Any]:
    ends = from_us(change.end_us).isoformat() if change.end_us is not None else None
    times = {"start": from_us(change.start_us).isoformat(), "end": ends}
    left_out = {"start_us", "end_us"}
    return {"error": str(Decimal(str(error)))} | times | {k: v for k, v in asdict(change).items() if k not in left_out}
