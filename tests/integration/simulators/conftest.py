"""A running simulated plant, in the test's own event loop, on free ports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import pytest_asyncio

from simulators import control
from simulators.plant import run
from simulators.settings import Settings
from tests.plugins.waiting import until


class Running:
    """A running plant's addresses and its control socket."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ready: dict[str, Any] = json.loads(settings.ready.read_text())

    async def ask(self, what: Callable[..., dict[str, Any]], *facts: str | float) -> dict[str, Any]:
        return await asyncio.to_thread(what, self.settings.control, *facts)

    async def readings(self) -> dict[str, Any]:
        """Last reading by point; None where a probe is broken."""
        status = await self.ask(control.status)
        return dict(status["readings"])


@asynccontextmanager
async def a_plant(folder: Path, **changes: Any) -> AsyncIterator[Running]:
    """A plant that runs while the block does."""
    # A unix socket's path must be short; a test's own folder may not be.
    with TemporaryDirectory(prefix="sim") as short:
        facts: dict[str, Any] = {"ready": folder / "ready.json", "control": Path(short) / "control", "scenario": "none"}
        settings = Settings(**(facts | changes))
        stop = asyncio.Event()
        plant = asyncio.create_task(run(settings, stop))
        try:
            await until(lambda: settings.ready.exists() or plant.done())
            if plant.done():
                plant.result()
            yield Running(settings)
        finally:
            stop.set()
            await asyncio.wait_for(plant, 20)


async def eventually(look: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool], within_s: float = 60) -> Any:
    """Ask over the wire again and again until the answer is as expected; the answer."""
    async with asyncio.timeout(within_s):
        while not holds(answer := await look()):  # noqa: ASYNC110 - the wire gives no event to await
            await asyncio.sleep(0.05)
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One plant for a file of tests; each test mends what it broke."""
    async with a_plant(tmp_path_factory.mktemp("plant")) as running:
        yield running
