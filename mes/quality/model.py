"""Rows of the quality slice. An episode is what readings say of one point; an excursion is what happened to a zone.

The watch writes episodes and excursions, people judge excursions and deviations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from models.limits import Side
from models.policy import Level


class Condition(StrEnum):
    ACTIVE = "active"  # some probe of the zone is still out
    CLEARED = "cleared"


class ExcursionStatus(StrEnum):
    OPEN = "open"
    UNDER_ASSESSMENT = "under_assessment"  # QA knows; the evidence is frozen
    DISPOSITIONED = "dispositioned"  # every lot has its decision, signed
    CLOSED = "closed"  # its deviation is closed too
    FALSE_ALARM = "false_alarm"  # QA signed that the product was not exposed: a probe's fault, a door test


JUDGED = frozenset({ExcursionStatus.DISPOSITIONED, ExcursionStatus.CLOSED, ExcursionStatus.FALSE_ALARM})
"""Signed: a change of the facts opens it again."""


class Disposition(StrEnum):
    NO_IMPACT = "no_impact"
    REDUCED_LIFE = "reduced_life"  # may be used, for less long
    RETEST = "retest"  # back into quarantine until the laboratory has looked
    REJECT = "reject"


class DeviationStatus(StrEnum):
    DRAFT = "draft"
    REPORTED = "reported"
    CLASSIFIED = "classified"
    INVESTIGATING = "investigating"
    QA_REVIEW = "qa_review"
    CLOSED = "closed"
    VOID = "void"  # a duplicate or an error


class Severity(StrEnum):
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An episode as the readings show it: what two evaluations are compared by."""

    rule_id: int  # the version of the limits
    zone_id: int  # where the probe stood
    level: Level
    side: Side
    limit_value: float | None  # that was passed, in the point's unit; None: written before it was kept
    counted_by: int = 0  # number of the cumulative rule that adds it up; 0: a single event
    started_at: datetime
    ended_at: datetime | None  # None: still out
    raised_at: datetime | None  # None: shorter than its delay, a record without an alarm
    peak: float
    peak_at: datetime
    known_s: float
    unknown_s: float

    @property
    def series(self) -> tuple[int, int, Level, Side, int]:
        """Episodes of one series never overlap."""
        return self.rule_id, self.zone_id, self.level, self.side, self.counted_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An episode as it is stored."""

    id: int
    point_id: int
    rule_id: int
    zone_id: int
    level: Level
    side: Side
    limit_value: float | None
    counted_by: int
    started_at: datetime
    ended_at: datetime | None
    raised_at: datetime | None
    detected_at: datetime
    late: bool  # found in readings that came late
    peak: float
    peak_at: datetime
    known_s: float
    unknown_s: float
    excursion_id: int | None
    anchored_at: datetime | None  # a reading out, from which on it can be counted without those before
    anchored_known_s: float
    anchored_unknown_s: float
    withdrawn_at: datetime | None  # late readings showed otherwise
    version: int
    end_reason: str | None = None  # sensor_lost: QA ended it, signed, with the worst case; None: readings did
    end_signature_id: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", Level(self.level))
        object.__setattr__(self, "side", Side(self.side))

    @property
    def judged(self) -> Judged:
        """What the readings said when it was last written."""
        return Judged(**{name: getattr(self, name) for name in Judged.__slots__})

    @property
    def is_alarming(self) -> bool:
        """Raised and still out."""
        return self.raised_at is not None and self.ended_at is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    id: int
    number: str
    zone_id: int
    condition: Condition
    status: ExcursionStatus
    started_at: datetime
    ended_at: datetime | None
    opened_at: datetime
    late: bool
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    evidence: Mapping[str, Any] | None
    signature_id: int | None
    closed_at: datetime | None
    version: int
    assessment: Mapping[str, Any] | None = None  # the advice that QA saw when signing

    def __post_init__(self) -> None:
        object.__setattr__(self, "condition", Condition(self.condition))
        object.__setattr__(self, "status", ExcursionStatus(self.status))

    @property
    def hold_cause(self) -> str:
        """What its holds on lots are known by."""
        return f"excursion:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedLot:
    """A lot that stood there while it was out, and what QA decided about it."""

    excursion_id: int
    lot_id: int
    exposed_from: datetime
    exposed_to: datetime | None  # None: it is still there, and it is still out
    exposure_s: float
    disposition: Disposition | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    signature_id: int | None

    def __post_init__(self) -> None:
        if self.disposition is not None:
            object.__setattr__(self, "disposition", Disposition(self.disposition))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What QA decides about one lot."""

    lot_id: int
    disposition: Disposition
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    id: int
    number: str
    status: DeviationStatus
    severity: Severity | None
    title_en: str
    title_zh: str
    description: str
    root_cause: str
    other_batches: str
    reported_by: str | None
    reported_at: datetime | None
    classified_by: str | None
    excursion_id: int | None
    occurred_at: datetime
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    signature_id: int | None
    version: int
    immediate_action: str = ""
    investigation: str = ""  # the report of the departments
    departments: list[str] = field(default_factory=list)  # that took part in it
    extra_tests: str = ""  # whether more tests or stability data are needed
    no_capa_why: str = ""  # why a major one needs no CAPA
    due_on: date | None = None  # of its closing

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", DeviationStatus(self.status))
        if self.severity is not None:
            object.__setattr__(self, "severity", Severity(self.severity))

    @property
    def hold_cause(self) -> str:
        """What its holds on lots are known by."""
        return f"deviation:{self.id}"

    def is_late(self, today: date) -> bool:
        """Whether its day is over in the plant's calendar and it is not."""
        over = self.status in {DeviationStatus.CLOSED, DeviationStatus.VOID}
        return not over and self.due_on is not None and today > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLot:
    """A lot that a deviation is about, and what QA decided about it."""

    deviation_id: int
    lot_id: int
    disposition: Disposition | None
    reason: str
    named_by: str
    named_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    def __post_init__(self) -> None:
        if self.disposition is not None:
            object.__setattr__(self, "disposition", Disposition(self.disposition))
