"""Waiting for what another process does: a condition looked at again and again, with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    """Return as soon as the condition holds; TimeoutError when it never does."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - another process gives no event to await
            await asyncio.sleep(0.02)
