"""A plant on one machine: its engines, its programs and its edges, started in order and kept running.

`isotherm up` runs a plant of one's own with it, `isotherm demo` the demo plant, which adds simulators and a history.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from isotherm.engines import nats, postgres
from isotherm.machine import Ports, choose_ports, only_one
from isotherm.progress import console, step
from isotherm.schema import bring_up_to_date
from isotherm.supervisor import Service, Supervisor
from telemetry.errors import Unavailable
from telemetry.lines import read

START_WITHIN_S = 60


class ProgramDidNotStart(Unavailable):
    """A program ended or did not answer in time; its log says why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for a plant on this machine."""

    var: Path  # data, logs, passwords
    folder: Path  # the plant model, and edges/*.yaml
    site: str
    ports: Ports
    web_host: str = "127.0.0.1"

    @property
    def edges(self) -> tuple[Path, ...]:
        """Configurations of the edges; a file's name is its edge's."""
        return tuple(sorted((self.folder / "edges").glob("*.yaml")))


class Plant:
    """A plant that is being started or runs."""

    def __init__(self, choice: Choice, ports: Ports) -> None:
        var = choice.var
        self.choice, self.ports = choice, ports
        self.supervisor = Supervisor(var)
        self.cluster = postgres.prepare(var / "postgres", ports.database)
        names, folder = [path.stem for path in choice.edges], var / "nats"
        passwords = [path.stem for path in choice.edges if _goes_by_password(path)]
        self.nats = nats.prepare(folder, ports.nats, ports.mqtt, site=choice.site, edges=names, by_password=passwords)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://{self.choice.web_host}:{self.ports.web}"

    async def start_database(self) -> None:
        """Start PostgreSQL and bring its schema up to date."""
        with step("Starting PostgreSQL"):
            cluster = self.cluster
            service = Service(
                "postgres",
                cluster.command(),
                stop_signal=postgres.STOP_SIGNAL,
                cwd=cluster.data,
                rights=postgres.run_as(),
                engine=True,
            )
            await self.supervisor.start(service)
            await self.answers(lambda: asyncio.to_thread(postgres.answers, cluster))
        with step("Bringing the schema up to date"):
            await asyncio.to_thread(bring_up_to_date, cluster.dsn(postgres.OWNER))

    async def start_stream(self) -> None:
        """Start nats-server."""
        with step("Starting nats-server"):
            await self.supervisor.start(Service("nats", self.nats.command(), engine=True))
            await self.answers(lambda: _connects(self.ports.nats))
            await self.answers(lambda: _connects(self.ports.mqtt))

    async def start_programs(self, extra: Mapping[str, str]) -> None:
        """Start gateway, watch, notifier and web server, and wait until the web server answers."""
        with step("Starting gateway, watch, notifier and web server"):
            for name in ("gateway", "watch", "notify", "health", "web", "worker"):
                await self.supervisor.start(Service(name, program(name), self.environment() | dict(extra)))
            await self.answers(lambda: asyncio.to_thread(_healthy, f"{self.url}/api/health"))

    async def start_edges(self, extra: Mapping[str, str]) -> None:
        """Start an agent for each configuration in the plant's folder."""
        with step(f"Starting {len(self.choice.edges)} edge agents"):
            for path in self.choice.edges:
                name = path.stem
                env = {"NATS_URL": self.nats.url, "VAR": str(self.choice.var.resolve())} | self._identity(name)
                env |= {"ISOTHERM_MQTT_PASSWORD": self.nats.passwords["fleet"]} | dict(extra)
                await self.supervisor.start(Service(name, program("edge", "run", str(path)), env))

    def _identity(self, edge: str) -> dict[str, str]:
        """What an edge shows who it is by: the file of its key, or a password."""
        if edge in self.nats.passwords:
            return {"ISOTHERM_EDGE_PASSWORD": self.nats.passwords[edge]}
        seed = self.nats.keys.get(edge)  # none is here where the key was made elsewhere
        return {"ISOTHERM_EDGE_KEY": str(seed.resolve())} if seed else {}

    def environment(self) -> dict[str, str]:
        """Settings of the programs."""
        return {
            "ISOTHERM_DATABASE_URL": self.cluster.dsn(postgres.APP),
            "ISOTHERM_NATS_URL": self.nats.url,
            "ISOTHERM_NATS_USER": "gateway",
            "ISOTHERM_NATS_PASSWORD": self.nats.passwords["gateway"],
            "ISOTHERM_SITE": self.choice.site,
            "ISOTHERM_WEB_HOST": self.choice.web_host,
            "ISOTHERM_WEB_PORT": str(self.ports.web),
            "ISOTHERM_VAR": str(self.choice.var.resolve()),
        }

    async def answers(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it does. Raises ProgramDidNotStart when it never does, or when a program ended meanwhile."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_WITHIN_S
        while not await answers():
            ended = self.supervisor.failed()
            if ended or loop.time() > deadline:
                name = ended or "a program"
                raise ProgramDidNotStart(program=name, log=str(self.supervisor.log_of(name)))
            await asyncio.sleep(0.1)


def program(*words: str) -> list[str]:
    """The command line of one of our programs, with the Python that we run on."""
    return [sys.executable, "-m", "isotherm", *words]


async def run(choice: Choice, start: Callable[[Plant], Awaitable[None]]) -> None:
    """Start a plant with `start`, keep it until SIGINT or SIGTERM comes, and stop all that was started."""
    with only_one(choice.var):
        stop = _stop_event()
        plant = Plant(choice, choose_ports(choice.var, choice.ports))
        starting = asyncio.ensure_future(start(plant))
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
            await waiting
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            with step("Stopping"):
                await plant.supervisor.stop()
    console.print("Stopped. The next start goes on with the data that is there.")


def _stop_event() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


def _goes_by_password(path: Path) -> bool:
    """Whether an edge's config names a password; what else is wrong with it is told where it is read."""
    data = read(path, path.name).data
    uplink = data.get("uplink") if isinstance(data, dict) else None
    return isinstance(uplink, dict) and "password_env" in uplink


async def _connects(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
