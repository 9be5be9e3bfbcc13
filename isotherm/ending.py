"""A program runs until it is told to stop: SIGTERM and SIGINT set the event that its work waits for."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable


async def until_told(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Do the work until it ends; its event is set when the program is told to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await work(stop)
