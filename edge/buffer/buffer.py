"""Keeps batches on disk until the database has them: SQLite in WAL mode, synced at every commit.

Batches go in with a lane and come out as blocks, wire-encoded, numbered 1, 2, 3 ... within an epoch. Bounded in bytes
of its file and in age: what is too much goes, the oldest bulk first, and never in silence. What was given up is told by
a block of its own, written in the same commit, which travels like the others. A file that can't be read is moved aside,
a new epoch begins, and its first block tells of that. Not thread-safe: `edge.disk` gives it a thread.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from edge.buffer import file as buffer_file
from edge.buffer.age import Age
from edge.buffer.file import FILE, SQL, content_key
from edge.buffer.gaps import joined
from edge.buffer.reserve import Reserve
from edge.buffer.stats import BufferStats, Counts, at_share, commit_times
from edge.strict import LaneClass
from telemetry.batch import Batch, Gap
from telemetry.clock import Clock, to_us
from telemetry.errors import Unavailable
from telemetry.wire import Malformed, Message, decode, encode

__all__ = ["FILE", "Block", "Buffer", "BufferStats", "BufferUnusable", "Gap"]

log = logging.getLogger(__name__)

LANES: tuple[LaneClass, ...] = ("bulk", "process", "cold-chain")
"""In the order in which a full buffer gives them up."""
_GAP_LANE = "gap"
_CHUNK = 64
_OLD_AT_ONCE = 512
"""Blocks that grew too old, at a look: many more than come between two."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY = 0xFF  # of an error's code, which says more in its upper bits

_Row = tuple[int, int, int, int, int]  # sequence, first and last received time, readings, bytes


class BufferUnusable(Unavailable):
    """The buffer's file can't be used."""


