"""The machine on which the edge runs has its own troubles: a full disk, a clock that is stepped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.faults.conftest import Tell
from tests.faults.laying import Wishes, a_line
from tests.faults.line import STORY, Line, lasting
from tests.faults.small_disk import SmallDisk, small_disk
from tests.plugins.waiting import until

FULL = ("disk is full", "disk I/O error")
"""What the edge says, on a full file system and beyond a limit of size."""


async def full_disk(line: Line, disk: SmallDisk, lasts_s: float) -> None:
    """Not a byte more fits for so long; it counts from when the edge has noticed."""
    disk.fill(line.edge)
    await until(lambda: any(words in line.edge.log.read_text() for words in FULL), within_s=20)
    await lasting(lasts_s)
    disk.clear(line.edge)


async def test_the_disk_is_full_while_readings_leave_it(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with a_line(tmp_path, database, wishes=Wishes(buffer=disk.folder)) as line:
            line.fault_begins()
            await full_disk(line, disk, lasts_s)
            back_s = await line.fault_ended()
            tell(await line.last_fates(f"disk full ({disk.kind})", f"{lasts_s:g} s", back_s))


async def test_the_disk_is_full_while_the_stream_is_away_and_the_devices_wait(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with a_line(tmp_path, database, wishes=Wishes(buffer=disk.folder)) as line:
            line.fault_begins()
            line.cables["stream"].cut(STORY)
            await full_disk(line, disk, lasts_s)
            line.cables["stream"].mend(STORY)
            back_s = await line.fault_ended()
            tell(await line.last_fates(f"disk full ({disk.kind}), no stream", f"{lasts_s:g} s", back_s))


async def test_the_clock_is_stepped_by_an_hour_forth_and_back_and_back_and_forth(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    entry = [sys.executable, "-m", "tests.faults.stepped_edge"]
    async with a_line(tmp_path, database, wishes=Wishes(entry=entry)) as line:
        line.fault_begins()
        for step in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR2, signal.SIGUSR1):
            os.kill(line.edge.pid, step)
            await lasting(lasts_s / 4)
        back_s = await line.fault_ended()
        tell(await line.last_fates("clock +1 h, 0, -1 h, 0", f"{lasts_s:g} s", back_s))
