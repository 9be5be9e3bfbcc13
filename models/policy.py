"""What a policy says: the limits a point is held against, and what a regulation asks of the plant around it.

A policy is data, one version of it a value that never changes; an episode keeps which version judged it. Every rule
carries its citation. Files are read in `mes.policies`; nothing here knows where a policy came from.

Times are seconds, temperatures and other values are in the policy's unit. An absent section asks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from models.limits import Limit, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What every rule has: where it is written, and whether a site must hold its figures against that text first."""

    citation: str
    confirm: bool = False  # not checked against the primary text: shown as such, never printed as a quotation


class Level(StrEnum):
    """Levels of single-event limits, least first."""

    WARN = "warn"  # look at it; no excursion, no hold
    ALARM = "alarm"  # the label's limits: an excursion
    CRITICAL = "critical"  # beyond what a short excursion may reach


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule(Cited):
    """One level of single-event limits. Out is strict (v > high), unless the limit itself is out too (`inclusive`).

    A deadband is measured from the outermost value that is inside: from the limit, or from the one before it.
    """

    level: Level
    low: float | None = None
    high: float | None = None
    low_inclusive: bool = False
    high_inclusive: bool = False
    low_delay_s: float = 0.0  # an episode of that side as long as this raises its alarm
    high_delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeRule(Cited):
    """Time beyond one value, added up within a sliding window."""

    side: Side
    limit: float
    inclusive: bool = False
    allowed_s: float  # reached: the alarm
    window_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule(Cited):
    """How fast a value may change, by least squares over the last `over_s`; used inside the limits as well."""

    per_h: float
    over_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KineticRule(Cited):
    """Mean kinetic temperature of the worst window that contains the excursion, compared unrounded."""

    limit_c: float
    window_s: float
    activation_kj_per_mol: float = 83.144


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance(Cited):
    """How far and how long values may leave a range and still be acceptable: a check of the advice given to QA."""

    low: float | None  # time outside low..high counts
    high: float | None
    floor: float | None = None  # never below; at it is allowed
    ceiling: float | None = None  # never above
    longest_s: float | None = None  # one time outside, at longest


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRule(Cited):
    """Defrost, an open door or loading lengthen the delay by their own time, `longest_s` at most. They hide nothing."""

    role: str  # of the point that tells of it: defrost, door
    longest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence(Cited):
    """How often values must be refreshed and recorded."""

    refresh_s: float
    storage_s: float
    transport_s: float
    out_s: float  # while out of limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy(Cited):
    """Largest error of a sensor within a range."""

    low: float
    high: float
    error: float
    unit: str  # UCUM


@dataclass(frozen=True, slots=True, kw_only=True)
class People(Cited):
    """How many named persons an alarm must reach at least."""

    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions(Cited):
    """What the regulation forbids is refused by the system."""

    manual_import: bool = True  # readings from a file into the record
    correction: bool = True  # of a sensor's values


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Cited):
    """How often a sensor is calibrated, and how long before it is due people are told."""

    every_days: int
    notice_days: tuple[int, ...] = (90, 30, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remapping(Cited):
    """How often a space is mapped again, in one season or in both, and how long before it is due people are told."""

    every_days: int
    both_seasons: bool = False  # the hottest and the coldest, each so often
    notice_days: tuple[int, ...] = (90, 30, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointCount(Cited):
    """Fewest measuring points of a space: `least`, and one more for every further `step` begun (m2, m3)."""

    space: str  # flat-store, cold-store, vehicle
    least: int
    step: float | None = None  # None: however large it is
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation(Cited):
    """When who is told. The n-th rung is told `rungs_s[n]` after the alarm, unless it is acknowledged by then."""

    rungs_s: tuple[float, ...] = (0.0, 600.0, 1200.0)
    repeat_s: float = 3600.0  # acknowledged and still out: told again
    longest_shelf_s: float = 28_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a policy."""

    code: str
    version: int
    title_en: str
    title_zh: str
    unit: str = "Cel"  # UCUM
    deadband: float  # how far inside the limit a value must come to end an episode
    stale_s: float  # how long a reading holds
    resolution: Decimal  # values are rounded to it before they are compared
    levels: tuple[LevelRule, ...]
    cumulative: tuple[CumulativeRule, ...] = ()
    rate: RateRule | None = None
    kinetic: KineticRule | None = None
    allowances: tuple[Allowance, ...] = ()
    contexts: tuple[ContextRule, ...] = ()
    completeness: float = 0.95  # share of a window that must be known for advice to pass
    forecast_s: float = 1800.0  # a breach expected sooner than this is an advisory alarm
    power_s: float = 60.0  # without mains for so long: an alarm
    cadence: Cadence | None = None
    accuracy: tuple[Accuracy, ...] = ()
    people: People | None = None
    permissions: Permissions | None = None
    calibration: Calibration | None = None
    remapping: Remapping | None = None
    point_counts: tuple[PointCount, ...] = ()
    escalation: Escalation | None = None
    packs: tuple[str, ...] = field(default=())  # regulations that hold beside it, by name; the strictest rules
    citation: str = ""  # what stands behind all that has no citation of its own: deadband, stale_s, completeness ...

    def level(self, level: Level) -> LevelRule | None:
        """The rule of a level, where there is one."""
        return next((rule for rule in self.levels if rule.level is level), None)

    def limits(self, level: Level) -> tuple[Limit, ...]:
        """What to evaluate for a level: one limit with both its sides; none without the level.

        Both at once: of contradicting readings of one moment one counts, and it is out on one side at most.
        """
        rule = self.level(level)
        if rule is None:
            return ()
        low, high = self._strict(rule)
        limit = Limit(
            low=low,
            high=high,
            delay_s=rule.low_delay_s if high is None else rule.high_delay_s,
            low_delay_s=None if high is None or rule.low_delay_s == rule.high_delay_s else rule.low_delay_s,
            deadband=self.deadband,
            stale_s=self.stale_s,
            resolution=self.resolution,
        )
        return (limit,)

    def _strict(self, rule: LevelRule) -> tuple[float | None, float | None]:
        """Limits as strict ones: at -0.5 with a resolution of 0.1, "at it is out" is "below -0.4 is out"."""
        low = self._beside(rule.low, self.resolution) if rule.low_inclusive else rule.low
        high = self._beside(rule.high, -self.resolution) if rule.high_inclusive else rule.high
        return low, high

    def _beside(self, limit: float | None, step: Decimal) -> float | None:
        """The next value that can be read; a limit between two of these is met by none, and stays."""
        if limit is None or Decimal(str(limit)) % self.resolution:
            return limit
        return float(Decimal(str(limit)) + step)
