"""A schedule that does not drift: the k-th round begins at start + k periods, however long the rounds take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


async def every(period_s: float) -> AsyncIterator[int]:
    """Round numbers, the first at once. A round that is overdue begins at once; rounds missed entirely are left out."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    number = 0
    while True:
        yield number
        number = max(number + 1, int((loop.time() - start) / period_s))
        await asyncio.sleep(max(0.0, start + number * period_s - loop.time()))
