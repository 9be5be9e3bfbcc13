"""Messages into the store, any number in one transaction: ledger rows, readings, what is set aside, the count of it.

The ledger decides: a sequence that stands there has been stored, so nothing of it is stored again. Locks are taken in
one order (points, chunks, ledger rows by key, fates by edge), so that gateways side by side wait but never block.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telemetry import queries
from telemetry.clock import from_us, to_us
from telemetry.store.arrival import Arrival, Fate, Key, Receipt, Refusal, Tallies, arrival
from telemetry.store.copying import HEADER, TRAILER, Rows, pack
from telemetry.store.screening import Screened, screen
from telemetry.wire import Message, encode
from telemetry.work import Work

__all__ = ["Arrival", "Memory", "Receipt", "Refusal", "append", "arrival"]

SQL = queries.load(Path(__file__).with_name("append.sql"))
HOUR_US = 3_600_000_000
WEEK_US = 7 * 24 * HOUR_US
ROWS_WITHOUT_COPY = 500
"""Readings of one INSERT where the engine has no COPY: its messages must stay under 60 kB."""


@dataclass(slots=True)
class Memory:
    """What one process knows of one database, so that it need not ask again.

    Throw it away when a transaction fails: it may hold ids that were rolled back.
    """

    point_ids: dict[str, int] = field(default_factory=dict)
    weeks: set[int] = field(default_factory=set)  # that have a chunk, by number since 1970
    can_copy: bool = True  # False: the engine can't take COPY ... FROM STDIN


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An arrival whose readings have been looked at."""

    arrival: Arrival
    screened: Screened
    point_ids: array[int]  # of the batch's names, in their order

    @property
    def n(self) -> int:
        return len(self.screened.sound)


async def append(
    work: Work, arrivals: Sequence[Arrival], refusals: Sequence[Refusal] = (), *, memory: Memory | None = None
) -> list[Receipt]:
    """Store messages in the work's transaction and set refusals aside; answers a receipt for each arrival, in order."""
    memory = memory if memory is not None else Memory()
    first = {a.key: a for a in reversed(arrivals)}
    await _learn_points(work, first.values(), memory)
    now_us = to_us(work.now)
    candidates = [_candidate(a, now_us, memory) for a in first.values()]
    await _make_room(work, candidates, memory)
    ids = await _enter_ledger(work, candidates)
    entered = [(ids[c.arrival.key], c) for c in candidates if c.arrival.key in ids]
    await _store(work, [_rows(c, batch_id) for batch_id, c in entered if c.n], memory)
    await _mark_due(work, [c for _, c in entered if c.n])

    tallies = Tallies()
    faulty = [refusal for _, c in entered for refusal in _faulty(c)]
    for refusal in (*faulty, *refusals):
        await _set_aside(work, refusal, tallies)
    receipts = await _receipts(work, arrivals, {c.arrival.key: (i, c) for i, c in entered}, tallies)
    await _count(work, tallies)
    return receipts


async def _learn_points(work: Work, arrivals: Iterable[Arrival], memory: Memory) -> None:
    unknown = {name for a in arrivals for name in a.message.batch.points} - memory.point_ids.keys()
    if not unknown:
        return
    names = sorted(unknown)
    found = await work.db.execute(SQL["find_points"], {"names": names})
    known = {name: id_ for id_, name in await found.fetchall()}
    if len(known) < len(names):
        await work.run(SQL["insert_points"], names=[n for n in names if n not in known])
        found = await work.db.execute(SQL["find_points"], {"names": names})
        known = {name: id_ for id_, name in await found.fetchall()}
    memory.point_ids.update(known)


def _candidate(arrival: Arrival, now_us: int, memory: Memory) -> _Candidate:
    batch = arrival.message.batch
    return _Candidate(arrival, screen(batch, now_us), array("i", [memory.point_ids[name] for name in batch.points]))


async def _make_room(work: Work, candidates: Iterable[_Candidate], memory: Memory) -> None:
    """See to it that the weeks of the readings have chunks. Costs nothing where they are known to have."""
    weeks: set[int] = set()
    for candidate in candidates:
        times = candidate.screened.sound.device_us
        if not times:
            continue
        first, last = _week(min(times)), _week(max(times))
        weeks |= {first, last} if last - first < 2 else {_week(t) for t in times}
    missing = weeks - memory.weeks
    if missing:
        await work.db.execute(SQL["make_room"], {"weeks": [from_us(_monday_us(w)) for w in sorted(missing)]})
        memory.weeks |= missing


def _week(time_us: int) -> int:
    return (time_us + 3 * 24 * HOUR_US) // WEEK_US  # 1970 began on a Thursday


def _monday_us(week: int) -> int:
    return week * WEEK_US - 3 * 24 * HOUR_US


async def _enter_ledger(work: Work, candidates: Sequence[_Candidate]) -> dict[Key, int]:
    """Ledger rows for what is new; answers their ids by key. What is missing there had been stored before."""
    if not candidates:
        return {}
    columns: dict[str, list[Any]] = {name: [] for name in _LEDGER}
    for candidate in candidates:
        for name, value in _ledger_row(candidate, work).items():
            columns[name].append(value)
    answer = await work.db.execute(SQL["insert_batches"], {**columns, "now": work.now})
    return {Key(edge, epoch, sequence): id_ for id_, edge, epoch, sequence in await answer.fetchall()}


_LEDGER = ("edge", "epoch", "sequence", "lane", "n", "points", "first_time", "last_time", "digest")


