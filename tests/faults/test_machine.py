"""The machine on which the edge runs has its own troubles: a full disk, a clock that is stepped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.faults.conftest import Tell
from tests.faults.laying import Wishes, a_line
from tests.faults.line import lasting
from tests.faults.small_disk import small_disk
from tests.plugins.waiting import until

FULL = ("database or disk is full", "disk I/O error")
"""What SQLite says, on a full file system and beyond a limit of size."""


async def test_the_disk_is_full(tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with a_line(tmp_path, database, wishes=Wishes(buffer=disk.folder)) as line:
            line.fault_begins()
            disk.fill(line.edge.pid)
            await until(lambda: any(words in line.edge.log.read_text() for words in FULL), within_s=20)
            await lasting(lasts_s)
            disk.clear(line.edge.pid)
            back_s = await line.fault_ended()
            tell(await line.last_fates(f"disk full ({disk.kind})", f"{lasts_s:g} s", back_s))


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
