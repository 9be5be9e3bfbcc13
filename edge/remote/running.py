"""An edge whose config may come from afar: the agent, and beside it what receives, tries, keeps and rolls back configs.

The edge's own file says who may change its config (`remote.signer`), and what nobody may. It is what runs until a
config from afar has proved itself, and whenever none is left that can be used.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping

from edge.agent import Agent, quiet
from edge.buffer.disk import Disk
from edge.config import EdgeConfig
from edge.remote.desk import RemoteDesk
from edge.remote.link import RemoteLink
from edge.remote.start import config_at_start
from edge.remote.state import RemoteStore
from edge.tasks import end
from telemetry.clock import Clock, SystemClock

log = logging.getLogger(__name__)

FOLDER = "config"
"""In the buffer's folder: remove it while the edge stands still, and the edge's own file counts again."""


async def run_until_signal(own: EdgeConfig) -> None:
    """Run an edge until SIGTERM or SIGINT. `own`: its own file, which names who may change its config.

    Raises BufferUnusable, and OSError where nothing can be remembered.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, log.warning, "configs come from afar: nothing is read again at SIGHUP")
    quiet()
    await run(own, stop)


async def run(
    own: EdgeConfig, stop: asyncio.Event, environ: Mapping[str, str] = os.environ, clock: Clock | None = None
) -> None:
    """Run an edge until `stop` is set. Raises BufferUnusable, and OSError where nothing can be remembered."""
    clock = clock or SystemClock()
    disk = await Disk.open(own, clock)  # it holds the folder: what is written beside the buffer is ours alone
    try:
        store = RemoteStore(own.buffer.folder / FOLDER, clock)
        config, version = config_at_start(store, own, environ, clock)
        agent = Agent(config, disk, clock)
        agent.version = version
        desk = RemoteDesk(agent, store, own, environ, clock)
        await _beside(agent, stop, desk, RemoteLink(own, desk, store))
    finally:
        await disk.close()


async def _beside(agent: Agent, stop: asyncio.Event, desk: RemoteDesk, link: RemoteLink) -> None:
    """The agent decides when all ends; a desk that can't remember ends it too: the next start finds the way back."""
    reading = asyncio.create_task(agent.run(stop))
    others = [asyncio.create_task(desk.run()), asyncio.create_task(link.run())]
    try:
        done, _ = await asyncio.wait({reading, *others}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(others)
        stop.set()
        await reading
