"""Levels of one rule together: which severity a value has, and when the severity of an alarm changes.

Each level is evaluated by itself (`limits.evaluate`); this joins the answers. Levels are strict like their limits:
exactly at the critical limit is still a warning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from models.limits import Episode, Limit


class Severity(IntEnum):
    """How bad it is; a greater number is worse."""

    NORMAL = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Change:
    """The moment at which an alarm's severity became another."""

    at_us: int
    before: Severity
    after: Severity

    @property
    def is_upgrade(self) -> bool:
        """It got worse: people are told again, and an acknowledgement of before no longer counts."""
        return self.after > self.before


def status(value: npt.ArrayLike, levels: Mapping[Severity, Limit]) -> npt.NDArray[np.int8]:
    """The severity of each value at its moment, without delay or deadband; NORMAL where there is no value."""
    values = np.asarray(value, dtype=np.float64)
    found = np.zeros(values.shape, dtype=np.int8)
    for severity in sorted(levels):
        edges = levels[severity].bounds
        found[(values >= edges.high_out) | (values < edges.low_out)] = severity
    return found


def changes(episodes: Mapping[Severity, Sequence[Episode]]) -> tuple[Change, ...]:
    """Changes of the severity in force: the worst level with an episode that has raised its alarm and has not ended."""
    spans = [
        (episode.raised_us, episode.end_us, severity)
        for severity, of_level in episodes.items()
        for episode in of_level
        if episode.raised_us is not None
    ]
    moments = sorted({moment for raised, end, _ in spans for moment in (raised, end) if moment is not None})
    found, before = [], Severity.NORMAL
    for at in moments:
        in_force = [severity for raised, end, severity in spans if raised <= at and (end is None or at < end)]
        after = max(in_force, default=Severity.NORMAL)
        if after != before:
            found.append(Change(at, before, after))
        before = after
    return tuple(found)
