"""One point's readings with what several checks ask of them, and what a check answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from models.checks import Verdict
from models.columns import Columns
from models.kinetics import MeanKinetic, WarmestWindow
from models.limits import Episode, Limit, Side, evaluate
from models.policy import Level
from telemetry.clock import from_us

Figure = float | str | bool | None


class Rule(StrEnum):
    """What is checked, in the order in which people read it."""

    ALARM = "alarm"  # no alarm of the label's limits was raised
    WARN = "warn"  # no warning was
    CRITICAL = "critical"  # the critical level was not reached
    CUMULATIVE = "cumulative"  # time beyond one value, added up
    RATE = "rate"  # how fast the value changed
    KINETIC = "kinetic"  # mean kinetic temperature of the worst window
    CEILING = "ceiling"  # never above
    FLOOR = "floor"  # never below
    LONGEST = "longest"  # one time outside, at longest
    LOW_SIDE = "low_side"  # never below the label's range: a mean excuses no cold
    COMPLETENESS = "completeness"  # enough is known
    CADENCE = "cadence"  # recorded as often as the regulation asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to the readings. `figures`: what was found and what it was held against, units in the names."""

    rule: Rule
    verdict: Verdict
    point: str | None  # of which the figures are: the worst
    failing: tuple[str | None, ...]  # points that don't pass
    advisory: bool  # told, but the verdict on the file doesn't rest on it
    figures: Mapping[str, Figure]
    citation: str
    confirm: bool  # the policy's figures are not yet checked against the primary text

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASS


Answer = tuple[float, Check]
"""A check of one point, and how bad it is beside that of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One point of the file, judged at the end of the file."""

    name: str | None
    readings: Columns  # in order of time
    until_us: int
    episodes: Mapping[Level, Sequence[Episode]]
    mean: MeanKinetic
    worst: WarmestWindow | None

    def beyond(self, limit: Limit) -> tuple[Episode, ...]:
        """Its episodes by another limit."""
        r = self.readings
        return evaluate(r.time_us, r.value, r.quality, limit, until_us=self.until_us)

    def unknown_s(self, side: Side) -> float:
        """Seconds in which it was out on a side as far as was known, and may have been anywhere."""
        return sum(e.unknown_s for e in self.episodes.get(Level.ALARM, ()) if e.side is side)


def of_all(answers: Sequence[Sequence[Answer]]) -> tuple[Check, ...]:
    """Of the same checks of several points the worst answer to each."""
    told = []
    for of_one in zip(*answers, strict=True):
        worst = max(of_one, key=lambda answer: (not answer[1].passed, answer[0]))[1]
        failing = tuple(check.point for _, check in of_one if not check.passed)
        told.append(replace(worst, failing=failing))
    return tuple(told)


def limit_of(
    low: float | None, high: float | None, *, deadband: float = 0.0, stale_s: float, resolution: Decimal
) -> Limit:
    """A limit that raises at once."""
    return Limit(low=low, high=high, delay_s=0.0, deadband=deadband, stale_s=stale_s, resolution=resolution)


def iso(moment_us: int) -> str:
    """A moment in UTC as ISO 8601; a fraction only where there is one."""
    return from_us(moment_us).isoformat().replace("+00:00", "Z")
