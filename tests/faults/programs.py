"""Programs that can be killed and started again, each with a log of its own; PostgreSQL among them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isotherm.engines import postgres
from isotherm.engines.ports import free_port
from isotherm.schema import bring_up_to_date

REFUSES_AT_FIRST_S = 0.3


@dataclass
class Program:
    """A process, and how to start it anew."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    options: Mapping[str, Any] = field(default_factory=dict)  # of the process: whose rights, which folder
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and return when it is ready. An engine that finds remains of its former life may refuse at first."""
        for _ in range(50):
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command, env=os.environ | self.env, stdout=log, stderr=log, **self.options
                )
            try:
                self._process.wait(REFUSES_AT_FIRST_S)
            except subprocess.TimeoutExpired:
                break
        assert self.runs, f"{self.name} did not start: {self.tail()}"
        self.ready()

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """In order, as a service manager would; answers the exit code."""
        if self._process is None:
            return 0
        if self.runs:
            self._process.send_signal(self.stop_signal)
        return self._process.wait(20)

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", errors="replace")[-2000:] if self.log.exists() else "no log"


def isotherm(name: str, folder: Path, *words: str, env: Mapping[str, str]) -> Program:
    """One of our own programs."""
    command = [sys.executable, "-m", "isotherm", *words]
    return Program(name, command, folder / f"{name}.log", env)


def database(cluster: postgres.Cluster) -> Program:
    """PostgreSQL that syncs to disk."""
    return Program(
        "postgres",
        cluster.command(),
        cluster.log,
        ready=lambda: postgres.await_ready(cluster),
        stop_signal=postgres.STOP_SIGNAL,
        options={"cwd": cluster.data, **postgres.run_as()},
    )


def durable_database(folder: Path) -> tuple[postgres.Cluster, Program]:
    """A migrated PostgreSQL that syncs to disk, running."""
    cluster = postgres.prepare(folder, free_port())
    program = database(cluster)
    program.start()
    bring_up_to_date(cluster.dsn(postgres.OWNER))
    return cluster, program


async def all_at_once(steps: Sequence[Callable[[], object]]) -> None:
    """Steps that wait for processes, side by side."""
    await asyncio.gather(*(asyncio.to_thread(step) for step in steps))
