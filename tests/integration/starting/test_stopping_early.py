"""A start that is broken off: whatever is under way, all of it ends at once and the next start goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from isotherm.demo import FOLDER
from tests.plugins.waiting import until

STOPS_WITHIN_S = 10


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not under pytest's own folder, through which PostgreSQL's system user may not pass."""
    with tempfile.TemporaryDirectory(prefix="isotherm-starting-") as made:
        yield Path(made)


@pytest.fixture
def plant(folder: Path) -> Path:
    """The demo's plant model without edges."""
    made = folder / "plant"
    shutil.copytree(FOLDER, made, ignore=shutil.ignore_patterns("edges"))
    return made


def begin(plant: Path, var: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "isotherm", "up", str(plant), "--var", str(var), "--port", "0"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def test_a_stop_does_not_wait_for_a_database_that_does_not_answer(plant: Path, folder: Path) -> None:
    var = folder / "var"
    with begin(plant, var) as starting:
        await until(lambda: (var / "run" / "postgres.pid").exists(), within_s=60)
        database = psutil.Process(int((var / "run" / "postgres.pid").read_text()))
        database.suspend()
        starting.send_signal(signal.SIGTERM)
        starting.wait(STOPS_WITHIN_S)
    assert not database.is_running()


def initdb_of(starting: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The one that it runs now: other children come and go while it is loaded."""
    found = []
    for child in psutil.Process(starting.pid).children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            found += [child] if child.name() == "initdb" else []
    return found


async def test_ctrl_c_reaches_no_initdb(plant: Path, folder: Path) -> None:
    """A terminal sends it to every process of the group; only the program itself may act on it."""
    var = folder / "var"
    with begin(plant, var) as starting:
        await until(lambda: bool(initdb_of(starting)), within_s=60)
        assert all(os.getpgid(child.pid) != os.getpgid(starting.pid) for child in initdb_of(starting))
        starting.send_signal(signal.SIGINT)
        assert starting.wait(STOPS_WITHIN_S) == 0
