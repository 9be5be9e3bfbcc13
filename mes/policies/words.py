"""The words of a policy file: what may stand in each section, typed, with bounds, without unknown keys.

Times are written with their unit (`90s`, `10m`, `24h`, `30d`); a rule without a citation takes the file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from models import policy as rules
from models.limits import Side
from telemetry import units
from telemetry.strict import Strict

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_CODE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
_REFERENCE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?(?:@[1-9][0-9]{0,5})?")
RuleType = TypeVar("RuleType", bound=rules.Cited)


def seconds(text: object) -> float:
    """`90s`, `10m`, `1h30m`, `30d` as seconds. Raises ValueError: a bare number may be anything."""
    parts = _DURATION.findall(text) if isinstance(text, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"`{text}` is no duration: a number with its unit, as in 90s, 10m, 1h30m, 30d")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def duration(length_s: float) -> str:
    """Seconds as they are written: `24h`, `90s`, `1h30m`."""
    parts, rest = [], length_s
    for unit_, size in (("d", 86_400.0), ("h", 3600.0), ("m", 60.0)):
        if rest >= size and not (unit_ == "d" and rest < 2 * size):  # 24h and 36h are said in hours
            parts.append(f"{int(rest // size)}{unit_}")
            rest %= size
    return "".join(parts) + (f"{rest:g}s" if rest or not parts else "")


def written(text: str) -> str:
    """A text that is not empty."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def unit(code: str) -> str:
    """A unit that the plant knows."""
    if not units.is_unit(code):
        raise ValueError(f"unit `{code}` is not known; allowed: {', '.join(units.SHOWN)}")
    return code


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(f"`{text}` is no policy's code: lower-case letters, digits, hyphens and underscores")
    return text


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError(f"`{text}` names no policy: a code, or a code with its version as in gsp_cn@1")
    return text


Duration = Annotated[float, BeforeValidator(seconds), Field(ge=0)]
Span = Annotated[float, BeforeValidator(seconds), Field(gt=0)]
Written = Annotated[str, AfterValidator(written)]
Unit = Annotated[str, AfterValidator(unit)]
PolicyCode = Annotated[str, AfterValidator(_code)]
PolicyReference = Annotated[str, AfterValidator(_reference)]


class Name(Strict):
    """A text that a person sees, in every language of the plant."""

    en: Written
    zh: Written


class RuleWords(Strict):
    """What every rule may say of itself. A duration `delay` is the rule's `delay_s`."""

    citation: Written | None = None
    confirm: bool = False

    def rule(self, kind: type[RuleType], citation: str, **more: object) -> RuleType:
        """The rule, with the file's citation where it has none of its own."""
        names = {each.name for each in fields(kind)}
        said: dict[str, Any] = {"citation": citation} | more
        for name in self.model_fields_set:
            value = getattr(self, name)
            said[name if name in names else f"{name}_s"] = value
        return kind(**said | {"citation": said["citation"] or citation})


class LevelWords(RuleWords):
    low: float | None = None
    high: float | None = None
    low_inclusive: bool = False
    high_inclusive: bool = False
    delay: Duration = 0.0  # of both sides, unless one has its own
    low_delay: Duration | None = None
    high_delay: Duration | None = None

    def level(self, level: rules.Level, citation: str) -> rules.LevelRule:
        """The rule of this level."""
        low, high = (self.delay if own is None else own for own in (self.low_delay, self.high_delay))
        limits = {name: getattr(self, name) for name in ("low", "high", "low_inclusive", "high_inclusive", "confirm")}
        told = self.citation or citation
        return rules.LevelRule(level=level, low_delay_s=low, high_delay_s=high, citation=told, **limits)


class LevelsWords(Strict):
    warn: LevelWords | None = None
    alarm: LevelWords | None = None
    critical: LevelWords | None = None


class CumulativeWords(RuleWords):
    side: Side
    limit: float
    inclusive: bool = False
    allowed: Span
    window: Span


class RateWords(RuleWords):
    per_h: float = Field(gt=0)
    over: Span = 900.0


class KineticWords(RuleWords):
    limit_c: float = Field(gt=-273.15)
    window: Span
    activation_kj_per_mol: float = Field(83.144, gt=0)


class AllowanceWords(RuleWords):
    low: float | None
    high: float | None
    floor: float | None = None
    ceiling: float | None = None
    longest: Span | None = None


class ContextWords(RuleWords):
    role: Literal["defrost", "door"]
    longest: Span


