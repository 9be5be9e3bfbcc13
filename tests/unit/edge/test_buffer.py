"""The buffer: what it has taken it keeps, through power loss, rot and clocks that are set."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.buffer.buffer import FILE, Buffer, BufferUnusable, Gap
from edge.buffer.disk import Disk
from edge.buffer.file import move_aside
from telemetry.clock import HeldClock
from telemetry.wire import decode
from tests.unit.edge.buffers import DAY_US, NOW, Ticks, a_buffer, dear, readings, told

GOLDEN = Path(__file__).parents[2] / "golden" / "buffer"


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


def test_what_is_too_old_goes_and_is_told(tmp_path: Path) -> None:
    ticks = Ticks()
    with a_buffer(tmp_path, ticks=ticks) as buffer:
        buffer.append([("cold-chain", readings())])
        ticks.s += 29 * 86_400
        assert buffer.expire() == []
        ticks.s += 2 * 86_400
        assert [(gap.lane, gap.n, gap.reason) for gap in buffer.expire()] == [("cold-chain", 10, "old")]
        assert [[gap.reason for gap in gaps] for _, gaps in told(buffer)] == [["old"]]
        assert buffer.stats().readings == 0


def test_more_grows_too_old_at_a_look_than_the_busiest_edge_takes_between_two(tmp_path: Path) -> None:
    ticks = Ticks()
    with a_buffer(tmp_path, ticks=ticks) as buffer:
        buffer.append([("cold-chain", readings())] * 100)  # ten blocks a second of three lanes, for five seconds
        ticks.s += 31 * 86_400
        assert sum(gap.n for gap in buffer.expire()) == 1000


@pytest.mark.parametrize("step", [timedelta(days=3650), timedelta(days=-3650), timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_set_costs_no_reading_and_turns_no_order(tmp_path: Path, step: timedelta) -> None:
    clock, ticks = HeldClock(NOW), Ticks()
    with a_buffer(tmp_path, clock, ticks=ticks) as buffer:
        buffer.append([("process", readings(value=1.0))])
        clock.advance(step)
        ticks.s += 1
        buffer.append([("process", readings(value=2.0, at=clock.now()))])
        assert buffer.expire() == []
        assert [decode(block.data).batch.value[0] for block in buffer.read(1, 9, 9)] == [1.0, 2.0]
        assert buffer.live_from() == 1  # both came within the last ten seconds
    with a_buffer(tmp_path, clock, ticks=ticks) as buffer:
        assert buffer.expire() == []
        assert buffer.stats().readings == 20


def test_a_block_is_live_for_ten_seconds(tmp_path: Path) -> None:
    ticks = Ticks()
    with a_buffer(tmp_path, ticks=ticks) as buffer:
        assert buffer.live_from() == 1
        buffer.append([("process", readings())] * 2)
        ticks.s += 6
        buffer.append([("process", readings())])
        assert buffer.live_from() == 1
        ticks.s += 6
        assert buffer.live_from() == 3
        ticks.s += 6
        assert buffer.live_from() == 4


def test_how_long_commits_take_is_known(tmp_path: Path) -> None:
    with a_buffer(tmp_path) as buffer:
        for _ in range(20):
            buffer.append([("process", readings())])
        stats = buffer.stats()
        assert stats.fsync_p50_s is not None
        assert stats.fsync_p99_s is not None
        assert 0 < stats.fsync_p50_s <= stats.fsync_p99_s < 10


def test_a_kill_while_a_file_is_moved_aside_leaves_no_older_state_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [FILE, f"{FILE}-shm", f"{FILE}-wal"]
    found = [tmp_path / name for name in names]
    for path in found:
        path.touch()
    moved: list[str] = []
    monkeypatch.setattr(Path, "glob", lambda *_: iter(reversed(found)))
    monkeypatch.setattr(Path, "rename", lambda self, _: moved.append(self.name))
    move_aside(found[0], 1)
    assert moved == names


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
    with a_buffer(tmp_path, HeldClock(NOW - timedelta(days=1))) as buffer:
        (block,), _ = buffer.append([("process", readings())])
        ((sequence, (gap,)),) = told(buffer)
        assert (sequence, block.sequence, gap.lane, gap.reason) == (1, 2, "all", "damaged")
        if rot == "middle":  # its head still tells the epoch: the next one is later, whatever the clock says
            assert buffer.epoch > epoch
    assert unreadable(tmp_path)


def unreadable(folder: Path) -> list[Path]:
    """Files that were moved aside."""
    return list(folder.glob(f"{FILE}.unreadable-*"))


async def test_a_file_that_rots_while_it_is_in_use_is_moved_aside_once(tmp_path: Path) -> None:
    buffer = Buffer(tmp_path, "edge-line", HeldClock(NOW), max_bytes=10**8, max_age_us=DAY_US)
    disk = Disk(ThreadPoolExecutor(1), buffer)
    await disk.run(lambda b: b.append([("process", dear())] * 300))
    await disk.run(lambda b: b._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    await disk.run(lambda b: b._db.execute("PRAGMA shrink_memory"))
    epoch, pages = disk.epoch, (tmp_path / FILE).stat().st_size
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(4096 * 8)
        file.write(b"\xa5" * (pages - 4096 * 8))
    with pytest.raises(sqlite3.DatabaseError):
        await disk.run(lambda b: b.read(1, 300, 300))
    assert disk.epoch > epoch
    ((_, (gap,)),) = await disk.run(told)
    assert (gap.epoch, gap.last_sequence, gap.n) == (epoch, 300, 300 * 500)
    await disk.close()
    assert len(await asyncio.to_thread(unreadable, tmp_path)) == 1


def test_blocks_and_gaps_of_an_older_edge_go_on_travelling(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.executescript((GOLDEN / "first-form.sql").read_text())
    with a_buffer(tmp_path) as buffer:
        assert buffer.epoch == 1_767_225_600_000
        old, newer, gap = buffer.read(1, 100, 100)
        assert [decode(block.data).sequence for block in (old, newer, gap)] == [7, 8, 10]
        assert decode(gap.data).gaps == (Gap("bulk", 3, 5, 1000, 2000, 30, "full"),)
        assert buffer.stats().dropped == 30
        (block,), _ = buffer.append([("process", readings())])
        assert block.sequence == 11
    with a_buffer(tmp_path) as buffer:
        assert buffer.stats().blocks == 4


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
from edge.buffer.buffer import Buffer
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