def _ledger_row(candidate: _Candidate, work: Work) -> Mapping[str, Any]:
    sound, key = candidate.screened.sound, candidate.arrival.key
    touched = sorted({candidate.point_ids[p] for p in set(sound.point)})
    first, last = (min(sound.device_us), max(sound.device_us)) if len(sound) else (to_us(work.now),) * 2
    return {
        "edge": key.edge,
        "epoch": key.epoch,
        "sequence": key.sequence,
        "lane": candidate.arrival.lane,
        "n": candidate.n,
        "points": "{" + ",".join(map(str, touched)) + "}",
        "first_time": from_us(first),
        "last_time": from_us(last),
        "digest": candidate.arrival.digest,
    }


def _rows(candidate: _Candidate, batch_id: int) -> Rows:
    sound, ids = candidate.screened.sound, candidate.point_ids
    points = array("i", [ids[p] for p in sound.point])
    return Rows(points, sound.device_us, sound.received_us, sound.value, sound.quality, batch_id)


async def _store(work: Work, all_rows: Sequence[Rows], memory: Memory) -> None:
    if not memory.can_copy:
        for rows in all_rows:
            await _insert(work, rows)
    elif all_rows:
        async with work.db.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as copy:
            await copy.write(HEADER + b"".join(map(pack, all_rows)) + TRAILER)


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


async def _mark_due(work: Work, stored: Sequence[_Candidate]) -> None:
    """Tell the roll-ups what changed: a span for each message, or one for each hour that a long message touches."""
    if not stored:
        return
    points = sorted({c.point_ids[p] for c in stored for p in set(c.screened.sound.point)})
    spans = {span for c in stored for span in _spans(c.screened.sound.device_us)}
    first, last = zip(*sorted(spans), strict=True)
    await work.db.execute(
        SQL["rollup_is_due"], {"points": points, "first": list(map(from_us, first)), "last": list(map(from_us, last))}
    )


def _spans(times: array[int]) -> set[tuple[int, int]]:
    first, last = min(times), max(times)
    if last - first <= HOUR_US:
        return {(first, last)}
    hours = {t // HOUR_US for t in times}
    return {(h * HOUR_US, (h + 1) * HOUR_US - 1) for h in hours}


def _faulty(candidate: _Candidate) -> list[Refusal]:
    """The readings of a message that can't be stored, encoded again, one refusal a reason."""
    key, subject = candidate.arrival.key, candidate.arrival.subject
    return [
        Refusal(
            subject=subject,
            code=str(fault),
            detail=f"{len(batch)} of {len(candidate.arrival.message.batch)} readings",
            payload=encode(Message(key.edge, key.epoch, key.sequence, batch)),
            edge=key.edge,
            epoch=key.epoch,
            sequence=key.sequence,
            n=len(batch),
        )
        for fault, batch in candidate.screened.faulty.items()
    ]


async def _set_aside(work: Work, refusal: Refusal, tallies: Tallies) -> None:
    facts = {name: getattr(refusal, name) for name in _SET_ASIDE}
    fresh = await work.scalar(SQL["set_aside"], **facts, now=work.now)
    if refusal.edge is None:
        return
    tally = tallies.of(refusal.edge)
    if fresh is None:
        tally.duplicate += refusal.n
    else:
        tally.rejected += refusal.n


_SET_ASIDE = ("edge", "epoch", "sequence", "subject", "code", "detail", "n", "payload", "digest")


async def _receipts(
    work: Work, arrivals: Sequence[Arrival], entered: Mapping[Key, tuple[int, _Candidate]], tallies: Tallies
) -> list[Receipt]:
    """A receipt for each arrival. Same sequence with other bytes is no duplicate: it is set aside."""
    known = await _known_digests(work, [a for a in arrivals if entered.get(a.key, (0, None))[1] is None], arrivals)
    receipts, told = [], set()
    for each in arrivals:
        n, tally = len(each.message.batch), tallies.of(each.key.edge)
        if each.key in entered and each.key not in told:
            told.add(each.key)
            batch_id, candidate = entered[each.key]
            tally.stored += candidate.n
            receipts.append(Receipt(each.key, Fate.STORED, batch_id, candidate.n, n - candidate.n))
        elif known[each.key][1] == each.digest:
            tally.duplicate += n
            receipts.append(Receipt(each.key, Fate.DUPLICATE, known[each.key][0], 0, 0))
        else:
            await _set_aside(work, _reused(each), tallies)
            receipts.append(Receipt(each.key, Fate.REJECTED, None, 0, n))
    return receipts


def _reused(arrival: Arrival) -> Refusal:
    return Refusal(
        subject=arrival.subject,
        code="SequenceReused",
        detail="this sequence has been stored with other content",
        payload=arrival.payload,
        edge=arrival.key.edge,
        epoch=arrival.key.epoch,
        sequence=arrival.key.sequence,
        n=len(arrival.message.batch),
    )


async def _known_digests(
    work: Work, strange: Sequence[Arrival], arrivals: Sequence[Arrival]
) -> dict[Key, tuple[int, bytes]]:
    """Ledger id and digest of what is not new, whether it came before or comes twice now."""
    asked = strange if len({a.key for a in arrivals}) == len(arrivals) else arrivals
    if not asked:
        return {}
    edges, epochs, sequences = zip(*{a.key for a in asked}, strict=True)
    values = {"edge": list(edges), "epoch": list(epochs), "sequence": list(sequences)}
    answer = await work.db.execute(SQL["known_digests"], values)
    return {Key(edge, epoch, sequence): (id_, digest) for id_, edge, epoch, sequence, digest in await answer.fetchall()}


async def _count(work: Work, tallies: Tallies) -> None:
    edges = sorted(tallies.by_edge)
    if not edges:
        return
    counted = [tallies.by_edge[edge] for edge in edges]
    await work.run(
        SQL["count_fates"],
        edge=edges,
        stored=[t.stored for t in counted],
        duplicate=[t.duplicate for t in counted],
        rejected=[t.rejected for t in counted],
        now=work.now,
    )
