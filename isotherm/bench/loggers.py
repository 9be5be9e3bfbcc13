"""Loggers in a process of their own: each publishes a JSON record of ten values, QoS 1, at a steady rate."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

VALUES = 10
"""Of a record."""
READY = "ready.json"


@dataclass(frozen=True, slots=True)
class Task:
    """Whom to publish to, and how much."""

    port: int
    user: str
    password: str
    loggers: int
    period_s: float

    def write(self, path: Path) -> None:
        """Keep it for the process."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Task:
        """What `write` kept."""
        return cls(**json.loads(path.read_text("utf-8")))


def topic(logger: int) -> str:
    """Where a logger publishes."""
    return f"trucks/bench-{logger}/telemetry"


def publish_for_ever(task: Task, folder: Path) -> None:
    """Each logger at its own moment of the period."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-loggers")
    client.username_pw_set(task.user, task.password)
    client.connect("127.0.0.1", task.port)
    client.loop_start()
    (folder / READY).touch()
    chance, began, n = Random(1), time.monotonic(), 0  # noqa: S311 - the same course in every run
    while True:
        logger = n % task.loggers
        values = [round(20 + (logger * VALUES + k) % 83 * 0.73 + chance.randrange(50) / 100, 2) for k in range(VALUES)]
        client.publish(topic(logger), json.dumps({"at": time.time(), "values": values}), qos=1)
        n += 1
        time.sleep(max(0.0, began + n * task.period_s / task.loggers - time.monotonic()))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    publish_for_ever(Task.read(place / "task.json"), place)
