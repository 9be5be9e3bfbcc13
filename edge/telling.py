"""Looks after an edge while it runs, and tells how it fares: as points, in `health.json`, to Prometheus.

Nothing here may stop the edge: on a full disk its readings wait with all others, and it goes on telling.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.buffer.buffer import Buffer
from edge.own_points import own_readings
from edge.process import cpu_s, rss_bytes
from edge.schedule import every
from edge.state import ConfigState, EdgeState, Fates, told
from edge.tasks import end
from telemetry.clock import to_us
from telemetry.errors import PlantError

if TYPE_CHECKING:
    from edge.agent import Agent
    from edge.metrics import Offered

log = logging.getLogger(__name__)

LOOK_S = 1.0
TELL_EVERY = 5
"""Looks."""
HEALTH_FILE = "health.json"


class Teller:
    """Knows an agent whole, and changes nothing but what time itself asks for."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._began_s = asyncio.get_running_loop().time()
        self._step_s = 0.0  # since the last telling
        self._telling: asyncio.Task[None] | None = None
        self._aside: set[asyncio.Task[None]] = set()
        self._offered: Offered | None = None

    def offer_metrics(self) -> None:
        """Open the port for Prometheus where the config names one. Raises PortTaken."""
        config = self._agent.config.metrics
        if config is not None:
            from edge.metrics import Offered  # only who offers them pays for them

            self._offered = Offered(config)

    async def run(self) -> None:
        """For ever."""
        tell_at = 1  # soon after the start
        async for number in every(LOOK_S):
            self._look()
            if number < tell_at:
                continue
            tell_at = number + TELL_EVERY
            try:
                await self._tell()
                await self._agent.disk.run(Buffer.expire)
            except (sqlite3.Error, OSError) as error:
                log.error("the buffer does not answer: %s", error)  # noqa: TRY400 - its words say it all
            except Exception:
                log.exception("the edge can't tell how it fares")

    async def close(self) -> None:
        """Give the port back."""
        await end(self._aside)
        if self._offered is not None:
            await asyncio.to_thread(self._offered.close)

    def _look(self) -> None:
        agent = self._agent
        step_s = agent.steps.look(agent.uplink.stats.clock_offset_s)
        if step_s:
            self._step_s += step_s
            log.error("the clock was set by %+.1f s; all points are told anew", step_s)
            self._start(agent.screen.begin_anew())
        self._start(agent.screen.let_go_overdue(to_us(agent.clock.now())))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work that may have to wait for the disk: telling goes on meanwhile."""
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
        return task

    async def _tell(self) -> None:
        state = await self.state()
        self._step_s = 0.0
        await self.write(state)
        if self._telling is None or self._telling.done():  # else the disk takes nothing: one set waits, not a hundred
            own = self._agent.intake.own(own_readings(state))
            self._telling = self._start(own)

    async def write(self, state: EdgeState | None = None) -> None:
        """Write `health.json`, and let Prometheus see the same."""
        state = await self.state() if state is None else state
        if self._offered is not None:
            self._offered.metrics.state = state
        fates = state.fates
        told_now = (fates.taken, fates.stored, fates.screened, state.buffer.dropped)
        log.info("taken %d, stored %d, screened %d, dropped %d", *told_now)
        path = self._agent.config.buffer.folder / HEALTH_FILE
        try:
            await asyncio.to_thread(_replace, path, json.dumps(told(state), indent=1))
        except OSError as error:
            log.error("%s can't be written: %s", path, error)  # noqa: TRY400 - its words say it all

    async def state(self) -> EdgeState:
        """How it all stands now."""
        agent = self._agent
        now_s = asyncio.get_running_loop().time()
        return EdgeState(
            site=agent.config.site,
            edge=agent.config.edge,
            at_us=to_us(agent.clock.now()),
            config=ConfigState(agent.digest, agent.version, agent.reloads, agent.refusals, agent.refusal),
            fates=self._fates(),
            buffer=await agent.disk.run(Buffer.stats),
            disk_reason=agent.collector.reason,
            failed_writes=agent.collector.failed_writes,
            uplink=replace(agent.uplink.stats),
            devices=agent.devices.health(),
            stale=agent.catalogue.stale(agent.intake.heard_s, self._began_s, now_s),
            clock_steps=agent.steps.steps,
            clock_step_s=self._step_s,
            clock_in_doubt=agent.steps.in_doubt,
            certificate_until=self._certificate_until(),
            cpu_s=cpu_s(),
            rss_bytes=rss_bytes(),
        )

    def _fates(self) -> Fates:
        agent = self._agent
        intake, screen = agent.intake, agent.screen
        return Fates(
            taken=intake.taken,
            stored=agent.collector.stored,
            screened=screen.screened,
            repeated=intake.repeated,
            held_back=screen.held,
            disbelieved=intake.disbelieved,
        )

    def _certificate_until(self) -> datetime | None:
        """Of the plant's server, as it was shown last, and of what the edge itself has."""
        uplink, shown = self._agent.config.uplink, self._agent.uplink.stats.certificate_until
        if uplink.tls is None:
            return shown
        from edge.expiry import uplink_until  # only who has certificates pays for reading them

        try:
            held = uplink_until(uplink)
        except PlantError as error:
            log.error("%s", error)  # noqa: TRY400 - its words say it all
            return shown
        return min((until for until in (held, shown) if until is not None), default=None)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old or the new one, never half."""
    half = path.with_suffix(".tmp")
    half.write_text(text, "utf-8")
    half.replace(path)
