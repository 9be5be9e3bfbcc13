"""Messages into the store, any number in one transaction: ledger rows, readings, what is set aside, the count of it.

The ledger decides: a sequence that stands there has been stored, so nothing of it is stored again. Locks are taken in
one order (points, chunks, ledger rows by key, fates by edge), so that gateways side by side wait but never block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from telemetry import queries
from telemetry.clock import from_us
from telemetry.store import ledger
from telemetry.store.arrival import Arrival, Fate, Key, Receipt, Refusal, arrival
from telemetry.store.beside import store_beside
from telemetry.store.candidate import (
    Candidate,
    Names,
    candidate,
    faulty,
    is_long,
    monday,
    names_of,
    reused,
    rows,
    spans,
    weeks,
)
from telemetry.store.copying import HEADER, TRAILER, Rows, pack
from telemetry.store.ledger import Tallies
from telemetry.work import Work

__all__ = ["Arrival", "Memory", "Receipt", "Refusal", "append", "arrival"]

SQL = queries.load(Path(__file__).with_name("append.sql"))
MOST_NAMES = 500_000
"""Names in all the batches' lists that are remembered; beyond that they are forgotten and learned again."""
PARCEL = 4
"""Messages whose rows are written at a time."""
ROWS_WITHOUT_COPY = 500
"""Readings of one INSERT where the engine has no COPY: its messages must stay under 60 kB."""


@dataclass(slots=True)
class Memory:
    """What one process knows of one database, so that it need not ask again.

    Throw it away when a transaction fails: it may hold ids that were rolled back.
    """

    point_ids: dict[str, int] = field(default_factory=dict)
    names: dict[tuple[str, ...], Names] = field(default_factory=dict)  # of whole batches: edges repeat theirs
    weeks: set[int] = field(default_factory=set)  # that have a chunk
    can_copy: bool = True  # False: the engine can't take COPY ... FROM STDIN


async def append(
    work: Work, arrivals: Sequence[Arrival], refusals: Sequence[Refusal] = (), *, memory: Memory | None = None
) -> list[Receipt]:
    """Store messages in the work's transaction and set refusals aside; answers a receipt for each arrival, in order."""
    memory = memory if memory is not None else Memory()
    first = {a.key: a for a in reversed(arrivals)}
    await _learn_points(work, first.values(), memory)
    candidates = [candidate(a, work.now, memory.names[a.message.batch.points]) for a in first.values()]
    await _make_room(work, candidates, memory)
    ids = await ledger.enter(work, candidates)
    entered = {c.key: (ids[c.key], c) for c in candidates if c.key in ids}
    with_readings = [(id_, c) for id_, c in entered.values() if c.n]
    await _store(work, [rows(c, id_) for id_, c in with_readings], memory)
    await store_beside(work, entered.values())
    await _mark_due(work, [(id_, c) for id_, c in with_readings if is_long(c)])

    receipts = await _receipts(work, arrivals, entered)
    tallies = Tallies()
    for receipt in receipts:
        tally = tallies.of(receipt.key.edge)
        tally.stored += receipt.stored
        tally.duplicate += receipt.duplicate
    for refusal in (*refusals, *(refusal for receipt in receipts for refusal in receipt.refusals)):
        await ledger.set_aside(work, refusal, tallies)
    await ledger.count(work, tallies)
    return receipts


async def _learn_points(work: Work, arrivals: Iterable[Arrival], memory: Memory) -> None:
    fresh = {a.message.batch.points for a in arrivals} - memory.names.keys()
    unknown = {name for points in fresh for name in points} - memory.point_ids.keys()
    if unknown:
        memory.point_ids.update(await _learn(work, unknown))
    if sum(map(len, memory.names)) > MOST_NAMES:
        memory.names.clear()
        fresh = {a.message.batch.points for a in arrivals}
    for points in fresh:
        memory.names[points] = names_of(map(memory.point_ids.__getitem__, points))


async def _learn(work: Work, unknown: set[str]) -> dict[str, int]:
    known = await _find_points(work, unknown)
    if len(known) < len(unknown):
        await work.run(SQL["insert_points"], names=sorted(unknown - known.keys()))
        known = await _find_points(work, unknown)
    return known


async def _find_points(work: Work, names: Iterable[str]) -> dict[str, int]:
    answer = await work.db.execute(SQL["find_points"], {"names": list(names)})
    return {name: id_ for id_, name in await answer.fetchall()}


async def _make_room(work: Work, candidates: Iterable[Candidate], memory: Memory) -> None:
    """See to it that the weeks of the readings have chunks. Costs nothing where they are known to have."""
    missing = {week for c in candidates if c.n for week in weeks(c)} - memory.weeks
    if missing:
        await work.db.execute(SQL["make_room"], {"weeks": [monday(week) for week in sorted(missing)]})
        memory.weeks |= missing


async def _store(work: Work, all_rows: Sequence[Rows], memory: Memory) -> None:
    if not memory.can_copy:
        for each in all_rows:
            await _insert(work, each)
    elif all_rows:
        async with work.db.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as copy:
            await copy.write(HEADER)
            for first in range(0, len(all_rows), PARCEL):  # the database takes in one while the next is packed
                await copy.write(b"".join(map(pack, all_rows[first : first + PARCEL])))
            await copy.write(TRAILER)


async def _insert(work: Work, rows: Rows) -> None:
    for begin in range(0, len(rows), ROWS_WITHOUT_COPY):
        part = slice(begin, begin + ROWS_WITHOUT_COPY)
        value = [None if v != v else v for v in rows.value[part]]  # NaN differs from itself
        await work.run(
            SQL["insert_readings"],
            point=rows.point_id[part].tolist(),
            time_us=rows.time_us[part].tolist(),
            received_us=rows.received_us[part].tolist(),
            value=value,
            quality=rows.quality[part].tolist(),
            batch=[rows.batch_id] * len(value),
        )


async def _mark_due(work: Work, long: Sequence[tuple[int, Candidate]]) -> None:
    """Tell the roll-ups which hours these long messages touch; the ledger has told them of the others."""
    if not long:
        return
    batches, first, last = zip(*((id_, *span) for id_, c in long for span in spans(c)), strict=True)
    values = {"batches": list(batches), "first": list(map(from_us, first)), "last": list(map(from_us, last))}
    await work.db.execute(SQL["rollup_is_due"], values)


async def _receipts(
    work: Work, arrivals: Sequence[Arrival], entered: Mapping[Key, tuple[int, Candidate]]
) -> list[Receipt]:
    """A receipt for each arrival. Same sequence with other bytes is no duplicate: it is set aside."""
    fresh = dict(entered)
    told = [_stored(*fresh.pop(a.key)) if a.key in fresh else None for a in arrivals]
    known = await ledger.known(work, (a.key for a, receipt in zip(arrivals, told, strict=True) if receipt is None))
    return [receipt or _came_before(a, *known[a.key]) for a, receipt in zip(arrivals, told, strict=True)]


def _stored(batch_id: int, candidate: Candidate) -> Receipt:
    return Receipt(candidate.key, Fate.STORED, batch_id, stored=candidate.n, refusals=faulty(candidate))


def _came_before(arrival: Arrival, batch_id: int, digest: bytes) -> Receipt:
    if digest == arrival.digest:
        return Receipt(arrival.key, Fate.DUPLICATE, batch_id, duplicate=len(arrival.message.batch))
    return Receipt(arrival.key, Fate.REJECTED, None, refusals=(reused(arrival),))
