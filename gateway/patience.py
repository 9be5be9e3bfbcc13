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


async def keep_on(purpose: str, step: Callable[[], Awaitable[None]], ending: asyncio.Event) -> None:
    """Do the step over and over until the end, through failures of the engines.

    Cancelling alone is not enough: up to Python 3.11 `asyncio.wait_for`, inside the step, swallows a cancellation that
    meets its result.
    """
    while not ending.is_set():
        await until_done(purpose, step)


async def until_done(purpose: str, step: Callable[[], Awaitable[Done]]) -> Done:
    """Do the step until it succeeds once. After a failure: wait, longer each time, with full jitter."""
    wait_s = FIRST_WAIT_S
    while True:
        try:
            return await step()
        except PoolClosed:
            raise
        except ENGINE_AWAY as error:
            log.warning("%s: %s: %s; again in up to %.1f s", purpose, type(error).__name__, error, wait_s)
            await asyncio.sleep(wait_s * secrets.SystemRandom().random())
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
