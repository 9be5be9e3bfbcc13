"""A reserve on the buffer's disk: a file that holds room, and lets it go when the disk is full.

On a full disk not even giving up readings works, since the journal has to be written first. With the reserve's room it
can be; from then on new blocks take the place of old bulk. When others have made room again, so is the reserve.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "buffer.reserve"
RESERVE_BYTES = 3_000_000
"""As much as the journal may hold before it is written into the buffer's file, and more."""
_AMPLE = 4
"""So many times the reserve must be free before it is held again."""


class Reserve:
    """The reserve in a folder. A disk of little more than the reserve itself goes without."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.hold()

    def hold(self) -> None:
        """Hold the room, where there is ample."""
        try:
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < _AMPLE * RESERVE_BYTES:
                return
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError as error:
            log.warning("no reserve on the buffer's disk: %s", error)
            self._give_back()

    def _give_back(self) -> None:
        """What holds no room, or not all of it, must not be taken for a reserve."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the reserve on the buffer's disk stays half made: %s", error)

    def let_go(self) -> bool:
        """Give the room to the buffer; whether there was any."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False  # it was needed before, and others have not made room since
        return True
