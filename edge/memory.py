"""What a driver goes on with after a start of the edge: one private file a device, beside the buffer.

It may hold what opens a session, which is a secret like a password. It is written when a session or a plan changes,
never for a reading. One that can't be read, or that others may read, counts as none: then the driver begins anew.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from telemetry.batch import Batch

log = logging.getLogger(__name__)

_PREFIX, _SUFFIX = "session-", ".json"
_OTHERS = stat.S_IRWXO | stat.S_IRWXG


async def nothing_taken() -> list[Batch]:
    """Of a device that nothing was taken of before."""
    return []


class Memory:
    """Of one device; without a path it remembers nothing."""

    def __init__(
        self, path: Path | None = None, taken_before: Callable[[], Awaitable[list[Batch]]] = nothing_taken
    ) -> None:
        self.taken_before = taken_before
        """Reads what went to disk last before the start: what a server sends again is compared with it."""
        self.edge_ends = False
        """The edge stops and will come again: what a server keeps for it may stay. Else the device is read no more."""
        self._path = path

    def recall(self) -> dict[str, Any] | None:
        """What was kept last; None where there is nothing that can be relied on."""
        if self._path is None or not self._path.exists():
            return None
        try:
            return _read(self._path)
        except (OSError, ValueError, TypeError) as error:
            log.warning("%s is of no use, a new session begins: %s", self._path, error)
            self.forget()
            return None

    def keep(self, what: Mapping[str, Any]) -> None:
        """Remember this instead, all or nothing. It need not outlast a power cut: what it opens seldom does."""
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)  # its rights count only when it is made
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                json.dump(what, file)
            fresh.replace(self._path)
        except OSError as error:
            log.warning("the next start begins a new session, for %s can't be written: %s", self._path, error)
            self.forget()  # what stands there is true no longer

    def forget(self) -> None:
        """Nothing is to be gone on with."""
        if self._path is None:
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s can't be removed: %s", self._path, error)


def _read(path: Path) -> dict[str, Any]:
    if path.stat().st_mode & _OTHERS:
        raise ValueError("others may read it")
    found: dict[str, Any] = dict(json.loads(path.read_bytes()))
    return found


@runtime_checkable
class Remembers(Protocol):
    """A driver that goes on where it was. Only one that runs is given a memory, never one that looks or plans."""

    def remember_in(self, memory: Memory) -> None:
        """Go on with what is kept there, and keep there what the next start needs."""
        ...


def memory_path(folder: Path, device: str) -> Path:
    """Where a device's memory is."""
    return folder / f"{_PREFIX}{device}{_SUFFIX}"


def forget_others(folder: Path, devices: Collection[str]) -> None:
    """Remove what was remembered of devices that the config has no more; their servers end such sessions by time."""
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        name = path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        if name not in devices:
            log.info("%s is read no more; its session ends at the server when its time is over", name)
            Memory(path).forget()
