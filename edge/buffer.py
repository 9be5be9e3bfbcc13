"""Keeps batches on disk until the database has them: SQLite in WAL mode, synced at every commit.

Batches go in with a lane and come out as blocks, wire-encoded, numbered 1, 2, 3 ... within an epoch. Bounded in bytes:
what does not fit pushes out the oldest bulk first, never in silence. A file that can't be read is moved aside and a new
epoch begins. Not thread-safe: `edge.disk` gives it a thread.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.strict import LaneClass
from telemetry.batch import Batch, Reading
from telemetry.clock import Clock, to_us
from telemetry.errors import Unavailable
from telemetry.queries import load
from telemetry.wire import Malformed, Message, decode, encode

log = logging.getLogger(__name__)

SQL = load(Path(__file__).with_name("buffer.sql"))
FILE = "buffer.db"
LANES: tuple[LaneClass, ...] = ("bulk", "process", "cold-chain")
"""In the order in which a full buffer gives them up."""
_ROW_BYTES = 64
"""What a row costs beside its block."""
_CHUNK = 64
_LOCK_WAIT_S = 2.0


class BufferUnusable(Unavailable):
    """The buffer's file can't be used."""


@dataclass(frozen=True, slots=True)
class Block:
    """An encoded batch and its place in the epoch."""

    sequence: int
    last_us: int  # received time of its last reading
    n: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Readings that were given up: a range of sequences, and the time it covers."""

    lane: str
    first_sequence: int
    last_sequence: int
    first_us: int
    last_us: int
    n: int


@dataclass(frozen=True, slots=True)
class BufferStats:
    """What waits, and what was given up since the epoch began."""

    epoch: int
    last_sequence: int
    blocks: int
    readings: int
    bytes: int
    oldest_us: int | None
    dropped: int


