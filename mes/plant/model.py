"""The plant as rows: where things are, what is measured there, and by which limits it is judged.

A policy (`cold-2-8`) is a series of rule versions. A version is never changed: the next one closes it, so that an
episode can always show the limits it was judged by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from models.limits import Limit


class EquipmentStatus(StrEnum):
    READY = "ready"
    IN_USE = "in_use"  # a batch runs on it
    UNDER_MAINTENANCE = "under_maintenance"
    OUT_OF_SERVICE = "out_of_service"
    RETIRED = "retired"  # no longer in the plant model


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    code: str
    name_en: str
    name_zh: str
    time_zone: str  # IANA name


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    site: str
    code: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A place where lots stand: a room, a freezer, a vehicle, a line, or a bin in one of these."""

    id: int
    code: str
    site: str
    area: str
    kind: str
    name_en: str
    name_zh: str
    policy: str | None
    parent_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    id: int
    path: str  # site/area/equipment
    kind: str
    name_en: str
    name_zh: str
    parent_id: int | None
    zone_id: int | None  # the zone it stands in or serves
    status: EquipmentStatus
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", EquipmentStatus(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringPoint:
    point_id: int
    name: str  # site/area/equipment/measure
    equipment_id: int
    equipment_path: str
    zone_id: int | None
    measure: str
    role: str  # air, product, humidity, door, current, running, coil, mains, state ...
    unit: str  # UCUM
    name_en: str
    name_zh: str
    policy: str | None  # judged by this policy's limits; None: not judged
    resolution: Decimal
    interval_s: float  # how often a reading is expected
    stale_s: float  # silent for longer: a stale alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What a rule version says, without when and by whom."""

    title_en: str
    title_zh: str
    low: float | None
    high: float | None
    critical_low: float | None
    critical_high: float | None
    delay_s: float
    critical_delay_s: float
    deadband: float
    stale_s: float
    resolution: Decimal

    def alarm(self) -> Limit:
        """Limits whose breach for `delay_s` raises an alarm."""
        return self._limit(self.low, self.high, self.delay_s)

    def critical(self) -> Limit | None:
        """Limits whose breach is critical; None where the policy has none."""
        if self.critical_low is None and self.critical_high is None:
            return None
        return self._limit(self.critical_low, self.critical_high, self.critical_delay_s)

    def levels(self) -> dict[str, Limit]:
        """Limit by level, as episodes name it: `alarm`, and `critical` where there is one."""
        critical = self.critical()
        return {"alarm": self.alarm()} | ({"critical": critical} if critical else {})

    def _limit(self, low: float | None, high: float | None, delay_s: float) -> Limit:
        return Limit(
            low=low,
            high=high,
            delay_s=delay_s,
            deadband=self.deadband,
            stale_s=self.stale_s,
            resolution=self.resolution,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion(RuleTerms):
    """One version of a policy's limits, in force in [effective_from, effective_to)."""

    id: int
    policy: str
    version: int
    effective_from: datetime
    effective_to: datetime | None
    reason: str
    applied_by: str

    @property
    def terms(self) -> RuleTerms:
        """What it says, for comparing, or as the start of the next version with `dataclasses.replace`."""
        return RuleTerms(**{name: getattr(self, name) for name in RuleTerms.__slots__})


def rule_at(versions: Sequence[RuleVersion], at: datetime) -> RuleVersion | None:
    """The version of one policy that is in force at that moment; None before the first."""
    for version in versions:
        if version.effective_from <= at and (version.effective_to is None or at < version.effective_to):
            return version
    return None
