"""An alarm has two facts of its own: does it still stand, and has a person acknowledged it. Its state is both.

The states are those of ISA-18.2: an alarm that has cleared stays in sight until someone has acknowledged it. Over them
lies what people decide: shelved for a while, or out of service. A suppressed alarm does not call anybody; what is
evaluated and recorded stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from mes.transitions import StateMachine, Transition


class Kind(StrEnum):
    TEMPERATURE = "temperature"  # an episode has lasted longer than its delay
    STALE = "stale"  # a point has said nothing usable for longer than a reading holds
    EDGE_LOST = "edge_lost"  # an edge sends no batches
    UNCONFIGURED_POINT = "unconfigured_point"  # readings of a point that the plant model doesn't know
    EQUIPMENT = "equipment"  # a model says that a machine ails: advice
    REJECTED_BATCH = "rejected_batch"  # batches of an edge were set aside
    RATE = "rate"  # a value changes faster than its policy allows
    CUMULATIVE = "cumulative"  # too much time out of limits within a window
    POWER = "power"  # no mains for longer than a policy allows
    CLOCK = "clock"  # an edge's or a device's clock is off
    DOOR = "door"  # a door has stood open for too long
    CALIBRATION = "calibration"  # a sensor's calibration is due or overdue
    GAUGE = "gauge"  # a gauge's calibration is due or overdue
    MAPPING = "mapping"  # a space is to be mapped again soon, or is late
    ROUND = "round"  # a round of inspection was missed, or not walked whole
    FORECAST = "forecast"  # a breach is expected soon: advice
    AUDIT_TAMPER = "audit_tamper"  # the audit trail is not as it was written
    CONFIGURATION = "configuration"  # something is set up so that it can't do what it must
    STABILITY = "stability"  # a lot has used up nearly all of the time that its product withstands
    UNDELIVERED = "undelivered"  # a message about an alarm has reached nobody
    ACCESS = "access"  # somebody typed wrong passwords until the person was locked out
    DEVIATION_DUE = "deviation_due"  # a deviation is to be closed soon, or is late
    RECALL_LATE = "recall_late"  # a recall's notice or report was due and is not made
    TEST = "test"  # nothing is wrong: somebody proves that alarms arrive


class Priority(StrEnum):
    """How soon someone must look, lowest first (ISA-18.2)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 is the lowest."""
        return list(Priority).index(self)


class State(StrEnum):
    ACTIVE_UNACKED = "active_unacked"  # it is so, and nobody has said that they know
    ACTIVE_ACKED = "active_acked"
    RTN_UNACKED = "rtn_unacked"  # returned to normal before anyone acknowledged
    NORMAL = "normal"  # over and acknowledged: history


class Suppression(StrEnum):
    """Why an alarm does not call anybody."""

    SHELVED = "shelved"  # by a person, for a time; a worse alarm ends it
    OUT_OF_SERVICE = "out_of_service"  # what is measured is not in use: until it is returned


class Cause(StrEnum):
    """What a person holds for the cause when they acknowledge."""

    DOOR = "door"
    LOADING = "loading"
    DEFROST = "defrost"
    COOLING = "cooling"  # the machine that cools
    POWER = "power"
    SENSOR = "sensor"
    COMMUNICATION = "communication"
    MAINTENANCE = "maintenance"  # somebody works on it
    SETTING = "setting"  # the limit or the setting is wrong
    TEST = "test"
    UNKNOWN = "unknown"


class Act(StrEnum):
    """What the journal of an alarm tells."""

    RAISED = "raised"
    UPGRADED = "upgraded"
    CALLED_AGAIN = "called_again"  # acknowledged, and still so after the time the plant allows
    ACKNOWLEDGED = "acknowledged"
    COMMENTED = "commented"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    OUT_OF_SERVICE = "out_of_service"
    RETURNED = "returned"  # to service
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What is found in the plant and must be noticed."""

    kind: Kind
    source: str  # what it is about: a point's, edge's, asset's name; one standing alarm for a kind and a source
    priority: Priority
    message_en: str
    message_zh: str
    raised_at: datetime  # when it became so in the plant
    point_id: int | None = None
    zone_id: int | None = None
    equipment_id: int | None = None
    episode_id: int | None = None
    excursion_id: int | None = None
    cleared_at: datetime | None = None  # found after it was over: noticed, but nothing sounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    id: int
    kind: Kind
    source: str
    priority: Priority
    message_en: str
    message_zh: str
    point_id: int | None
    zone_id: int | None
    equipment_id: int | None
    episode_id: int | None
    excursion_id: int | None
    raised_at: datetime
    detected_at: datetime
    upgraded_at: datetime | None  # when its priority last rose
    cleared_at: datetime | None
    acked_at: datetime | None
    acked_by: str | None
    ack_comment: str | None
    version: int
    calls: int = 1  # how often it has begun to call somebody
    called_at: datetime | None = None  # when it last began to; never None in the database
    suppression: Suppression | None = None
    suppressed_until: datetime | None = None  # None under a suppression: until it is returned to service

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "priority", Priority(self.priority))
        if self.suppression is not None:
            object.__setattr__(self, "suppression", Suppression(self.suppression))

    @property
    def state(self) -> State:
        if self.cleared_at is None:
            return State.ACTIVE_UNACKED if self.acked_at is None else State.ACTIVE_ACKED
        return State.RTN_UNACKED if self.acked_at is None else State.NORMAL

    @property
    def isa_state(self) -> str:
        """The state's name in ISA-18.2, figure of the alarm's state transitions."""
        if self.suppression is not None and self.state is not State.NORMAL:
            return "SHLVD" if self.suppression is Suppression.SHELVED else "OOSRV"
        return ISA_NAMES[self.state]


ISA_NAMES: Mapping[State, str] = MappingProxyType(
    {
        State.ACTIVE_UNACKED: "UNACK",
        State.ACTIVE_ACKED: "ACKED",
        State.RTN_UNACKED: "RTNUN",
        State.NORMAL: "NORM",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of an alarm's journal."""

    id: int
    alarm_id: int
    call: int
    at: datetime
    actor: str
    act: Act
    priority: Priority
    cause: Cause | None
    comment: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "act", Act(self.act))
        object.__setattr__(self, "priority", Priority(self.priority))
        object.__setattr__(self, "cause", Cause(self.cause) if self.cause else None)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the guard of an acknowledgement looks at."""

    comment: str
    cause: Cause | None = None


def _commented(facts: Acknowledgement) -> bool:
    return bool(facts.comment.strip()) or facts.cause is not None


MACHINE: StateMachine[Acknowledgement] = StateMachine(
    "alarm",
    (
        Transition("acknowledge", frozenset({State.ACTIVE_UNACKED}), State.ACTIVE_ACKED, {"comment_given": _commented}),
        Transition("acknowledge", frozenset({State.RTN_UNACKED}), State.NORMAL, {"comment_given": _commented}),
    ),
)
"""What people do. Raising, upgrading and clearing follow the plant and ask nobody."""