class CadenceWords(RuleWords):
    refresh: Span
    storage: Span
    transport: Span
    out: Span


class AccuracyWords(RuleWords):
    low: float
    high: float
    error: float = Field(gt=0)
    unit: Unit


class PeopleWords(RuleWords):
    least: int = Field(ge=1)


class PermissionsWords(RuleWords):
    manual_import: bool = True
    correction: bool = True


class CalibrationWords(RuleWords):
    every_days: int = Field(ge=1)
    notice_days: tuple[Annotated[int, Field(ge=0)], ...] = (90, 30, 0)


class RemappingWords(RuleWords):
    every_days: int = Field(ge=1)
    both_seasons: bool = False
    notice_days: tuple[Annotated[int, Field(ge=0)], ...] = (90, 30, 0)


class PointCountWords(RuleWords):
    space: Literal["flat-store", "cold-store", "vehicle"]
    least: int = Field(ge=1)
    step: float | None = Field(None, gt=0)
    unit: Literal["m2", "m3"]


class EscalationWords(RuleWords):
    rungs: tuple[Duration, ...] = Field((0.0, 600.0, 1200.0), min_length=1)
    repeat: Span = 3600.0
    longest_shelf: Span = 28_800.0


class PolicyWords(Strict):
    """A whole policy, as a pack has it and as a file with a `base` becomes by merging."""

    code: PolicyCode
    version: int = Field(ge=1)
    title: Name
    citation: Written
    unit: Unit = "Cel"
    deadband: float = Field(ge=0)
    stale: Span = 300.0
    resolution: Decimal = Field(Decimal("0.1"), gt=0)
    levels: LevelsWords = LevelsWords()
    cumulative: tuple[CumulativeWords, ...] = ()
    rate: RateWords | None = None
    kinetic: KineticWords | None = None
    allowances: tuple[AllowanceWords, ...] = ()
    contexts: tuple[ContextWords, ...] = ()
    completeness: float = Field(0.95, ge=0, le=1)
    forecast: Span = 1800.0
    power: Span = 60.0
    cadence: CadenceWords | None = None
    accuracy: tuple[AccuracyWords, ...] = ()
    people: PeopleWords | None = None
    permissions: PermissionsWords | None = None
    calibration: CalibrationWords | None = None
    remapping: RemappingWords | None = None
    point_counts: tuple[PointCountWords, ...] = ()
    escalation: EscalationWords | None = None
    packs: tuple[PolicyReference, ...] = ()

    def policy(self) -> rules.Policy:
        """The policy that these words say."""
        return rules.Policy(
            code=self.code,
            version=self.version,
            title_en=self.title.en,
            title_zh=self.title.zh,
            citation=self.citation,
            unit=self.unit,
            deadband=self.deadband,
            stale_s=self.stale,
            resolution=self.resolution,
            completeness=self.completeness,
            forecast_s=self.forecast,
            power_s=self.power,
            packs=self.packs,
            levels=tuple(self._levels()),
            **self._single_rules(),
            **self._rule_lists(),
        )

    def _levels(self) -> Iterator[rules.LevelRule]:
        for level in rules.Level:
            said: LevelWords | None = getattr(self.levels, level)
            if said is not None:
                yield said.level(level, self.citation)

    def _single_rules(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in SINGLE_RULES}
        return {name: each and each.rule(SINGLE_RULES[name], self.citation) for name, each in said.items()}

    def _rule_lists(self) -> dict[str, Any]:
        return {
            name: tuple(each.rule(kind, self.citation) for each in getattr(self, name))
            for name, kind in RULE_LISTS.items()
        }


SINGLE_RULES: Mapping[str, type[rules.Cited]] = MappingProxyType(
    {
        "rate": rules.RateRule,
        "kinetic": rules.KineticRule,
        "cadence": rules.Cadence,
        "people": rules.People,
        "permissions": rules.Permissions,
        "calibration": rules.Calibration,
        "remapping": rules.Remapping,
        "escalation": rules.Escalation,
    }
)
"""Sections that hold one rule."""
RULE_LISTS: Mapping[str, type[rules.Cited]] = MappingProxyType(
    {
        "cumulative": rules.CumulativeRule,
        "allowances": rules.Allowance,
        "contexts": rules.ContextRule,
        "accuracy": rules.Accuracy,
        "point_counts": rules.PointCount,
    }
)
"""Sections that are lists of rules."""
