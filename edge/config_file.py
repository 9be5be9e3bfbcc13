"""Watches an edge's config file, and lets the running edge follow it. A broken file is told; the old plan goes on."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from edge.config import EdgeConfig, load
from edge.tasks import wait_until_set
from telemetry.errors import PlantError, Unavailable

log = logging.getLogger(__name__)

LOOK_S = 2.0


class NotTakenUp(Unavailable):
    """The config file could not be followed, in a way that nobody foresaw; the log tells where."""


class ConfigFile:
    """One file. `reload` takes a config that is without mistakes, `refused` is told of one that isn't."""

    def __init__(
        self,
        path: Path,
        reload: Callable[[EdgeConfig], Awaitable[object]],
        refused: Callable[[PlantError], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._path, self._reload, self._refused, self._environ = path, reload, refused, environ
        self._seen = _fingerprint(path)

    async def follow(self, asked: asyncio.Event) -> None:
        """For ever: take up what changes in the file, and the whole file when asked to."""
        while True:
            if await wait_until_set(asked, LOOK_S):
                asked.clear()
                self._seen = await asyncio.to_thread(_fingerprint, self._path)
                await self._take_up()
            elif (now := await asyncio.to_thread(_changed, self._path, self._seen)) != self._seen:
                told_before = now[1] == self._seen[1]  # touched, and the same
                self._seen = now
                if not told_before:
                    await self._take_up()

    async def _take_up(self) -> None:
        """Whatever stands in the file, the edge goes on."""
        try:
            await self._load_and_follow()
        except Exception as error:
            log.exception("%s can't be taken up", self._path)
            self._refused(NotTakenUp(file=str(self._path), reason=f"{type(error).__name__}: {error}"))

    async def _load_and_follow(self) -> None:
        try:
            config = await asyncio.to_thread(load, self._path, self._environ)
        except PlantError as error:
            self._refused(error)
            return
        try:
            await self._reload(config)
        except PlantError as error:
            log.info("%s stays without effect: %s", self._path, error)  # the edge has told it as refused


Fingerprint = tuple[tuple[int, int], str]
"""Time and size, and the digest of what is in the file."""


def _fingerprint(path: Path) -> Fingerprint:
    return _stat(path), _digest(path)


def _changed(path: Path, seen: Fingerprint) -> Fingerprint:
    """Reads the file only when its time or size says so."""
    stat = _stat(path)
    return seen if stat == seen[0] else (stat, _digest(path))


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0  # not there: told when it is read
    return found.st_mtime_ns, found.st_size


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return str(error)
