"""The notifier: ends shelves, decides what is due, sends it, keeps receipts, and looks after tests and the trail.

All that it knows is in the database. Any number run side by side, and each may be killed at any moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from gateway.notify.sending import Doors, Sender
from gateway.patience import keep_on, until_done
from mes.alarms import suppression
from mes.notifications import delivering, telling, trail, upkeep
from mes.notifications.delivering import Errand, Receipt
from telemetry.clock import Clock
from telemetry.work import Pool, Work, begin

ACTOR = "notify"
log = logging.getLogger(__name__)
Round = Callable[[Work], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """How to notify. Times in seconds."""

    dsn: str = field(default="", repr=False)
    link: str = "http://127.0.0.1:8080"  # address of the pages, for the links in messages
    doors: Doors = field(default_factory=Doors, repr=False)
    round_s: float = 1.0  # how often it looks for what is due
    upkeep_s: float = 60.0  # how often it looks after tests and people
    proof_s: float = 60.0  # how often a piece of the audit trail is proven


class Sends(Protocol):
    """Whoever hands messages over."""

    at_once: int

    async def send(self, errand: Errand) -> Receipt:
        """One try."""
        ...


class Notifier:
    """One notifier: connections, a clock, and when which round is due."""

    def __init__(
        self, pool: Pool, clock: Clock, settings: NotifySettings, sender: Sends, stop: asyncio.Event | None = None
    ) -> None:
        self._pool, self._clock, self._settings, self._sender = pool, clock, settings, sender
        self._stop = stop or asyncio.Event()
        self._due: dict[str, datetime] = {}

    async def step(self) -> int:
        """All that is due now, sent once. Answers how many tries there were."""
        settings = self._settings
        rounds: tuple[tuple[str, float, Round], ...] = (
            ("shelves", 0, _end_shelves),
            ("upkeep", settings.upkeep_s, upkeep.look_after),
            ("proof", settings.proof_s, trail.prove),
            ("telling", 0, self._tell),
        )
        for name, every_s, work_round in rounds:
            if self._is_due(name, every_s):
                await self._go_round(name, work_round)
        return await self._deliver()

    async def _go_round(self, name: str, work_round: Round) -> None:
        try:
            async with self._begin() as work:
                await work_round(work)
        except (psycopg.OperationalError, PoolTimeout):
            raise
        except Exception:  # what keeps one round from being gone must not keep messages from being sent
            log.exception("the round %s can't be gone now", name)

    async def _tell(self, work: Work) -> None:
        await telling.decide(work, self._settings.link)

    async def _deliver(self) -> int:
        async with self._begin() as work:
            errands = await delivering.claim(work, self._sender.at_once)
        await asyncio.gather(*(self._run(errand) for errand in errands))
        return len(errands)

    async def _run(self, errand: Errand) -> None:
        receipt = await self._sender.send(errand)
        # A receipt that is lost is a message sent twice: the database is waited for.
        await until_done("receipt", partial(self._record, errand, receipt), self._stop)
        if not receipt.is_sent:
            log.warning("message %s by %s: %s", errand.number, errand.channel, receipt.reason)

    async def _record(self, errand: Errand, receipt: Receipt) -> None:
        async with self._begin() as work:
            await delivering.record(work, errand, receipt)

    def _is_due(self, name: str, every_s: float) -> bool:
        now = self._clock.now()
        if now < self._due.get(name, now):
            return False
        self._due[name] = now + timedelta(seconds=every_s)
        return True

    def _begin(self) -> AbstractAsyncContextManager[Work]:
        return begin(self._pool, ACTOR, self._clock.now())


async def _end_shelves(work: Work) -> None:
    await suppression.end_what_is_over(work)


async def run_notify(settings: NotifySettings, stop: asyncio.Event, clock: Clock) -> None:
    """Notify until told to stop; waits where the database is away."""
    sender = Sender(settings.doors)
    async with AsyncConnectionPool(settings.dsn, min_size=1, max_size=sender.at_once + 1, open=False) as pool:
        notifier = Notifier(pool, clock, settings, sender, stop)

        async def step() -> None:
            if not await notifier.step():
                try:
                    await asyncio.wait_for(stop.wait(), settings.round_s)
                except TimeoutError:
                    return

        try:
            await keep_on("notify", step, stop)
        finally:
            sender.close()
