"""The tasks that work on one connection: the first that fails ends the connection, and its reason is kept.

A task's name is the kind of its work, and which of that kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from edge.tasks import end

Name = tuple[str, str]


class Crew:
    """Tasks by name, which may come and go while the others work."""

    def __init__(self) -> None:
        self._trouble: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: dict[Name, asyncio.Task[Any]] = {}

    def start(self, name: Name, work: Coroutine[Any, Any, Any]) -> None:
        """Begin a task. It has no end of its own."""
        task = asyncio.create_task(work)
        self._tasks[name] = task
        task.add_done_callback(self._look_at)

    def names(self) -> set[Name]:
        """Who works."""
        return set(self._tasks)

    async def keep(self, kind: str, names: set[Name]) -> None:
        """Of this kind of work end all but these."""
        for name in [each for each in self._tasks if each[0] == kind and each not in names]:
            await self.stop(name)

    async def stop(self, name: Name) -> None:
        """End one of them; that is no trouble."""
        task = self._tasks.pop(name)
        task.remove_done_callback(self._look_at)
        await end([task])

    def fail(self, error: BaseException) -> None:
        """Something is wrong that no task has met."""
        if not self._trouble.done():
            self._trouble.set_exception(error)

    def _look_at(self, task: asyncio.Task[Any]) -> None:
        self.fail(ConnectionError("given up") if task.cancelled() else task.exception() or ConnectionError("ended"))

    async def until_trouble(self) -> None:
        """Raise what the first one raised."""
        await self._trouble

    async def end(self) -> None:
        """End all."""
        for name in list(self._tasks):
            await self.stop(name)
        if self._trouble.done():
            self._trouble.exception()  # it is told by whoever waits, or nobody asks any more
        self._trouble.cancel()
