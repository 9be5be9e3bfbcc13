"""The ledger: rows are added, never changed; what is left is a sum over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.stability.model import Entry, KeptProfile, Kind
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))

Spent = dict[str, int]
"""µs drawn by band; bands of which nothing is drawn are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A row to be written."""

    lot_id: int
    profile_id: int
    band: str
    kind: Kind
    amount_us: int
    bucket_from: datetime | None = None
    bucket_to: datetime | None = None
    zone_id: int | None = None
    parent_id: int | None = None
    cause: str


@dataclass(frozen=True, slots=True)
class _Sum:
    lot_id: int
    profile_id: int
    band: str
    amount_us: int


@dataclass(frozen=True, slots=True)
class _Booked:
    lot_id: int
    band: str
    bucket_from: datetime
    amount_us: int


@dataclass(frozen=True, slots=True)
class _Band:
    band: str
    amount_us: int


async def lock(work: Work) -> None:
    """Wait until nobody else writes the ledger, and keep it so to the end of the work."""
    await work.run(SQL["lock"])


async def try_lock(work: Work) -> bool:
    """The same without waiting; False: somebody is at it."""
    return bool(await work.scalar(SQL["try_lock"]))


async def book(work: Work, drafts: Sequence[Draft]) -> None:
    """Add rows."""
    if not drafts:
        return
    columns = {name: [getattr(d, name) for d in drafts] for name in Draft.__slots__}
    await work.run(SQL["book"], **columns, now=work.now, actor=work.actor)


async def booked(
    work: Work, lot_ids: Collection[int], profile_ids: Collection[int], since: datetime
) -> dict[tuple[int, datetime], Spent]:
    """By lot and beginning of a bucket, from a moment on: what is booked of it, where that is not nothing."""
    chosen = {"lot_ids": list(lot_ids), "profile_ids": list(profile_ids)}
    rows = await work.all(SQL["booked"], _Booked, **chosen, since=since)
    found: dict[tuple[int, datetime], Spent] = {}
    for row in rows:
        found.setdefault((row.lot_id, row.bucket_from), {})[row.band] = row.amount_us
    return found


async def spent(work: Work, lot_ids: Collection[int], profiles: Mapping[int, KeptProfile]) -> dict[int, Spent]:
    """By lot, of the profile that is given for it."""
    found: dict[int, Spent] = {lot_id: {} for lot_id in lot_ids}
    for row in await work.all(SQL["sums"], _Sum, lot_ids=list(lot_ids)):
        if row.profile_id == profiles[row.lot_id].id:
            found[row.lot_id][row.band] = row.amount_us
    return found


async def drawn_before(work: Work, lot_id: int, profile_id: int, at: datetime) -> Spent:
    """What a lot had drawn at a moment: what a part that left it then begins with."""
    rows = await work.all(SQL["drawn_before"], _Band, lot_id=lot_id, profile_id=profile_id, at=at)
    return {row.band: max(0, row.amount_us) for row in rows}


async def inherited_so_far(work: Work, lot_id: int, profile_id: int) -> Spent:
    """What is booked as inherited."""
    return {r.band: r.amount_us for r in await work.all(SQL["inherited"], _Band, lot_id=lot_id, profile_id=profile_id)}


async def entries(
    work: Work, lot_id: int, profile_id: int, *, kinds: Iterable[Kind] | None = None, limit: int = 200
) -> list[Entry]:
    """Rows of a lot, newest first."""
    chosen = None if kinds is None else [str(kind) for kind in kinds]
    return await work.all(SQL["entries"], Entry, lot_id=lot_id, profile_id=profile_id, kinds=chosen, limit=limit)


def correction(target: Mapping[str, int], so_far: Mapping[str, int]) -> Spent:
    """What is still to be booked, by band; negative: what was booked too much."""
    differing = {band: target.get(band, 0) - so_far.get(band, 0) for band in target.keys() | so_far.keys()}
    return {band: amount for band, amount in sorted(differing.items()) if amount}
