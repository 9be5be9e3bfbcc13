"""The buffer: what it has taken it keeps, through power loss, rot and a full disk, and it says what it gave up."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.buffer import FILE, Buffer, BufferUnusable, Gap
from telemetry.batch import Batch, Reading, batch_of
from telemetry.clock import HeldClock, to_us
from telemetry.wire import decode

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
DAY_US = 86_400_000_000


def readings(n: int = 10, value: float = 4.8, at: datetime = NOW) -> Batch:
    return batch_of([Reading("hainan/a/b/c", to_us(at), to_us(at), value, 192) for _ in range(n)])


@contextmanager
def a_buffer(folder: Path, clock: HeldClock | None = None, max_bytes: int = 10**7) -> Iterator[Buffer]:
    with closing(
        Buffer(folder, "edge-line", clock or HeldClock(NOW), max_bytes=max_bytes, max_age_us=30 * DAY_US)
    ) as b:
        yield b


def test_what_was_stored_is_there_after_a_restart_with_its_identity(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings(value=1.0)), ("process", readings(value=2.0))])
        epoch = buffer.epoch
    with a_buffer(tmp_path, HeldClock(NOW + timedelta(days=1))) as buffer:
        messages = [decode(block.data) for block in buffer.read(1, 100, 10)]
        assert [(m.edge, m.epoch, m.sequence, m.batch.value[0]) for m in messages] == [
            ("edge-line", epoch, 1, 1.0),
            ("edge-line", epoch, 2, 2.0),
        ]


def test_a_sequence_is_never_used_twice_even_when_nothing_waits(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings())])
        assert buffer.delete([(1, 1)]) == 1
    with a_buffer(tmp_path) as buffer:
        (block,), _ = buffer.append([("process", readings())])
        assert block.sequence == 2


def test_only_what_is_covered_is_deleted(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings()) for _ in range(6)])
        assert buffer.delete([(1, 2), (5, 5), (90, 99)]) == 3
        assert [block.sequence for block in buffer.read(1, 100, 10)] == [3, 4, 6]
        assert (buffer.stats().blocks, buffer.stats().readings) == (3, 30)


def test_a_full_buffer_gives_up_the_oldest_bulk_first_and_says_what(tmp_path: Path) -> None:
    with a_buffer(tmp_path, max_bytes=2500) as buffer:
        buffer.append([("cold-chain", readings()), ("bulk", readings()), ("bulk", readings()), ("process", readings())])
        gaps: list[Gap] = []
        while not gaps:
            _, gaps = buffer.append([("cold-chain", readings())])
        assert [(gap.lane, gap.first_sequence, gap.n) for gap in gaps] == [("bulk", 2, 10)]
        assert (gaps[0].first_us, gaps[0].last_us) == (to_us(NOW), to_us(NOW))
        assert buffer.stats().dropped == 10
        for _ in range(40):
            buffer.append([("cold-chain", readings())])
        assert buffer.stats().bytes <= 2500
        assert [gap.lane for gap in buffer.gaps()] == ["bulk", "process", "cold-chain"]
        assert sum(gap.n for gap in buffer.gaps()) == buffer.stats().dropped
    with a_buffer(tmp_path) as buffer:
        assert buffer.stats().dropped == sum(gap.n for gap in buffer.gaps())


def test_what_is_too_old_goes_and_is_told(tmp_path: Path) -> None:
    clock = HeldClock(NOW)
    with a_buffer(tmp_path, clock) as buffer:
        buffer.append([("cold-chain", readings())])
        clock.advance(timedelta(days=29))
        assert buffer.expire() == []
        clock.advance(timedelta(days=2))
        assert [(gap.lane, gap.n) for gap in buffer.expire()] == [("cold-chain", 10)]
        assert buffer.bounds() is None


@pytest.mark.parametrize("rot", ["head", "middle", "no database"])
def test_a_file_that_rotted_is_moved_aside_and_a_new_epoch_begins(tmp_path: Path, rot: str) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings(500)) for _ in range(20)])
        epoch = buffer.epoch
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    if rot == "head":
        data[:100] = bytes(100)
    elif rot == "middle":
        data[4096:] = b"\xa5" * (len(data) - 4096)
    else:
        data = bytearray(b"not a database at all" * 300)
    path.write_bytes(data)
    with a_buffer(tmp_path, HeldClock(NOW + timedelta(seconds=1))) as buffer:
        (block,), _ = buffer.append([("process", readings())])
        assert block.sequence == 1
        assert buffer.epoch > epoch
    assert list(tmp_path.glob(f"{FILE}.unreadable-*"))


def test_a_write_that_fails_leaves_counts_and_sequence_as_they_were(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings())])
        before = buffer.stats()
        pages = buffer._db.execute("PRAGMA page_count").fetchone()[0]
        buffer._db.execute(f"PRAGMA max_page_count={pages}")  # the disk is full
        with pytest.raises(sqlite3.OperationalError, match="full"):
            buffer.append([("process", readings(500))] * 100)
        full = buffer.stats()
        buffer._db.execute("PRAGMA max_page_count=100000")
        (block,), _ = buffer.append([("process", readings())])
        assert block.sequence == full.last_sequence + 1
        assert buffer.stats().blocks == full.blocks + 1 >= before.blocks + 1


def test_a_second_agent_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings())])
        with pytest.raises(BufferUnusable, match="locked"):
            Buffer(tmp_path, "edge-line", HeldClock(NOW), max_bytes=10**6, max_age_us=DAY_US)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BufferUnusable):
        Buffer(tmp_path / "file", "edge-line", HeldClock(NOW), max_bytes=10**6, max_age_us=DAY_US)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from edge.buffer import Buffer
from telemetry.batch import Reading, batch_of
from telemetry.clock import HeldClock
buffer = Buffer(Path(sys.argv[1]), "edge-line", HeldClock(datetime(2026, 1, 15, tzinfo=UTC)),
                max_bytes=10**9, max_age_us=10**15)
while True:
    n = buffer.stats().last_sequence + 1
    blocks, _ = buffer.append([("process", batch_of([Reading("hainan/a/b/c", n, n, float(n), 192)] * 200))] * 3)
    print(blocks[-1].sequence, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill_in_the_middle_of_a_write(tmp_path: Path) -> None:
    acknowledged = 0
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        with process:
            told = process.stdout
            assert told is not None
            for _ in range(20):
                acknowledged = int(told.readline())
            process.kill()
            acknowledged = max([acknowledged, *[int(line) for line in told.read().split("\n")[:-1]]])
        with a_buffer(tmp_path) as buffer:
            sequences = [decode(block.data).sequence for block in buffer.read(1, 2**62, 10**6)]
        assert sequences == list(range(1, len(sequences) + 1))  # whole, in order, nothing between
        assert len(sequences) >= acknowledged
        assert len(sequences) % 3 == 0  # a commit is all or nothing
