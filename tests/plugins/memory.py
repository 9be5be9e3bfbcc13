"""Folders in memory for what a test throws away: a database is copied and dropped there several times as fast."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30
"""Bytes that must be free; less (64 MB in a container as it comes) is not worth the risk of filling it."""


@contextmanager
def quick_folder(prefix: str) -> Iterator[Path]:
    """A folder that is gone afterwards: in memory where there is room, else among the temporary files.

    Not under pytest's own folder: a second run of pytest shuts that against the server's system user.
    """
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    with TemporaryDirectory(prefix=prefix, dir=_MEMORY if roomy else None) as folder:
        yield Path(folder)
