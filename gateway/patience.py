"""Keeps a piece of work going while engines come and go: waits longer after each failure, and tells the log."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

import nats.errors
import nats.js.errors
import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from telemetry.errors import Unavailable

Done = TypeVar("Done")
log = logging.getLogger(__name__)
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0

ENGINE_AWAY = (psycopg.Error, PoolTimeout, nats.errors.Error, nats.js.errors.Error, Unavailable, OSError, TimeoutError)
"""What says that an engine is not there, or could not do it this time."""


async def keep_on(purpose: str, step: Callable[[], Awaitable[None]], *endings: asyncio.Event) -> None:
    """Do the step over and over until one of the endings, through failures of the engines. What ends it ends all.

    Cancelling alone is not enough: up to Python 3.11 `asyncio.wait_for`, inside the step, swallows a cancellation that
    meets its result, and nats-py one that meets the end of its connection.
    """
    pause = Pause(purpose)
    try:
        while not any(ending.is_set() for ending in endings):
            try:
                await step()
                pause = Pause(purpose)
            except PoolClosed:
                raise
            except ENGINE_AWAY as error:
                await pause.after(error)
    except BaseException:
        for ending in endings:
            ending.set()
        raise


async def until_done(purpose: str, step: Callable[[], Awaitable[Done]], *endings: asyncio.Event) -> Done:
    """Do the step until it succeeds once, through failures of the engines. Raises one of them after an ending."""
    pause = Pause(purpose)
    while True:
        try:
            return await step()
        except PoolClosed:
            raise
        except ENGINE_AWAY as error:
            if any(ending.is_set() for ending in endings):
                raise
            await pause.after(error)


class Pause:
    """The wait after a failure: longer each time, with full jitter."""

    def __init__(self, purpose: str) -> None:
        self._purpose, self._wait_s = purpose, FIRST_WAIT_S

    async def after(self, error: Exception) -> None:
        """Tell the log, and wait."""
        words = f"{type(error).__name__}: {error}"
        log.warning("%s: %s; again in up to %.1f s", self._purpose, words, self._wait_s)
        await asyncio.sleep(self._wait_s * secrets.SystemRandom().random())
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
