"""Stored readings out: columns for models, the newest value of each point, single readings with their provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telemetry import queries
from telemetry.clock import from_us
from telemetry.store.copying import Columns, unpack
from telemetry.work import Work

__all__ = [
    "Beyond",
    "Columns",
    "LastValue",
    "StoredReading",
    "all_points",
    "beyond",
    "last_values",
    "moved",
    "point_ids",
    "readings",
    "series",
]

SQL = queries.load(Path(__file__).with_name("store.sql"))


@dataclass(frozen=True, slots=True)
class LastValue:
    """The newest reading of a point, by device time."""

    point_id: int
    name: str  # site/area/equipment/measure
    time: datetime  # device time
    received: datetime
    value: float | None  # None: the quality is bad
    quality: int  # OPC classic byte


@dataclass(frozen=True, slots=True)
class Beyond:
    """A point that did not stay within bounds, or was not always known."""

    point_id: int
    is_out: bool
    is_unusable: bool


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading and the message that brought it."""

    time: datetime  # device time
    received: datetime
    value: float | None
    quality: int
    batch_id: int
    edge: str
    epoch: int
    sequence: int
    ingested_at: datetime
    claimed_us: int | None  # the device's own time that was not believed, µs since 1970; None: `time` is it
    status: int | None  # the protocol's own status, where it says more than the quality


async def series(work: Work, point_ids: Sequence[int], from_us_: int, to_us_: int) -> Columns:
    """Raw readings of these points with from <= device time < to (µs since 1970), ordered by point, then time."""
    values = {"points": list(point_ids), "start": from_us(from_us_), "end": from_us(to_us_)}
    data = bytearray()
    async with work.db.cursor() as cursor, cursor.copy(SQL["copy_series"], values) as copy:
        async for block in copy:
            data += block
    return unpack(data)


async def beyond(
    work: Work, point_ids: Sequence[int], from_us_: int, to_us_: int, *, low: float, high: float
) -> list[Beyond]:
    """Of these points, in from <= device time < to: who has a value below `low`, at `high` or above, or none."""
    span = {"start": from_us(from_us_), "end": from_us(to_us_)}
    return await work.all(SQL["beyond"], Beyond, points=list(point_ids), low=low, high=high, **span)


async def moved(work: Work, point_ids: Sequence[int], since: datetime, by: float) -> list[int]:
    """Those of these points whose values lay at least so far apart since a moment, as far as minutes are rolled up."""
    answer = await work.db.execute(SQL["moved"], {"points": list(point_ids), "since": since, "by": by})
    return [id_ for (id_,) in await answer.fetchall()]


async def last_values(work: Work, point_ids: Sequence[int] | None = None) -> list[LastValue]:
    """The newest reading of each point that has any, ordered by point; of all points for None."""
    return await work.all(SQL["last_values"], LastValue, points=None if point_ids is None else list(point_ids))


async def readings(
    work: Work, point_id: int, start: datetime, end: datetime, *, limit: int = 1000
) -> list[StoredReading]:
    """Raw readings of one point with start <= device time < end, newest first, with what brought them."""
    return await work.all(SQL["readings"], StoredReading, point=point_id, start=start, end=end, limit=limit)


async def all_points(work: Work) -> dict[int, str]:
    """Names of all points that ever had a reading, by id."""
    answer = await work.db.execute(SQL["all_points"])
    return dict(await answer.fetchall())


async def point_ids(work: Work, names: Sequence[str]) -> dict[str, int]:
    """Ids of the points that are known, by name."""
    answer = await work.db.execute(SQL["point_ids"], {"names": list(names)})
    return {name: id_ for id_, name in await answer.fetchall()}
