"""For stories of configs from afar: a plant with its database, who signs configs there, and an edge's own file."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.agent import Agent
from edge.buffer.disk import Disk
from edge.config import load
from edge.remote import trial
from edge.remote.desk import RemoteDesk
from edge.remote.link import RemoteLink
from edge.remote.running import FOLDER, _beside
from edge.remote.start import config_at_start
from edge.remote.state import RemoteStore
from gateway import edge_configs, ingest
from gateway.edge_configs import Told
from gateway.ingest import IngestSettings, run_ingest
from isotherm.engines.nats import NatsServer
from telemetry.clock import SystemClock
from telemetry.signed_config import Envelope
from telemetry.work import Pool, begin
from tests.plugins.stream import SITE

from .conftest import running

EDGE = "edge-line"
ROOM = f"{SITE}/cold-store/cold-room-1"
TRIAL_S = 1.5


def device(name: str, port: int, registers: Sequence[int], **more: object) -> dict[str, Any]:
    points = [
        {"point": f"{ROOM}/{name}-{k}", "area": "input", "address": k, "type": "uint16", "group": "fast"}
        for k in registers
    ]
    plain = {"name": name, "driver": "modbus", "host": "127.0.0.1", "port": port, "timeout_s": 0.5, "points": points}
    return plain | more


@dataclass
class Signer:
    """A person who writes an edge's configs and signs them. `folder`: the edge's."""

    server: NatsServer
    folder: Path
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def signer(self) -> str:
        return b64encode(self.key.public_key().public_bytes_raw()).decode()

    def text(self, *devices: dict[str, Any], **changes: Any) -> str:
        """A config of the edge; `changes` are of its top keys."""
        facts = {
            "edge": EDGE,
            "site": SITE,
            "uplink": {"url": self.server.url, "key_file": str(self.server.keys[EDGE])},
            "buffer": {"folder": str(self.folder / "buffer")},
            "remote": {"signer": self.signer, "trial_s": TRIAL_S},
            "groups": {"fast": {"period_s": 0.1, "class": "cold-chain"}},
            "devices": list(devices),
        }
        return yaml.safe_dump(facts | changes, sort_keys=False)

    def own_file(self, *devices: dict[str, Any]) -> Path:
        path = self.folder / "edge.yaml"
        path.write_text(self.text(*devices))
        return path

    def envelope(self, version: int, text: str, key: Ed25519PrivateKey | None = None, **changes: Any) -> Envelope:
        facts: dict[str, Any] = {
            "site": SITE,
            "edge": EDGE,
            "version": version,
            "issued_at": "2026-03-01T08:00:00Z",
            "config": text,
        }
        return Envelope(**(facts | changes)).signed(key or self.key)


@dataclass
class FarPlant(Signer):
    """What a person at the plant does besides: pushes, and looks at what became of it."""

    pool: Pool = field(kw_only=True)

    async def push(self, version: int, text: str, key: Ed25519PrivateKey | None = None) -> None:
        async with begin(self.pool, "engineer", SystemClock().now()) as work:
            await edge_configs.push(work, self.envelope(version, text, key), site=SITE, edge=EDGE, reason="story")

    async def until_published(self, within_s: float = 30) -> None:
        """Wait until the gateway has sent out all that was pushed: an edge that comes later has to ask."""
        async with asyncio.timeout(within_s), begin(self.pool, "reader", SystemClock().now()) as work:
            pushed = edge_configs.pushed
            while any(each.published_at is None for each in await pushed(work, EDGE)):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)

    async def told(self) -> list[Told]:
        """Oldest first."""
        async with begin(self.pool, "reader", SystemClock().now()) as work:
            return (await edge_configs.outcomes(work, EDGE))[::-1]

    async def until_told(self, n: int, within_s: float = 30) -> list[Told]:
        """Wait until the database has so many outcomes."""
        async with asyncio.timeout(within_s):
            while len(found := await self.told()) < n:  # noqa: ASYNC110 - the database gives no event
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def far_plant(
    server: NatsServer, dsn: str, pool: Pool, folder: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[FarPlant]:
    """A plant whose gateway runs."""
    patch.setattr(ingest, "CONFIGS_EVERY_S", 0.05)
    patch.setattr(trial, "OBSERVE_S", 0.3)
    settings = IngestSettings(server.url, "gateway", server.passwords["gateway"], dsn, SITE)
    stop = asyncio.Event()
    async with running(run_ingest(settings, stop)) as working:
        yield FarPlant(server, folder, pool=pool)
        stop.set()
        await working


@dataclass
class FarEdge:
    """An edge that runs in this process."""

    agent: Agent
    desk: RemoteDesk
    store: RemoteStore
    working: asyncio.Task[None]

    def points(self) -> set[str]:
        return {point.point for device in self.agent.config.devices for point in device.points}


@asynccontextmanager
async def far_edge(own_file: Path) -> AsyncIterator[FarEdge]:
    """As `isotherm edge run` starts it."""
    own, clock, stop = load(own_file), SystemClock(), asyncio.Event()
    disk = await Disk.open(own, clock)
    store = RemoteStore(own.buffer.folder / FOLDER, clock)
    config, version = config_at_start(store, own, {}, clock)
    agent = Agent(config, disk, clock)
    agent.version = version
    desk = RemoteDesk(agent, store, own, {"SECRET_PORT": "1"}, clock)
    working = asyncio.create_task(_beside(agent, stop, desk, RemoteLink(own, desk, store)))
    try:
        yield FarEdge(agent, desk, store, working)
        if working.done():
            working.result()
    finally:
        stop.set()
        await asyncio.gather(working, return_exceptions=True)
        await disk.close()
