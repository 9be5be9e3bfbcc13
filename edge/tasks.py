"""Work that runs side by side, and its end.

Python 3.11's `asyncio.wait_for`, which the protocol libraries use, swallows a cancellation that comes together with
its result. So a task is cancelled again until it has ended, and our own waiting uses `asyncio.timeout`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

log = logging.getLogger(__name__)

_CANCEL_AGAIN_S = 0.1


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until all have ended. What they raised is left with them."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await work that must not be left half done: a cancellation waits until it has ended, and is raised then."""
    task, cancelled = asyncio.ensure_future(work), None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as told:
            cancelled = told
    if cancelled is not None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.warning("ended with a failure while it was cancelled: %s", failure)
        raise cancelled
    task.result()


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run side by side until one ends or fails; then all end. Raises what the first one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(tasks)


async def wait_until_set(event: asyncio.Event, longest_s: float | None) -> bool:
    """Wait for an event, or for so long; whether it was set."""
    try:
        async with asyncio.timeout(longest_s):
            await event.wait()
    except TimeoutError:
        return False  # the caller asked for no more than this
    return True
