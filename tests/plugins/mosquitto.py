"""Debian's mosquitto: a broker that is not the one we deploy, on a free port, with its memory on disk."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from isotherm.engines.ports import free_port
from tests.plugins.stream import await_port

PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


@dataclass
class Mosquitto:
    """A broker that may be killed and started again; its memory stays."""

    folder: Path
    lines: Sequence[str] = ()  # of its config, beside those that all have
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        config = self.folder / "mosquitto.conf"
        told = [
            f"listener {self.port} 127.0.0.1",
            "user root",
            "persistence true",
            f"persistence_location {self.folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "max_queued_messages 0",
            *(self.lines or ["allow_anonymous true"]),
        ]
        config.write_text("\n".join(told) + "\n")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, "-c", config], stdout=log, stderr=log)
        await_port(self.port)

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In order: what it remembers is on its disk."""
        self._end(signal.SIGTERM)

    def save(self) -> None:
        """Have it write down what it remembers, and wait until that is done."""
        memory, before = self.folder / "mosquitto.db", time.time_ns()
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while not memory.exists() or memory.stat().st_mtime_ns < before - 20_000_000:
            assert time.monotonic() < deadline, "mosquitto saves nothing"
            time.sleep(0.01)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker for a module's tests; nobody needs a password."""
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.stop()
