"""The words of a plant folder: what may stand in each entry, typed, with bounds, without unknown keys."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, Field, field_validator

from mes.items.words import Factor, GtinWords
from mes.plant.model import RuleTerms
from mes.policies.words import Name, PolicyCode, PolicyReference, Unit, Written
from mes.stability.words import StabilityWords
from models.policy import Policy
from telemetry.strict import LevelText, Strict


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"time zone `{name}` is not known; allowed: IANA names such as Asia/Shanghai") from error
    return name


Role = Literal[
    "air", "product", "humidity", "pressure", "door", "mains", "current", "running", "coil", "defrost", "ambient",
    "speed", "count", "torque", "vibration", "bearing", "state", "weight", "settled", "room", "position", "battery",
    "cooling", "power", "suction", "fan", "filter", "flow",
]  # fmt: skip
ZoneKind = Literal["room", "freezer", "vehicle", "line", "bin"]
EquipmentKind = Literal["line", "room", "freezer", "compressor", "ventilation", "vehicle", "sensor", "scale"]
ItemKind = Literal["raw", "packaging", "reagent", "product"]
ItemUnit = Literal["kg", "g", "mg", "l", "ml", "pcs", "kit", "vial", "pen", "box"]
PersonRole = Literal["operator", "lead", "qc", "qa", "qp", "maintenance", "engineer", "warehouse", "admin"]


class SiteWords(Strict):
    code: LevelText
    name: Name
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"


class AreaWords(Strict):
    code: LevelText
    name: Name


class ZoneWords(Strict):
    code: LevelText
    area: LevelText
    kind: ZoneKind
    name: Name
    policy: PolicyCode | None = None
    parent: LevelText | None = None


class PointWords(Strict):
    measure: LevelText
    role: Role
    unit: Unit
    name: Name
    policy: PolicyCode | None = None  # unless said: its zone's, where that judges points of this role
    resolution: Decimal = Field(Decimal("0.1"), gt=0)
    interval_s: float = Field(1, gt=0)
    stale_s: float | None = Field(None, gt=0)  # unless said: three intervals, five minutes at least

    @property
    def silent_s(self) -> float:
        """Silent for longer: a stale alarm."""
        return self.stale_s or max(3 * self.interval_s, 300.0)


class EquipmentWords(Strict):
    code: LevelText
    area: LevelText
    kind: EquipmentKind
    name: Name
    zone: LevelText | None = None
    parent: str | None = None  # area/equipment
    points: tuple[PointWords, ...] = ()

    @property
    def path(self) -> str:
        """Its name within the site."""
        return f"{self.area}/{self.code}"


class EntryWords(Strict):
    """What a plant says of a policy of its own beside the policy itself: which version it is, since when and why."""

    code: PolicyCode
    version: int = Field(ge=1)
    effective_from: AwareDatetime
    reason: Written
    judges: tuple[Role, ...] = ("air",)


class LimitWords(EntryWords):
    """The short form of a policy: one pair of limits with its delay, and one that is critical."""

    title: Name
    unit: Unit = "Cel"
    low: float | None = None
    high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None
    delay_s: float = Field(ge=0)
    critical_delay_s: float = Field(0, ge=0)
    deadband: float = Field(ge=0)
    stale_s: float = Field(300, gt=0)
    resolution: Decimal = Field(Decimal("0.1"), gt=0)
    packs: tuple[PolicyReference, ...] = ()

    @property
    def policy(self) -> Policy:
        """What it says, as a policy. The reason stands for a citation."""
        numbers = {name: getattr(self, name) for name in RuleTerms.__slots__ if not name.startswith("title")}
        terms = RuleTerms(title_en=self.title.en, title_zh=self.title.zh, **numbers)
        return replace(terms.as_policy(self.code, self.version, self.reason), unit=self.unit, packs=self.packs)


class PlantPolicy(EntryWords):
    """A policy as the plant has it: an entry of the folder, or a pack that an entry names."""

    policy: Policy

    @property
    def unit(self) -> str:
        """The unit of its figures (UCUM)."""
        return self.policy.unit


class ItemWords(Strict):
    code: Written
    kind: ItemKind
    name: Name
    unit: ItemUnit
    policy: PolicyCode | None = None
    expires: bool = True
    units: dict[Written, Factor] = Field(default_factory=dict)  # packs: how much of `unit` is in one
    gtins: tuple[GtinWords, ...] = ()
    stability: StabilityWords | None = None


class PersonWords(Strict):
    """Who works here. Passwords are never in a file."""

    username: LevelText
    printed_name: Name
    language: Literal["zh", "en"] = "zh"
    roles: tuple[PersonRole, ...] = Field(min_length=1)

    @field_validator("roles")
    @classmethod
    def _admin_alone(cls, roles: tuple[PersonRole, ...]) -> tuple[PersonRole, ...]:
        if "admin" in roles and len(set(roles)) > 1:
            raise ValueError("who administers people and keys holds no other role")
        return roles

    @property
    def shown_name(self) -> str:
        """The printed name in the person's language, as signatures show it."""
        return self.printed_name.zh if self.language == "zh" else self.printed_name.en
