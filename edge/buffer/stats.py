"""What the buffer tells of itself: how full it is, what it gave up, how long the disk takes for a commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from telemetry.batch import Gap

_COMMITS = 512
"""Commits whose time is remembered."""


@dataclass(frozen=True, slots=True)
class BufferStats:
    """What waits, and what was given up since the epoch began."""

    epoch: int
    last_sequence: int
    blocks: int
    readings: int
    bytes: int  # of the file that are in use
    oldest_us: int | None  # received time of the oldest reading
    dropped: int  # readings
    dropped_by_lane: dict[str, int] = field(default_factory=dict)
    gaps: int = 0  # ranges of readings that were given up
    fsync_p50_s: float | None = None  # what the last commits took; None: there was none yet
    fsync_p99_s: float | None = None


@dataclass(slots=True)
class Counts:
    """What the buffer knows without asking its file; a commit that fails leaves it as it was."""

    last: int = 0
    blocks: int = 0
    readings: int = 0
    gaps: int = 0
    dropped: dict[str, int] = field(default_factory=dict)  # readings by lane
    telling: tuple[int, tuple[Gap, ...]] | None = None  # the newest block of gaps, while nobody has read it


def commit_times() -> deque[float]:
    """Room for the seconds that the last commits took."""
    return deque(maxlen=_COMMITS)


def at_share(sorted_s: Sequence[float], share: float) -> float | None:
    """The time that this share of all does not exceed; None where there is none."""
    return sorted_s[ceil(share * len(sorted_s)) - 1] if sorted_s else None
