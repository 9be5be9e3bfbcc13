"""Rows of the mapping slice: spaces, studies with their positions, what loggers recorded, tests; and their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import numpy as np

from mes.transitions import StateMachine, Transition
from models.columns import Columns
from models.mapping import Position, Role, Space, Spot

GOOD = 192
"""A logger's file tells no quality: what can be read is good."""


class SpaceKind(StrEnum):
    FLAT = "flat-store"
    COLD = "cold-store"
    VEHICLE = "vehicle"
    BOX = "box"


class StudyKind(StrEnum):
    """Why it is made (GSP, Appendix 5)."""

    BEFORE_USE = "before_use"
    SPECIAL = "special"  # after a change
    PERIODIC = "periodic"
    AFTER_IDLE = "after_idle"


class Season(StrEnum):
    HOT = "hot"
    COLD = "cold"
    BETWEEN = "between"


class Load(StrEnum):
    EMPTY = "empty"
    LOADED = "loaded"


class Status(StrEnum):
    PLANNED = "planned"  # everything may still change
    APPROVED = "approved"  # signed: frozen
    REJECTED = "rejected"  # signed: frozen, and not to be relied on


class TrialKind(StrEnum):
    POWER_FAIL = "power_fail"
    DOOR_OPEN = "door_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSpace:
    """What is known of a zone's space; the newest version counts."""

    id: int
    zone_id: int
    version: int
    kind: SpaceKind
    length_m: float
    width_m: float
    height_m: float
    spots: Sequence[Mapping[str, Any]]
    recorded_at: datetime
    recorded_by: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", SpaceKind(self.kind))

    @property
    def space(self) -> Space:
        """As the models take it."""
        spots = tuple(
            Spot(role=Role(each["role"]), x_m=each["x_m"], y_m=each["y_m"], z_m=each["z_m"]) for each in self.spots
        )
        return Space(length_m=self.length_m, width_m=self.width_m, height_m=self.height_m, spots=spots)

    @property
    def size(self) -> float:
        """What counts of it where points are counted: m3 of a vehicle or box, m2 of a store."""
        return self.space.volume_m3 if self.kind in {SpaceKind.VEHICLE, SpaceKind.BOX} else self.space.area_m2


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    id: int
    number: str
    zone_id: int
    space_id: int
    rules: str
    kind: StudyKind
    season: Season
    load: Load
    low: float | None
    high: float | None
    status: Status
    from_time: datetime | None
    to_time: datetime | None
    findings: Mapping[str, Any] | None
    remap_on: date | None
    planned_at: datetime
    planned_by: str
    signature_id: int | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))
        object.__setattr__(self, "season", Season(self.season))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """A position of a plan with the logger that hangs there."""

    id: int
    study_id: int
    code: str
    role: Role
    x_m: float
    y_m: float
    z_m: float
    logger: str
    certificate: str
    due_on: date | None
    error: float | None
    removed_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", Role(self.role))

    @property
    def position(self) -> Position:
        return Position(code=self.code, role=self.role, x_m=self.x_m, y_m=self.y_m, z_m=self.z_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one logger recorded, as it was imported."""

    position_id: int
    code: str
    file_name: str
    sha256: str
    readings: int
    unread: Sequence[Mapping[str, Any]]
    time_us: bytes
    value: bytes
    imported_at: datetime
    imported_by: str

    @property
    def columns(self) -> Columns:
        """i64[n] µs since 1970, f64[n] °C, all good; in order of time."""
        time = np.frombuffer(self.time_us, dtype="<i8").astype(np.int64)
        value = np.frombuffer(self.value, dtype="<f8").astype(np.float64)
        return Columns(time, value, np.full(len(time), GOOD, dtype=np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A time in which power failed or a door stood open on purpose."""

    id: int
    study_id: int
    kind: TrialKind
    from_time: datetime
    closed_time: datetime | None
    to_time: datetime
    ambient_c: float | None
    note: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", TrialKind(self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards of a study look at."""

    every_position_has_readings: bool = False
    the_steady_time_is_said: bool = False
    every_rule_is_kept_or_explained: bool = False


MACHINE: StateMachine[Facts] = StateMachine(
    "mapping_study",
    (
        Transition(
            "approve",
            frozenset({Status.PLANNED}),
            Status.APPROVED,
            {
                "every_position_has_readings": lambda facts: facts.every_position_has_readings,
                "steady_time_said": lambda facts: facts.the_steady_time_is_said,
                "every_rule_kept_or_explained": lambda facts: facts.every_rule_is_kept_or_explained,
            },
            signed=True,
            roles=frozenset({"qa"}),
        ),
        Transition("reject", frozenset({Status.PLANNED}), Status.REJECTED, signed=True, roles=frozenset({"qa"})),
        Transition("change", frozenset({Status.PLANNED}), Status.PLANNED),
    ),
)
