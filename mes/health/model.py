"""Machine health as rows: who is watched, what was learned, what it advised, and how a machine stands.

A model advises. It holds no lot, ends no batch, and changes nothing by itself but what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from mes.health.words import HealthWords
from mes.transitions import StateMachine, Transition
from models.health.api import Alarm
from models.health.cold_room_causes import CAUSES as COLD_CAUSES


class Cause(StrEnum):
    """Channels of advice: each has alerts of its own, so that one doesn't hide another."""

    LEVEL = "level"  # a signal stays away from its level
    PATTERN = "pattern"  # signals go together otherwise than they did
    LIMIT = "limit"  # a fixed limit, for longer than it allows
    MODEL = "model"  # the model doesn't fit its machine any more
    COOLING = "cooling"
    COMPRESSOR = "compressor"
    FAN = "fan"
    POWER = "power"
    DOOR = "door"
    DEFROST_STUCK = "defrost_stuck"
    LEAK = "leak"
    SENSOR_STUCK = "sensor_stuck"
    SENSOR_DROPOUT = "sensor_dropout"
    SENSOR_DRIFT = "sensor_drift"
    SENSOR_SPIKE = "sensor_spike"
    RISK = "risk"


BITS: Mapping[Cause, int] = {
    Cause.LEVEL: int(Alarm.LEVEL_HIGH | Alarm.LEVEL_LOW),
    Cause.PATTERN: int(Alarm.INNOVATION | Alarm.T2 | Alarm.Q),
    Cause.MODEL: int(Alarm.MODEL),
    **{Cause(name): int(bit) for bit, name in COLD_CAUSES.items() if name != "limit"},
    Cause.LIMIT: int(Alarm.LIMIT) | next(int(bit) for bit, name in COLD_CAUSES.items() if name == "limit"),
}
"""Bits of an alarm that mean a cause."""

WATCHED_ELSEWHERE = frozenset({Cause.POWER, Cause.DOOR, Cause.SENSOR_DROPOUT, Cause.MODEL})
"""No maintenance order follows: fixed rules call people for these, or the model itself is what ails."""

ACUTE = frozenset({Cause.LIMIT, Cause.COOLING, Cause.COMPRESSOR, Cause.FAN, Cause.POWER, Cause.DEFROST_STUCK})
"""The machine is failing now, not wearing."""


def causes_of(bits: int) -> frozenset[Cause]:
    """What an alarm says."""
    return frozenset(cause for cause, mask in BITS.items() if bits & mask)


class Standing(StrEnum):
    """How a machine stands, the one that needs people most first."""

    FAILING = "failing"
    DRIFTING = "drifting"
    SILENT = "silent"  # none of its signals says anything
    LEARNING = "learning"  # nothing is known yet: fixed limits only
    WELL = "well"


class ModelStatus(StrEnum):
    PROPOSED = "proposed"  # learned; it advises nobody before QA has signed
    IN_FORCE = "in_force"
    RETIRED = "retired"  # another one is in force
    WITHDRAWN = "withdrawn"


class ResetKind(StrEnum):
    MAINTENANCE = "maintenance"
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A machine that the plant folder has watched."""

    equipment_id: int
    path: str  # site/area/equipment
    definition: str
    since: datetime

    @property
    def words(self) -> HealthWords:
        """As the folder says it now."""
        return HealthWords.model_validate_json(self.definition)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthModel:
    """One version of what is known of a machine; its arrays stay in the store until they are needed."""

    id: int
    equipment_id: int
    number: int
    status: ModelStatus
    detector: str
    definition: str
    artefact_hash: str
    data_hash: str
    features: list[str]
    learned_from: datetime
    learned_to: datetime
    ticks: int
    score_card: Mapping[str, Any]
    reason: str
    made_by: str
    made_at: datetime
    control: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    signature_id: int | None
    in_force_from: datetime | None
    retired_at: datetime | None
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", ModelStatus(self.status))

    @property
    def words(self) -> HealthWords:
        """Those it was learned with; they hold for as long as it is in force."""
        return HealthWords.model_validate_json(self.definition)

    def signed_content(self) -> dict[str, object]:
        """What a signature is bound to."""
        names = ("number", "detector", "definition", "artefact_hash", "data_hash", "features", "score_card", "reason")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where the watch of a machine stands."""

    equipment_id: int
    learn_from: datetime | None
    try_at: datetime | None
    hindrance: str
    model_id: int | None
    begun_at: datetime | None
    position: datetime | None
    seen_batch: int
    seen_reset: int
    health: float | None
    stat: float | None
    heard_at: datetime | None
    asked_by: str | None
    asked_from: datetime | None
    asked_to: datetime | None
    asked_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    id: int
    equipment_id: int
    model_id: int | None
    cause: Cause
    from_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    found_at: datetime
    score: float
    contributions: list[dict[str, Any]]  # signal, contribution, value, expected
    input_from: datetime
    alarm_id: int | None
    order_id: int | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "cause", Cause(self.cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    id: int
    equipment_id: int
    from_at: datetime
    to_at: datetime
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    id: int
    equipment_id: int
    effective_at: datetime
    kind: ResetKind
    order_id: int | None
    reason: str
    actor: str
    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", ResetKind(self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was told at one tick."""

    at: datetime
    model_id: int | None
    health: float | None
    stat: float | None
    alarm: int
    value: list[float | None]
    expected: list[float | None]
    spread: list[float | None]


WELL_FROM = 60.0
"""Of the health index."""


def standing_of(run: Run | None, open_alerts: Sequence[Alert], *, now: datetime, silent_after: timedelta) -> Standing:
    """How a machine stands. Alerts of a model that doesn't fit say nothing of the machine."""
    causes = {each.cause for each in open_alerts} - {Cause.MODEL}
    health = run.health if run else None
    known = run is not None and run.model_id is not None
    if causes & ACUTE:
        return Standing.FAILING
    if causes or (known and health is not None and health < WELL_FROM):
        return Standing.DRIFTING
    if run is None or run.heard_at is None or now - run.heard_at > silent_after:
        return Standing.SILENT if run is not None and run.heard_at is not None else Standing.LEARNING
    return Standing.WELL if known else Standing.LEARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the guards look at."""

    actor: str = ""
    maker: str = ""
    reason: str = ""


def _told(facts: ModelFacts) -> bool:
    return bool(facts.reason.strip())


VERSION: StateMachine[ModelFacts] = StateMachine(
    "health_model",
    (
        Transition(
            "sign",
            frozenset({ModelStatus.PROPOSED}),
            ModelStatus.IN_FORCE,
            {
                "reason_given": _told,
                "signer_is_not_the_author": lambda f: f.actor != f.maker,
            },
            signed=True,
            roles=frozenset({"qa"}),
        ),
        Transition(
            "withdraw",
            frozenset({ModelStatus.PROPOSED}),
            ModelStatus.WITHDRAWN,
            {"reason_given": _told},
            roles=frozenset({"qa", "engineer"}),
        ),
    ),
)
