"""An edge on a machine whose clock is set wrong and right again: SIGUSR1 steps it on by an hour, SIGUSR2 back."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

from edge.agent import run
from edge.config import load
from telemetry.clock import SystemClock

HOUR = timedelta(hours=1)


class SteppedClock(SystemClock):
    """The system's clock, and how far it was stepped."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by

    def step(self, by: timedelta) -> None:
        self.by += by


async def main(config: Path) -> None:
    """What `isotherm edge run` does, with another clock."""
    clock, stop, loop = SteppedClock(), asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, clock.step, HOUR)
    loop.add_signal_handler(signal.SIGUSR2, clock.step, -HOUR)
    await run(load(config), stop, clock)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main(Path(sys.argv[1])))