class Buffer:
    """An open buffer. One per edge: a second one on the same folder is refused."""

    def __init__(
        self, folder: Path, edge: str, clock: Clock, *, max_bytes: int, max_age_us: int, remembered: int = 0
    ) -> None:
        self._edge, self._clock, self._remembered = edge, clock, remembered
        self._max_bytes, self._max_age_us = max_bytes, max_age_us
        self._path = folder / FILE
        self.epoch = self._last = self._blocks = self._readings = self._bytes = self._dropped = 0
        self._db = self._open_or_begin_anew()

    def append(self, batches: Sequence[tuple[LaneClass, Batch]]) -> tuple[list[Block], list[Gap]]:
        """Store batches in one commit. Returns their blocks, and what had to go to make room. Raises sqlite3.Error."""
        blocks = [self._encoded(i, batch) for i, (_, batch) in enumerate(batches, self._last + 1)]
        size = sum(len(block.data) + _ROW_BYTES for block in blocks)
        with self._commit():
            gaps = self._make_room(size)
            for (lane, batch), block in zip(batches, blocks, strict=True):
                first = batch.received_us[0] if len(batch) else block.last_us
                row = (block.sequence, lane, first, block.last_us, block.n, len(block.data) + _ROW_BYTES, block.data)
                self._db.execute(SQL["add_block"], row)
        self._last += len(blocks)
        self._note(len(blocks), sum(b.n for b in blocks), size)
        self._note_gaps(gaps)
        return blocks, gaps

    def read(self, first: int, last: int, limit: int) -> list[Block]:
        """Blocks of a range of sequences, in order."""
        return [Block(*row) for row in self._db.execute(SQL["read_range"], (first, last, limit))]

    def bounds(self) -> tuple[int, int] | None:
        """Lowest and highest sequence that wait."""
        first, last = self._db.execute(SQL["bounds"]).fetchone()
        return None if first is None else (first, last)

    def delete(self, ranges: Sequence[tuple[int, int]]) -> int:
        """Forget what the database has committed. Returns how many blocks that were."""
        blocks = readings = size = 0
        with self._commit():
            for low, high in ranges:
                counted = self._db.execute(SQL["count_range"], (low, high)).fetchone()
                if self._remembered:
                    self._db.execute(SQL["keep_range"], (low, high))
                self._db.execute(SQL["delete_range"], (low, high))
                blocks, readings, size = blocks + counted[0], readings + counted[1], size + counted[2]
            self._db.execute(SQL["forget_covered"], (self._remembered,))
        self._note(-blocks, -readings, -size)
        return blocks

    def last_readings(self) -> list[Reading]:
        """What was taken last, oldest first: of the last `remembered` blocks, whether they still wait or not."""
        rows = self._db.execute(SQL["last_blocks"], (self._remembered,)).fetchall()
        return [reading for (block,) in reversed(rows) for reading in _readings(block)]

    def expire(self) -> list[Gap]:
        """Give up what is older than the buffer may keep."""
        before = to_us(self._clock.now()) - self._max_age_us
        gaps: list[Gap] = []
        with self._commit():
            for seq, lane, first, last, n, size in self._db.execute(SQL["older_than"], (before, _CHUNK)).fetchall():
                gaps.append(self._give_up(lane, [(seq, first, last, n, size)]))
        self._note_gaps(gaps)
        return gaps

    def gaps(self) -> list[Gap]:
        """All that was given up since the epoch began."""
        return [Gap(*row) for row in self._db.execute(SQL["gaps"])]

    def stats(self) -> BufferStats:
        """How full it is."""
        oldest = self._db.execute(SQL["totals"]).fetchone()[3] if self._blocks else None
        counted = (self._blocks, self._readings, self._bytes)
        return BufferStats(self.epoch, self._last, *counted, oldest, self._dropped)

    def close(self) -> None:
        """Close the file; nothing waits in memory."""
        self._db.close()

    def begin_anew(self) -> None:
        """Move a file that can't be read aside and begin a new epoch."""
        self._db.close()
        self._move_aside()
        self._db = self._open()

    def _encoded(self, sequence: int, batch: Batch) -> Block:
        data = encode(Message(self._edge, self.epoch, sequence, batch))
        last_us = max(batch.received_us, default=to_us(self._clock.now()))
        return Block(sequence, last_us, len(batch), data)

    def _make_room(self, size: int) -> list[Gap]:
        missing = self._bytes + size - self._max_bytes
        if missing > 0:
            missing = max(missing, self._max_bytes // 100)  # not a little at every commit
        gaps: list[Gap] = []
        for lane in LANES:
            while missing > 0 and (rows := self._db.execute(SQL["oldest_of_lane"], (lane, _CHUNK)).fetchall()):
                taken = _until_freed(rows, missing)
                missing -= sum(row[4] for row in taken)
                gaps.append(self._give_up(lane, taken))
        return gaps

    def _give_up(self, lane: str, rows: Sequence[tuple[int, int, int, int, int]]) -> Gap:
        gap = Gap(lane, rows[0][0], rows[-1][0], rows[0][1], rows[-1][2], sum(row[3] for row in rows))
        for seq, *_ in rows:
            self._db.execute(SQL["delete_range"], (seq, seq))
        self._write_gap(gap)
        self._db.execute(SQL["set_meta"], ("dropped", self._dropped + gap.n))
        self._dropped += gap.n
        self._note(-len(rows), -gap.n, -sum(row[4] for row in rows))
        return gap

    def _write_gap(self, gap: Gap) -> None:
        """A buffer that stays full for long widens one gap instead of writing thousands."""
        latest = self._db.execute(SQL["last_gap"]).fetchone()
        if latest is not None and latest[1] == gap.lane:
            self._db.execute(SQL["widen_gap"], (gap.last_sequence, gap.last_us, gap.n, latest[0]))
        else:
            columns = (gap.first_sequence, gap.last_sequence, gap.first_us, gap.last_us, gap.n)
            self._db.execute(SQL["add_gap"], (gap.lane, *columns))

    def _note(self, blocks: int, readings: int, size: int) -> None:
        self._blocks, self._readings, self._bytes = self._blocks + blocks, self._readings + readings, self._bytes + size

    def _note_gaps(self, gaps: Sequence[Gap]) -> None:
        for gap in gaps:
            log.error("the buffer is full or too old: %s", gap)

    @contextmanager
    def _commit(self) -> Iterator[None]:
        before = (self._blocks, self._readings, self._bytes, self._dropped)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._blocks, self._readings, self._bytes, self._dropped = before
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _open_or_begin_anew(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._open()
        except sqlite3.OperationalError as error:
            raise BufferUnusable(path=self._path, reason=error) from error
        except OSError as error:
            raise BufferUnusable(path=self._path, reason=error) from error
        except sqlite3.DatabaseError as error:
            log.error("the buffer can't be read and is moved aside: %s", error)  # noqa: TRY400 - its words say it all
            self._move_aside()
            return self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=_LOCK_WAIT_S)
        try:
            for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "cell_size_check=ON"):
                db.execute(f"PRAGMA {pragma}")
            db.executescript(SQL["schema"])
            self._read_state(db)
        except BaseException:
            db.close()
            raise
        return db

    def _read_state(self, db: sqlite3.Connection) -> None:
        row = db.execute(SQL["get_meta"], ("epoch",)).fetchone()
        self.epoch = row[0] if row else to_us(self._clock.now()) // 1000
        if row is None:
            db.execute(SQL["set_meta"], ("epoch", self.epoch))
        dropped = db.execute(SQL["get_meta"], ("dropped",)).fetchone()
        self._dropped = dropped[0] if dropped else 0
        self._last = db.execute(SQL["last_sequence"]).fetchone()[0] or 0
        self._blocks, self._readings, self._bytes, _ = db.execute(SQL["totals"]).fetchone()

    def _move_aside(self) -> None:
        stamp = to_us(self._clock.now()) // 1000
        for path in self._path.parent.glob(f"{FILE}*"):
            if "unreadable" not in path.name:
                path.rename(path.with_name(f"{path.name}.unreadable-{stamp}"))


def _readings(block: bytes) -> Batch:
    try:
        return decode(block).batch
    except Malformed as error:  # it goes up as it is and is set aside there; here it only can't be compared with
        log.warning("a block of the buffer can't be read: %s", error)
        return Batch(())


def _until_freed(rows: Sequence[tuple[int, int, int, int, int]], size: int) -> list[tuple[int, int, int, int, int]]:
    """The first rows that together free at least so many bytes, or all."""
    taken = []
    for row in rows:
        taken.append(row)
        size -= row[4]
        if size <= 0:
            break
    return taken
