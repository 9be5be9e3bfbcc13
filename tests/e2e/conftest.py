"""The demo plant as a newcomer starts it, and a browser. Stages of its story are fixtures that wait for it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from isotherm.engines import postgres

FIVE_MINUTES_S = 300
SPEED = 20  # of the physics: the room warms and cools again while a test waits
DEMO_PLANT = Path(__file__).parents[2] / "isotherm" / "plants" / "demo"
SECOND_RUNG = "{after_s: 600, roles: [qa, engineer]}"


@dataclass
class Demo:
    """A demo plant that was started, and what a script can do with it."""

    var: Path
    process: subprocess.Popen[bytes]
    facts: dict[str, Any]
    started: float

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    def password(self, username: str) -> str:
        return str(next(p["password"] for p in self.facts["people"] if p["username"] == username))

    def get(self, path: str, **query: Any) -> Any:
        """JSON of an address, asked with the demo's key."""
        answer = httpx.get(f"{self.url}{path}", params=query, headers=self._key(), timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, headers=self._key(), timeout=20)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `isotherm` as a person at the terminal does."""
        return subprocess.run(
            [sys.executable, "-m", "isotherm", *words, "--var", str(self.var)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Look straight into the database."""
        ports = json.loads((self.var / "ports.json").read_text())
        cluster = postgres.prepare(self.var / "postgres", ports["database"])
        with psycopg.connect(cluster.dsn(postgres.OWNER)) as connection:
            return connection.execute(query).fetchall()

    def rung(self) -> list[dict[str, Any]]:
        """What rang on people's phones so far, as the receiver took it."""
        log = self.var / "phones.log"
        return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []

    def kill(self, name: str) -> None:
        """Kill -9 one of its programs; the supervisor starts it again."""
        pid_file = self.var / "run" / f"{name}.pid"
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: int(pid_file.read_text() or "0") not in {0, pid}, f"{name} to be started again")

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.facts['api_key']}"}


def wait_for(look: Callable[[], Any], what: str, within_s: float = 60) -> Any:
    """What `look` answers as soon as it answers something; told by name when it never does."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            found = look()
        except (httpx.TransportError, psycopg.OperationalError, AssertionError):
            found = None  # an engine that is being started again does not answer: that is what is waited for
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"waited {within_s:g} s for {what}")
        time.sleep(0.25)


def start(var: Path, *options: str) -> Demo:
    """Start the demo plant and wait until it says what a script needs."""
    path = var / "demo.json"
    before = path.stat().st_mtime_ns if path.exists() else 0
    with (var / "demo.out").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "isotherm", "demo", "--var", str(var), "--speed", str(SPEED), *options],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    began = time.monotonic()

    def ready() -> dict[str, Any] | None:
        if process.poll() is not None:
            pytest.fail((var / "demo.out").read_text())
        fresh = path.exists() and path.stat().st_mtime_ns > before
        facts: dict[str, Any] = json.loads(path.read_text()) if fresh else {}
        return facts if facts.get("url") else None

    try:
        return Demo(var, process, wait_for(ready, "the demo plant to start", 300), began)
    except BaseException:
        process.terminate()  # what did not come up in time is not left behind
        process.wait(30)
        raise


@pytest.fixture(scope="session")
def var() -> Iterator[Path]:
    """A folder outside pytest's: another run of pytest takes the rights to pass through those away."""
    with tempfile.TemporaryDirectory(prefix="isotherm-e2e-") as name:
        yield Path(name)


def _lives(process: psutil.Process) -> bool:
    """Whether it still does something: one that has ended, and that nobody has asked about, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def running(var: Path, *options: str) -> Iterator[Demo]:
    """A demo plant from its start to its stop, which leaves no process behind."""
    started = start(var, *options)
    family = psutil.Process(started.process.pid).children(recursive=True)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(15)
    left = [each for each in family if _lives(each)]
    for each in left:
        each.kill()
    assert left == []


@pytest.fixture(scope="session")
def demo(var: Path) -> Iterator[Demo]:
    """The demo plant, running, one for all stages of its story."""
    with running(var) as started:
        yield started


@pytest.fixture(scope="session")
def impatient(demo: Demo, var: Path) -> Demo:
    """The same plant after its engineer let the second rung of the cold chain be called after 15 s."""
    folder = shutil.copytree(DEMO_PLANT, var / "plant")
    ladders = folder / "ladders.yaml"
    text = ladders.read_text("utf-8")
    assert SECOND_RUNG in text
    ladders.write_text(text.replace(SECOND_RUNG, SECOND_RUNG.replace("600", "15")), "utf-8")
    applied = demo.command("plant", "apply", str(folder), "--yes", "--reason", "nights are short of people")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    return demo


@pytest.fixture(scope="session")
def excursion(demo: Demo) -> dict[str, Any]:
    """The excursion that the failed compressor leads to, by itself, within five minutes of the start."""

    def opened() -> Any:
        return demo.get("/api/excursions", status="open")["items"]

    within_s = FIVE_MINUTES_S - (time.monotonic() - demo.started)
    found = wait_for(opened, "an excursion in cold room 2", within_s)
    whole: dict[str, Any] = demo.get(f"/api/excursions/{found[0]['id']}")
    return whole


@pytest.fixture(scope="session")
def cold_again(demo: Demo, excursion: dict[str, Any]) -> dict[str, Any]:
    """The same excursion after the fault was mended and the room was cold again."""
    mended = demo.command("sim", "fault", "cold-room-2", "compressor-failure", "--clear")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    path = f"/api/excursions/{excursion['id']}"
    wait_for(lambda: demo.get(path)["condition"] == "cleared", "the room to be cold again", 240)
    whole: dict[str, Any] = demo.get(path)
    return whole
