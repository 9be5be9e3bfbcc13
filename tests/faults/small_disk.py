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

from tests.faults.programs import Program

SIZE_MB = 16
BALLAST = "ballast"
CHUNK = 4096
LEFT_FOR_THE_LOG = 100_000


class SmallDisk(Protocol):
    """Where the buffer is, and how it is filled to the last byte."""

    kind: str
    folder: Path

    @abstractmethod
    def fill(self, edge: Program) -> None:
        """From now on that program can't write there."""

    @abstractmethod
    def clear(self, edge: Program) -> None:
        """From now on it can."""


class Tmpfs:
    """A file system of a few megabytes, mounted by root."""

    kind = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, edge: Program) -> None:
        with (self.folder / BALLAST).open("wb", buffering=0) as ballast:
            try:
                while ballast.write(b"\0" * CHUNK):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def clear(self, edge: Program) -> None:
        (self.folder / BALLAST).unlink()


class SizeLimit:
    """RLIMIT_FSIZE of a running process: its log may grow by a little, its buffer soon no more."""

    kind = "RLIMIT_FSIZE"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def fill(self, edge: Program) -> None:
        self._before = resource.prlimit(edge.pid, resource.RLIMIT_FSIZE)
        limit = edge.log.stat().st_size + LEFT_FOR_THE_LOG
        resource.prlimit(edge.pid, resource.RLIMIT_FSIZE, (limit, self._before[1]))

    def clear(self, edge: Program) -> None:
        resource.prlimit(edge.pid, resource.RLIMIT_FSIZE, self._before)


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
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mounted(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "isotherm-faults", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
