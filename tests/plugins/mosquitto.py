"""Debian's mosquitto: a broker that is not the one we deploy, on a free port, with its memory on disk."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from isotherm.engines.ports import free_port
from tests import machine
from tests.plugins.stream import await_port

SECURITY_PLUGIN = next(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), Path("mosquitto_dynamic_security.so"))


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
            "log_type all",
            f"persistence_location {self.folder}/",
            "autosave_interval 0",  # only `save` and `stop` write
            "max_queued_messages 0",
            *(self.lines or ["allow_anonymous true"]),
        ]
        config.write_text("\n".join(told) + "\n")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([machine.mosquitto() or "mosquitto", "-c", config], stdout=log, stderr=log)
        await_port(self.port)

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In order: what it remembers is on its disk."""
        self._end(signal.SIGTERM)

    def save(self) -> None:
        """Have it write down what it remembers, and wait until that is done."""
        memory = self.folder / "mosquitto.db"
        before = memory.stat().st_ino if memory.exists() else 0
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while not memory.exists() or memory.stat().st_ino == before:  # a new file takes the old one's place
            assert time.monotonic() < deadline, "mosquitto saves nothing"
            time.sleep(0.01)

    def told(self, text: str) -> int:
        """In how many lines of its log a text stands."""
        return sum(text in line for line in (self.folder / "log").read_text(errors="replace").splitlines())

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


class Logger:
    """Publishes, and waits until the broker has it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, topic: str, payload: object, qos: int = 1, retain: bool = False) -> None:
        """Bytes as they are, anything else as JSON."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        info = self._client.publish(topic, data, qos=qos, retain=retain)
        await asyncio.to_thread(info.wait_for_publish, 5)
        assert info.is_published()


@asynccontextmanager
async def a_logger_at(port: int) -> AsyncIterator[Logger]:
    """A logger that is connected."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="logger-truck-1")
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield Logger(client)
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)
