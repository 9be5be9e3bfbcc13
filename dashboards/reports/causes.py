"""Why nothing was known: gaps of a point beside what else is on record of that time. Pure.

A gap has every cause that overlaps it, and `unknown` where none does: a document never invents one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np

from models.columns import Moments
from models.interval import Interval
from telemetry.clock import from_us


class Cause(StrEnum):
    GIVEN_UP = "given_up"  # the edge's buffer had to give readings up, and said so
    POWER = "power"  # the mains were lost
    EDGE_LOST = "edge_lost"  # nothing of the edge arrived
    BAD = "bad"  # the probe itself said that it had no valid value
    NOT_BEGUN = "not_begun"  # before its first reading ever
    PROBE_SILENT = "probe_silent"  # this probe alone said nothing
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What is known of the time around a point's gaps. Moments are in order."""

    given_up: Mapping[str, Sequence[Interval]] = field(default_factory=dict)  # by the edge's reason: full, old, damaged
    power: Sequence[Interval] = ()
    edge_lost: Sequence[Interval] = ()
    bad_us: Moments | Sequence[int] = ()  # readings without a valid value
    others_us: Sequence[Moments | Sequence[int]] = ()  # readings of each other point nearby
    first_us: int | None = None  # the point's first reading ever; None: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time without knowledge, and why."""

    start: datetime
    end: datetime
    causes: tuple[Cause, ...]
    reasons: tuple[str, ...]  # the edge's own, of what it gave up

    @property
    def length_s(self) -> float:
        return (self.end - self.start).total_seconds()


def explained(holes: Iterable[Interval], known: OnRecord) -> tuple[Gap, ...]:
    """Each hole with its causes."""
    return tuple(_explained(hole, known) for hole in holes)


def _explained(hole: Interval, known: OnRecord) -> Gap:
    reasons = tuple(sorted(reason for reason, times in known.given_up.items() if _touches(hole, times)))
    so = {
        Cause.GIVEN_UP: bool(reasons),
        Cause.POWER: _touches(hole, known.power),
        Cause.EDGE_LOST: _touches(hole, known.edge_lost),
        Cause.BAD: _spoken_in(hole, known.bad_us),
        Cause.NOT_BEGUN: known.first_us is None or hole.end_us <= known.first_us,
    }
    causes = tuple(cause for cause, is_so in so.items() if is_so)
    if not causes and any(_spoken_in(hole, each) for each in known.others_us):
        causes = (Cause.PROBE_SILENT,)
    return Gap(
        start=from_us(hole.start_us), end=from_us(hole.end_us), causes=causes or (Cause.UNKNOWN,), reasons=reasons
    )


def _touches(hole: Interval, times: Iterable[Interval]) -> bool:
    """A moment alone touches as well: an edge may know only when it last had what it gave up."""
    return any(time.start_us < hole.end_us and hole.start_us <= max(time.end_us - 1, time.start_us) for time in times)


def _spoken_in(hole: Interval, moments_us: Moments | Sequence[int]) -> bool:
    place = int(np.searchsorted(moments_us, hole.start_us))
    return place < len(moments_us) and bool(moments_us[place] < hole.end_us)
