"""A disk that is full for a while: a small file system of its own for root, else a limit on the size of files."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

SIZE_MB = 16
BALLAST = "ballast"
CHUNK = 4096


class SmallDisk(Protocol):
    """Where the buffer is, and how it is filled to the last byte."""

    kind: str
    folder: Path

    @abstractmethod
    def fill(self, pid: int) -> None:
        """From now on that process can't write."""

    @abstractmethod
    def clear(self, pid: int) -> None:
        """From now on it can."""


class Tmpfs:
    """A file system of a few megabytes, mounted by root."""

    kind = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int) -> None:
        with (self.folder / BALLAST).open("wb", buffering=0) as ballast:
            try:
                while ballast.write(b"\0" * CHUNK):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def clear(self, pid: int) -> None:
        (self.folder / BALLAST).unlink()


class SizeLimit:
    """RLIMIT_FSIZE of a running process: no file of its buffer grows any more."""

    kind = "RLIMIT_FSIZE"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def fill(self, pid: int) -> None:
        self._before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        # one byte, not the size of today's files: a write anywhere in them is beyond that
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, self._before[1]))

    def clear(self, pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, self._before)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A disk that can be filled; which kind the machine allows stands in `kind`."""
    folder.mkdir()
    if not _mounted(folder):
        yield SizeLimit(folder)
        return
    try:
        yield Tmpfs(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mounted(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "isotherm-faults", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
