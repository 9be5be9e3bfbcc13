"""The supervisor: what dies comes back, what is told to stop stops, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from isotherm.supervisor import Service, Supervisor
from tests.plugins.waiting import until

STUBBORN = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
WILLING = "import time; print('up', flush=True); time.sleep(600)"


@pytest.fixture
async def supervisor(var: Path) -> AsyncIterator[Supervisor]:
    made = Supervisor(var)
    yield made
    await made.stop(within_s=2)


def a_service(name: str = "edge", program: str = WILLING) -> Service:
    return Service(name, [sys.executable, "-c", program])


def pid_of(var: Path, name: str = "edge") -> int:
    return int((var / "run" / f"{name}.pid").read_text())


async def test_a_program_that_is_killed_is_started_again(supervisor: Supervisor, var: Path) -> None:
    await supervisor.start(a_service())
    first = pid_of(var)
    os.kill(first, signal.SIGKILL)
    await until(lambda: pid_of(var) != first and psutil.pid_exists(pid_of(var)))


async def test_a_stop_leaves_nothing_behind_not_even_the_stubborn(supervisor: Supervisor, var: Path) -> None:
    await supervisor.start(a_service("willing"))
    await supervisor.start(a_service("stubborn", STUBBORN))
    await until(lambda: "up" in supervisor.log_of("stubborn").read_text())
    pids = [pid_of(var, "willing"), pid_of(var, "stubborn")]
    await supervisor.stop(within_s=1)
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_programs_end_when_the_supervisor_itself_is_killed(var: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from isotherm.supervisor import Service, Supervisor\n"
        "async def main():\n"
        "    made = Supervisor(Path(sys.argv[1]))\n"
        f"    await made.start(Service('edge', [sys.executable, '-c', {WILLING!r}]))\n"
        "    print('up', flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(var)], stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        keeper.stdout.readline()
        child = psutil.Process(pid_of(var))
        keeper.kill()
    child.wait(10)
