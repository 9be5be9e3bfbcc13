"""A buffer that is full, or whose disk is: what goes and what stays, and that it is told."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.buffer.buffer import FILE, Buffer, Gap
from edge.buffer.file import JOURNAL_BYTES
from edge.buffer.reserve import FILE as RESERVE
from edge.buffer.reserve import RESERVE_BYTES, Reserve
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import decode
from tests.unit.edge.buffers import NOW, a_buffer, dear, readings, told


def test_a_full_buffer_gives_up_the_oldest_bulk_first_and_says_what(tmp_path: Path) -> None:
    with a_buffer(tmp_path, max_bytes=200_000) as buffer:
        buffer.append([("cold-chain", dear()), ("bulk", dear()), ("bulk", dear()), ("process", dear())])
        gaps: list[Gap] = []
        while not gaps:
            _, gaps = buffer.append([("cold-chain", dear())])
        assert [(gap.lane, gap.first_sequence, gap.n, gap.reason) for gap in gaps] == [("bulk", 2, 500, "full")]
        assert (gaps[0].first_us, gaps[0].last_us) == (to_us(NOW), to_us(NOW))
        for _ in range(40):
            buffer.append([("cold-chain", dear())])
            assert buffer.stats().bytes <= 200_000
        assert buffer.stats().dropped_by_lane.keys() == {"bulk", "process", "cold-chain"}
    with a_buffer(tmp_path) as buffer:
        assert (
            sum(gap.n for gap in buffer.gaps())
            == buffer.stats().dropped
            == sum(buffer.stats().dropped_by_lane.values())
        )


def test_a_buffer_that_stays_full_for_long_tells_it_in_one_message_until_that_is_sent(tmp_path: Path) -> None:
    with a_buffer(tmp_path, max_bytes=150_000) as buffer:
        for _ in range(60):
            buffer.append([("bulk", dear()), ("process", dear())])
        ((sequence, gaps),) = told(buffer)  # it is read now, and may be under way
        assert [gap.lane for gap in gaps] == ["bulk", "process"]
        assert sum(gap.n for gap in gaps) == buffer.stats().dropped
        buffer.append([("process", dear())] * 20)
        (first, second) = told(buffer)
        assert first == (sequence, gaps)
        assert sum(gap.n for _, each in (first, second) for gap in each) == buffer.stats().dropped


def test_what_was_given_up_is_told_until_the_database_knows_it(tmp_path: Path) -> None:
    def overfill(buffer: Buffer) -> None:
        for _ in range(60):
            buffer.append([("bulk", dear())])

    with a_buffer(tmp_path, max_bytes=150_000) as buffer:
        overfill(buffer)
        (first,) = told(buffer)
    with a_buffer(tmp_path, max_bytes=150_000) as buffer:
        overfill(buffer)  # what tells of readings is never given up itself
        assert first in told(buffer)
        buffer.delete([(first[0], first[0])])
        assert first not in told(buffer)
        assert len(told(buffer)) == 1


def test_when_what_is_given_up_lies_between_what_is_kept_its_room_is_free_all_the_same(tmp_path: Path) -> None:
    small = batch_of([Reading(f"hainan/a/b/c-{i}", to_us(NOW), to_us(NOW), i / 10, 192) for i in range(40)])
    with a_buffer(tmp_path, max_bytes=10**9) as buffer:
        for _ in range(200):
            buffer.append([("bulk", small), ("cold-chain", small)])
        full = buffer.stats().bytes
    with a_buffer(tmp_path, max_bytes=full) as buffer:
        for _ in range(120):
            buffer.append([("cold-chain", small)])
        assert buffer.stats().bytes <= full
        assert buffer.stats().dropped <= 1.6 * 120 * 40  # little more than came: pages are never quite full


def test_its_journal_stays_small_whatever_passes_through(tmp_path: Path) -> None:
    with a_buffer(tmp_path, max_bytes=10**9) as buffer:
        for turn in range(30):
            blocks, _ = buffer.append([("process", dear(5000))] * 10)
            if turn % 3:
                buffer.delete([(blocks[0].sequence, blocks[-1].sequence)])
        assert (tmp_path / f"{FILE}-wal").stat().st_size <= JOURNAL_BYTES


def test_a_write_that_fails_leaves_counts_and_sequence_as_they_were(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        buffer.append([("process", readings())])
        before = buffer.stats()
        pages = buffer._db.execute("PRAGMA page_count").fetchone()[0]
        buffer._db.execute(f"PRAGMA max_page_count={pages}")  # the disk is full
        with pytest.raises(sqlite3.OperationalError, match="full"):
            buffer.append([("process", dear())] * 100)
        full = buffer.stats()
        assert (full.blocks, full.last_sequence, full.dropped) == (before.blocks, before.last_sequence, 0)
        buffer._db.execute("PRAGMA max_page_count=100000")
        (block,), _ = buffer.append([("process", readings())])
        assert block.sequence == before.last_sequence + 1


def test_a_reserve_that_got_no_room_is_none_and_is_made_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def others_were_quicker(*_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as then:
        then.setattr(os, "posix_fallocate", others_were_quicker)
        reserve = Reserve(tmp_path)
        assert not reserve.let_go()
    reserve.hold()
    assert (tmp_path / RESERVE).stat().st_size == RESERVE_BYTES
    assert reserve.let_go()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of twenty megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(folder: Path) -> None:
    """Something else takes all the room that is left."""
    free = os.statvfs(folder)
    (folder / "foreign.log").write_bytes(bytes(free.f_bavail * free.f_bsize))


def appended_until_full(buffer: Buffer) -> int:
    """Blocks that were stored until the disk refused one."""
    before = buffer.stats().blocks
    with pytest.raises(sqlite3.OperationalError, match="full"):
        deque(buffer.append([("process", dear())]) for _ in range(10_000))
    return buffer.stats().blocks - before


def test_a_full_disk_takes_nothing_loses_nothing_and_goes_on_by_itself(small_disk: Path) -> None:
    with a_buffer(small_disk, max_bytes=10**9) as buffer:
        buffer.append([("process", dear())])
        (small_disk / "foreign.log").write_bytes(bytes(14_000_000))
        stored = 1 + appended_until_full(buffer)
        assert (buffer.stats().blocks, buffer.stats().dropped) == (stored, 0)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            buffer.append([("cold-chain", dear(5000))])
        (small_disk / "foreign.log").unlink()
        (block,), _ = buffer.append([("process", dear())])
        assert block.sequence == stored + 1
        assert [decode(b.data).sequence for b in buffer.read(1, 10**6, 10**6)] == list(range(1, stored + 2))


def test_on_a_full_disk_old_bulk_goes_for_what_is_new(small_disk: Path) -> None:
    with a_buffer(small_disk, max_bytes=10**9) as buffer:
        for _ in range(20):
            buffer.append([("bulk", dear())] * 5)
        free = os.statvfs(small_disk)
        (small_disk / "foreign.log").write_bytes(bytes(free.f_bavail * free.f_bsize))
        stored = 0
        while not buffer.stats().dropped:
            buffer.append([("cold-chain", dear())])
            stored += 1
            assert stored < 1000
        assert buffer.stats().dropped_by_lane.keys() == {"bulk"}
        assert [gap.lane for gap in buffer.gaps()] == ["bulk"]
        assert buffer.stats().readings == 500 * (100 + stored) - buffer.stats().dropped
        for _ in range(50):
            buffer.append([("cold-chain", dear())])  # block for block
        (small_disk / "foreign.log").unlink()
        buffer.expire()
        assert (small_disk / RESERVE).stat().st_size == RESERVE_BYTES  # ready for the next time
