"""What this process uses of its machine."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

_STATM = Path("/proc/self/statm")


def cpu_s() -> float:
    """Processor time of all threads since the start, user and system, in seconds."""
    return time.process_time()


def rss_bytes() -> int:
    """Resident memory; the largest so far where the system does not tell the present one."""
    if _STATM.exists():
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
