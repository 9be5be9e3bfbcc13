"""The plant as rows: where things are, what is measured there, and by which limits it is judged.

A policy (`cold-2-8`) is a series of rule versions. A version is never changed: the next one closes it, so that an
episode can always show the limits it was judged by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mes.policies.document import document_of, policy_of
from models.limits import Limit
from models.policy import Level, LevelRule, Policy


class EquipmentStatus(StrEnum):
    READY = "ready"
    IN_USE = "in_use"  # a batch runs on it
    TO_CLEAN = "to_clean"  # a batch left it
    CLEANING = "cleaning"
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


@dataclass(frozen=True, slots=True)
class _Short:
    """One level as columns can say it: where the sides wait for different times, the shorter time."""

    low: float | None = None
    high: float | None = None
    delay_s: float = 0.0

    @classmethod
    def of(cls, policy: Policy, level: Level) -> _Short:
        limits = policy.limits(level)
        lows, highs = ([getattr(limit, side) for limit in limits] for side in ("low", "high"))
        return cls(_first(lows), _first(highs), min((d for limit in limits for d in limit.delays_s), default=0.0))


def _level(level: Level, low: float | None, high: float | None, delay_s: float, citation: str) -> LevelRule:
    return LevelRule(level=level, low=low, high=high, low_delay_s=delay_s, high_delay_s=delay_s, citation=citation)


def _first(values: Sequence[float | None]) -> float | None:
    return next((value for value in values if value is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """A policy in short, as the columns of a version say it: its alarm and critical limits, strict."""

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

    @classmethod
    def of(cls, policy: Policy) -> RuleTerms:
        """What the columns can say of a policy; its document says all."""
        alarm, critical = (_Short.of(policy, level) for level in (Level.ALARM, Level.CRITICAL))
        return cls(
            title_en=policy.title_en,
            title_zh=policy.title_zh,
            low=alarm.low,
            high=alarm.high,
            critical_low=critical.low,
            critical_high=critical.high,
            delay_s=alarm.delay_s,
            critical_delay_s=critical.delay_s,
            deadband=policy.deadband,
            stale_s=policy.stale_s,
            resolution=policy.resolution,
        )

    def alarm(self) -> Limit:
        """The alarm level with both its sides, for who asks whether a value is out and not when that alarms."""
        return Limit(
            low=self.low,
            high=self.high,
            delay_s=self.delay_s,
            deadband=self.deadband,
            stale_s=self.stale_s,
            resolution=self.resolution,
        )

    def as_policy(self, code: str, version: int, citation: str) -> Policy:
        """The same as a policy with the levels that its columns know."""
        levels = [_level(Level.ALARM, self.low, self.high, self.delay_s, citation)]
        critical = (self.critical_low, self.critical_high, self.critical_delay_s)
        if critical[:2] != (None, None):
            levels.append(_level(Level.CRITICAL, *critical, citation))
        return Policy(
            code=code,
            version=version,
            title_en=self.title_en,
            title_zh=self.title_zh,
            deadband=self.deadband,
            stale_s=self.stale_s,
            resolution=self.resolution,
            levels=tuple(levels),
            citation=citation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion(RuleTerms):
    """One version of a policy, in force in [effective_from, effective_to). Its terms are the policy's, in short."""

    id: int
    code: str
    version: int
    effective_from: datetime
    effective_to: datetime | None
    reason: str
    applied_by: str
    document: Mapping[str, Any] | None = None  # the whole policy; None: from before there were documents
    signature_id: int | None = None  # None: put in force when the plant was set up
    policy: Policy = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.document is None:
            policy = self.as_policy(self.code, self.version, self.reason)
        else:
            policy = policy_of(self.document)
        object.__setattr__(self, "policy", policy)

    def told(self) -> dict[str, Any]:
        """As programs and kept evidence see it; `policy` is its code."""
        names = [each.name for each in fields(self) if each.name not in {"code", "policy", "document"}]
        facts = {name: getattr(self, name) for name in names} | {"resolution": str(self.resolution)}
        return {"policy": self.code} | facts | {"document": document_of(self.policy)}

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
