"""The loop of machine health: each watched machine after the other, each in a transaction of its own, again and again.

A program of its own: learning takes seconds, and no limit, alarm or hold must wait for advice. Any number may run side
by side; what it remembers may be lost at any moment.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from mes.health import service
from mes.health.model import Watched
from mes.health.settings import HealthSettings
from mes.health.watching import Memory, look_after
from telemetry.clock import Clock
from telemetry.work import Pool, begin

ACTOR = "health"
log = logging.getLogger(__name__)


class HealthWatch:
    """One watch over all machines: a pool of connections, a clock, and a memory that may be lost."""

    def __init__(self, pool: Pool, clock: Clock, settings: HealthSettings) -> None:
        self._pool, self._clock, self._settings = pool, clock, settings
        self._memory = Memory()
        self._put_off: dict[int, datetime] = {}

    async def look(self) -> bool:
        """Look after every machine once. Answers whether more waits."""
        async with begin(self._pool, ACTOR, self._clock.now()) as work:
            found = await service.watched(work)
        waiting = [await self._look_after(each) for each in found if not self._is_put_off(each)]
        return any(waiting)

    async def _look_after(self, watched: Watched) -> bool:
        try:
            async with begin(self._pool, ACTOR, self._clock.now()) as work:
                return await look_after(work, watched, self._settings, self._memory)
        except (psycopg.OperationalError, PoolTimeout):
            self._memory.of.clear()  # what was told of it may not have been written
            raise
        except Exception:  # one machine that fails must not keep the others from being looked after
            log.exception("%s can't be looked after now", watched.path)
            self._memory.of.pop(watched.equipment_id, None)
            self._put_off[watched.equipment_id] = self._clock.now() + timedelta(seconds=self._settings.backoff_s)
            return False

    def _is_put_off(self, watched: Watched) -> bool:
        until = self._put_off.get(watched.equipment_id)
        return until is not None and self._clock.now() < until


async def run_health(settings: HealthSettings, clock: Clock) -> None:
    """Watch until it is cancelled or the program is ended. A database that is not there is waited for."""
    pool = AsyncConnectionPool(settings.dsn, min_size=1, max_size=2, open=False, timeout=10)
    async with pool:
        watch, wait_s = HealthWatch(pool, clock, settings), settings.poll_s
        while True:
            try:
                wait_s = 0.0 if await watch.look() else settings.poll_s
            except (psycopg.OperationalError, PoolTimeout) as lost:
                wait_s = min(max(2 * wait_s, settings.poll_s), settings.backoff_s)
                log.warning("the database is not there, trying again in %.2f s: %s", wait_s, lost)
            await asyncio.sleep(max(wait_s, 0.01))
