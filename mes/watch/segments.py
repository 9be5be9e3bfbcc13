"""Pure: which limits hold for a probe, where, and when. A segment is one version of a policy x armed time x place.

An episode that is open when its segment ends, ends with it: what comes is judged by the next one, if there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf

import numpy as np

from mes.plant.model import RuleVersion
from models.interval import Interval
from models.limits import Limit, Side
from models.policy import CumulativeRule, Level, Policy
from telemetry.clock import to_us

FOREVER_US = int(np.iinfo(np.int64).max)
NEVER_S = 1e9
"""A delay that nothing outlasts: what a cumulative rule counts raises no alarm of its own."""


@dataclass(frozen=True, slots=True)
class Held:
    """One limit as it is evaluated, and as it is written."""

    level: Level
    limit: Limit
    low: float | None  # as the policy says it
    high: float | None
    counted_by: int = 0  # number of the cumulative rule that adds up the time beyond it; 0: a single-event limit

    def said(self, side: Side) -> float | None:
        """The limit of a side."""
        return self.high if side is Side.HIGH else self.low


@dataclass(frozen=True, slots=True)
class Segment:
    """A time, half open, over which a probe in a zone is held against one version of its policy."""

    rule_id: int
    zone_id: int
    start_us: int
    end_us: int
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """A time, half open, in which a probe stood in a zone, and the policy's versions that hold for it there."""

    zone_id: int
    start_us: int
    end_us: int
    versions: Sequence[RuleVersion]


def segments(
    stays: Iterable[Stay], armed: Mapping[int, Sequence[Interval]], held: Mapping[int, tuple[Held, ...]]
) -> tuple[Segment, ...]:
    """Segments in order of time. `armed`: by zone, for zones that are not always; `held`: limits by rule version."""
    found = []
    for stay in stays:
        for version in stay.versions:
            begin = max(stay.start_us, to_us(version.effective_from))
            end = min(stay.end_us, to_us(version.effective_to) if version.effective_to else FOREVER_US)
            for span in armed.get(stay.zone_id, (Interval(begin, end),)):
                a, b = max(begin, span.start_us), min(end, FOREVER_US if span.end_us >= 2**62 else span.end_us)
                if a < b:
                    found.append(Segment(version.id, stay.zone_id, a, b, held[version.id]))
    return tuple(sorted(found, key=lambda each: each.start_us))


def limits_of(policy: Policy) -> tuple[Held, ...]:
    """Everything that readings are held against by a policy: its levels, then what its cumulative rules count."""
    extension_s = max((rule.longest_s for rule in policy.contexts), default=0.0)
    found = []
    for level in Level:
        rule = policy.level(level)
        for limit in policy.limits(level) if rule else ():
            lengthened = replace(limit, extension_s=max(limit.extension_s, extension_s))
            found.append(Held(level, lengthened, rule.low if rule else None, rule.high if rule else None))
    return tuple(found + [_counted(policy, n, rule) for n, rule in enumerate(policy.cumulative, 1)])


def _counted(policy: Policy, number: int, rule: CumulativeRule) -> Held:
    """What a cumulative rule counts. It has no deadband: a reading back at the limit is time inside."""
    low, high = (rule.limit, None) if rule.side is Side.LOW else (None, rule.limit)
    limit = Limit(
        low=_strict(low, policy.resolution) if rule.inclusive else low,
        high=_strict(high, -policy.resolution) if rule.inclusive else high,
        delay_s=NEVER_S,
        deadband=0.0,
        stale_s=policy.stale_s,
        resolution=policy.resolution,
    )
    return Held(Level.ALARM, limit, low, high, number)


def _strict(limit: float | None, step: Decimal) -> float | None:
    return None if limit is None else float(Decimal(str(limit)) + step)


def innermost(held: Iterable[Held]) -> tuple[float, float]:
    """Below the first, and at the second or above, a reading is out of some limit; between them it is out of none."""
    edges = [each.limit.bounds for each in held]
    return max((e.low_out for e in edges), default=-inf), min((e.high_out for e in edges), default=inf)