class Torn(sqlite3.DatabaseError):
    """The buffer's file lacks a part that was written together with what refers to it."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


@dataclass(frozen=True, slots=True)
class Block:
    """An encoded batch and its place in the epoch."""

    sequence: int
    last_us: int  # received time of its last reading
    n: int
    data: bytes


class Buffer:
    """An open buffer. One per edge: a second one on the same folder is refused."""

    def __init__(
        self,
        folder: Path,
        edge: str,
        clock: Clock,
        *,
        max_bytes: int,
        max_age_us: int,
        remembered: int = 0,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._edge, self._clock, self.remembered, self._monotonic_s = edge, clock, remembered, monotonic_s
        self._max_bytes, self._max_age_us = max_bytes, max_age_us
        self._path = folder / FILE
        self.epoch = 0
        self.lost: Gap | None = None  # a file that turned out to be damaged; until a new one is open nothing goes
        self._counts = Counts()
        self._age = Age(monotonic_s())
        self._commits_s = commit_times()
        self._open_or_begin_anew()
        self._reserve = Reserve(folder)

    def append(self, batches: Sequence[tuple[LaneClass, Batch]]) -> tuple[list[Block], list[Gap]]:
        """Store batches in one commit. Returns their blocks, and what had to go to make room. Raises sqlite3.Error.

        Where the disk itself is full, old bulk goes for what is new, if there is any.
        """
        try:
            return self._append(batches, 0)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            log.warning("the disk is full: old bulk must go, if there is any")
        if self._reserve.let_go():
            self._db.execute("PRAGMA wal_checkpoint(RESTART)")  # from now on the journal is written over, and stays
        return self._append(batches, _CHUNK)

    def read(self, first: int, last: int, limit: int) -> list[Block]:
        """Blocks of a range of sequences, in order."""
        rows = self._db.execute(SQL["read_range"], (first, last, limit)).fetchall()
        telling = self._counts.telling
        if telling is not None and any(row[0] == telling[0] for row in rows):
            self._counts.telling = None  # it may be sent now, so it changes no more
        return [Block(seq, last_us, n, self._content(lane, seq)) for seq, lane, last_us, n in rows]

    def bounds(self) -> tuple[int, int] | None:
        """Lowest and highest sequence that wait."""
        first, last = self._db.execute(SQL["bounds"]).fetchone()
        return None if first is None else (first, last)

    def live_from(self) -> int:
        """The first sequence that is live: it came less than ten seconds ago, whatever the clocks of the plant say."""
        live_from = self._age.live_from(self._monotonic_s())
        return self._counts.last + 1 if live_from is None else live_from

    def delete(self, ranges: Sequence[tuple[int, int]]) -> int:
        """Forget what the database has committed. Returns how many blocks that were."""
        before = self._counts.blocks
        with self._commit():
            for low, high in ranges:
                for seq, lane, n in self._db.execute(SQL["range"], (low, high)).fetchall():
                    if self.remembered and n:
                        self._db.execute(SQL["keep_block"], (seq, content_key(lane, seq)))
                    self._remove(lane, seq, n)
            self._db.execute(SQL["forget_covered"], (self.remembered,))
        return before - self._counts.blocks

    def last_batches(self) -> list[Batch]:
        """What was taken last, oldest first: the last `remembered` blocks, whether they still wait or not."""
        rows = self._db.execute(SQL["last_blocks"], (self.remembered,)).fetchall()
        return [_batch(block or self._content(lane, seq)) for lane, seq, block in reversed(rows)]

    def expire(self) -> list[Gap]:
        """Give up what has been kept for too long. Raises sqlite3.Error.

        Age is how long the buffer has run since: neither a clock that is set nor an edge that was switched off counts.
        So no wrong clock ever costs a reading; what is kept the longer for it is bounded by its size.
        """
        before_us = self._age.go_on(self._monotonic_s()) - self._max_age_us
        self._reserve.hold()
        with self._commit():
            if self._age.must_be_written_down():
                self._db.execute(SQL["set_meta"], ("lived", self._age.lived_us))
            rows = self._db.execute(SQL["lived_before"], (before_us, _OLD_AT_ONCE)).fetchall()
            gaps = joined((), [self._give_up(lane, [row], "old") for lane, *row in rows])
            self._tell(gaps)
        return list(gaps)

    def gaps(self) -> list[Gap]:
        """What was given up and the database does not know yet."""
        rows = self._db.execute(SQL["of_lane"], (_GAP_LANE,)).fetchall()
        return [gap for (seq,) in rows for gap in decode(self._content(_GAP_LANE, seq)).gaps]

    def stats(self) -> BufferStats:
        """How full it is."""
        counts = self._counts
        oldest = self._db.execute(SQL["oldest"]).fetchone() if counts.readings else None
        times = sorted(self._commits_s)
        return BufferStats(
            epoch=self.epoch,
            last_sequence=counts.last,
            blocks=counts.blocks,
            readings=counts.readings,
            bytes=buffer_file.used_bytes(self._db),
            oldest_us=oldest[0] if oldest else None,
            dropped=sum(counts.dropped.values()),
            dropped_by_lane=dict(counts.dropped),
            gaps=counts.gaps,
            fsync_p50_s=at_share(times, 0.5),
            fsync_p99_s=at_share(times, 0.99),
        )

    def close(self) -> None:
        """Close the file; nothing waits in memory."""
        self._db.close()

    def begin_anew(self) -> None:
        """Move a file that can't be read aside and begin a new epoch, whose first block tells of it.

        Raises sqlite3.Error or OSError where there is no room for that either; then it is to be tried again.
        """
        if self.lost is None:
            self._db.close()
            found, known = buffer_file.remains(self._path), self._counts
            self.lost = found._replace(last_sequence=known.last, n=known.readings, epoch=self.epoch)
        self._start_after(self.lost, self.epoch)

    def _append(self, batches: Sequence[tuple[LaneClass, Batch]], spared: int) -> tuple[list[Block], list[Gap]]:
        self._age.go_on(self._monotonic_s())
        first = self._counts.last + 1
        blocks = [self._encoded(i, batch) for i, (_, batch) in enumerate(batches, first)]
        size = sum(buffer_file.row_bytes(self._db, len(block.data)) for block in blocks)
        with self._commit():
            gaps = self._make_room(size, spared)
            for (lane, batch), block in zip(batches, blocks, strict=True):
                self._add(lane, block, batch.received_us[0] if len(batch) else block.last_us)
            self._tell(gaps)
        self._age.came(first, self._monotonic_s())
        return blocks, list(gaps)

    def _encoded(self, sequence: int, batch: Batch, gaps: tuple[Gap, ...] = ()) -> Block:
        data = encode(Message(self._edge, self.epoch, sequence, batch, gaps))
        last_us = max(batch.received_us, default=to_us(self._clock.now()))
        return Block(sequence, last_us, len(batch), data)

    def _add(self, lane: str, block: Block, first_us: int) -> None:
        row = (block.sequence, lane, first_us, block.last_us, block.n, len(block.data), self._age.lived_us)
        self._db.execute(SQL["add_block"], row)
        self._db.execute(SQL["add_content"], (content_key(lane, block.sequence), block.data))
        counts = self._counts
        counts.last, counts.blocks, counts.readings = block.sequence, counts.blocks + 1, counts.readings + block.n

    def _remove(self, lane: str, sequence: int, n: int) -> None:
        self._db.execute(SQL["delete_block"], (sequence,))
        self._db.execute(SQL["delete_content"], (content_key(lane, sequence),))
        self._counts.blocks -= 1
        self._counts.readings -= n

    def _content(self, lane: str, sequence: int) -> bytes:
        found = self._db.execute(SQL["read_content"], (content_key(lane, sequence),)).fetchone()
        if found is None:
            raise Torn(f"block {sequence} has no content")
        data: bytes = found[0]
        return data

    def _make_room(self, size: int, spared: int) -> tuple[Gap, ...]:
        """Give up what is too much with `size` bytes more, and at least so many blocks of bulk."""
        rows = self._db.execute(SQL["oldest_of_lane"], ("bulk", spared)).fetchall()
        gaps = [self._give_up("bulk", rows, "full")] if rows else []
        used = buffer_file.used_bytes(self._db)
        missing = used + size - self._max_bytes
        goal = used - max(missing, self._max_bytes // 100)  # not a little at every commit
        for lane in LANES if missing > 0 else ():
            while used > goal and (rows := self._db.execute(SQL["oldest_of_lane"], (lane, _CHUNK)).fetchall()):
                gaps.append(self._give_up(lane, _until_freed(rows, used - goal), "full"))
                used = buffer_file.used_bytes(self._db)
        return joined((), gaps)

    def _give_up(self, lane: str, rows: Sequence[_Row], reason: str) -> Gap:
        gap = Gap(lane, rows[0][0], rows[-1][0], rows[0][1], rows[-1][2], sum(row[3] for row in rows), reason)
        for seq, _, _, n, _ in rows:
            self._remove(lane, seq, n)
        dropped = self._counts.dropped
        dropped[lane] = dropped.get(lane, 0) + gap.n
        self._db.execute(SQL["set_meta"], (f"dropped-{lane}", dropped[lane]))
        return gap

    def _tell(self, gaps: tuple[Gap, ...]) -> None:
        """Write what was given up into a block, or into the last such block while nobody has read it."""
        if not gaps:
            return
        counts = self._counts
        sequence, told = counts.telling or (counts.last + 1, ())
        every = joined(told, gaps)
        block = self._encoded(sequence, Batch(()), every)
        if counts.telling is None:  # the widening of what has been said is not said again: it may go on for weeks
            log.error("readings are given up: %s", every)
            self._add(_GAP_LANE, block, block.last_us)
        else:
            self._db.execute(SQL["change_content"], (block.data, content_key(_GAP_LANE, sequence)))
        counts.telling, counts.gaps = (sequence, every), counts.gaps + len(every) - len(told)
        self._db.execute(SQL["set_meta"], ("gaps", counts.gaps))

    @contextmanager
    def _commit(self) -> Iterator[None]:
        before = replace(self._counts, dropped=dict(self._counts.dropped))
        changes = self._db.total_changes
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            began_s = time.perf_counter()
            self._db.execute("COMMIT")
        except BaseException:
            self._counts = before
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        if self._db.total_changes > changes:
            self._commits_s.append(time.perf_counter() - began_s)

    def _open_or_begin_anew(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._open(after=0)
        except (sqlite3.OperationalError, OSError) as error:
            raise BufferUnusable(path=self._path, reason=error) from error
        except sqlite3.DatabaseError as error:
            log.error("the buffer can't be read and is moved aside: %s", error)  # noqa: TRY400 - its words say it all
            self._start_after(buffer_file.remains(self._path), buffer_file.epoch_mark(self._path))

    def _start_after(self, lost: Gap, epoch: int) -> None:
        buffer_file.move_aside(self._path, to_us(self._clock.now()) // 1000)
        self._counts = Counts()
        self._open(after=max(epoch, lost.epoch))
        with self._commit():
            self._tell((lost,))
        self.lost = None

    def _open(self, after: int) -> None:
        """Open the file; a new one's epoch comes after this one, also where the clock was set back."""
        self._db = buffer_file.opened(self._path)
        try:
            earlier = buffer_file.bring_up(self._db)
            self._read_state(after)
            with self._commit():
                for gap in earlier:
                    self._counts.dropped[gap.lane] = self._counts.dropped.get(gap.lane, 0) + gap.n
                    self._db.execute(SQL["set_meta"], (f"dropped-{gap.lane}", self._counts.dropped[gap.lane]))
                self._tell(joined((), earlier))
                buffer_file.end_of_first_form(self._db, self._counts.last)
        except BaseException:
            self._db.close()
            raise

    def _read_state(self, after: int) -> None:
        meta = dict(self._db.execute(SQL["meta"]).fetchall())
        self.epoch = meta.get("epoch", max(to_us(self._clock.now()) // 1000, after + 1))
        if "epoch" not in meta:
            self._db.execute(SQL["set_meta"], ("epoch", self.epoch))
            buffer_file.mark_epoch(self._db, self.epoch)
        blocks, readings, *_, lived = self._db.execute(SQL["totals"]).fetchone()
        last = self._db.execute(SQL["last_sequence"]).fetchone()[0] or 0
        dropped = {name.removeprefix("dropped-"): n for name, n in meta.items() if name.startswith("dropped-")}
        self._counts = Counts(last, blocks, readings, meta.get("gaps", 0), dropped)
        self._age.begin(max(meta.get("lived", 0), lived or 0))


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself can't be read."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _DAMAGE


def _batch(block: bytes) -> Batch:
    try:
        return decode(block).batch
    except Malformed as error:  # it goes up as it is and is set aside there; here it only can't be compared with
        log.warning("a block of the buffer can't be read: %s", error)
        return Batch(())


def _until_freed(rows: Sequence[_Row], size: int) -> list[_Row]:
    """The first rows that together free at least so many bytes, or all."""
    taken = []
    for row in rows:
        taken.append(row)
        size -= row[4]
        if size <= 0:
            break
    return taken
