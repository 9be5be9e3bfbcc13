"""A gauge, how its calibration stands, and what a certificate says of it in one word. Pure.

Its certificates are those of its instrument (`mes.sensors`); this slice adds what a thing in a drawer needs: where it
is kept, how often it is calibrated, in which range it may be used, and what was measured with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mes.sensors.model import CalibrationState, Certificate, Standing


class GaugeKind(StrEnum):
    THERMOMETER = "thermometer"
    PRESSURE = "pressure"
    LENGTH = "length"
    TORQUE = "torque"
    WEIGHT = "weight"  # a test weight
    SCALE = "scale"
    TIME = "time"
    ELECTRICAL = "electrical"
    OTHER = "other"


class GaugeStatus(StrEnum):
    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    LOST = "lost"


class Outcome(StrEnum):
    """What a calibration found."""

    PASSED = "pass"
    ADJUSTED = "adjusted"  # within tolerance, and changed all the same
    FAIL_AS_FOUND = "fail_as_found"  # beyond it when it came: what was measured since the last good one is in doubt


class Unfit(StrEnum):
    """What speaks against measuring with it, as the guard that failed."""

    SERVICE = "gauge_is_in_service"
    CALIBRATED = "gauge_is_in_calibration"
    RANGE = "value_is_in_gauge_range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    id: int
    instrument_id: int
    serial: str
    model: str
    unit: str  # UCUM
    kind: GaugeKind
    name_en: str
    name_zh: str
    place: str
    low: Decimal | None
    high: Decimal | None
    interval_months: int
    status: GaugeStatus
    reason: str
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", GaugeKind(self.kind))
        object.__setattr__(self, "status", GaugeStatus(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeUse:
    """Something was measured with it."""

    id: int
    gauge_id: int
    record_type: str
    record_id: str
    label: str
    value: Decimal | None
    used_at: datetime
    recorded_at: datetime
    actor: str


def outcome(paper: Certificate, *, changed: bool) -> Outcome:
    """What a certificate says; `changed`: some as-left error differs from its as-found one."""
    if not paper.was_found_good:
        return Outcome.FAIL_AS_FOUND
    return Outcome.ADJUSTED if changed else Outcome.PASSED


def unfit(gauge: Gauge, state: CalibrationState, value: Decimal | None = None) -> list[Unfit]:
    """Why it may not be measured with; one that is due soon may. No certificate counts as not calibrated."""
    against = [] if gauge.status is GaugeStatus.IN_SERVICE else [Unfit.SERVICE]
    if state.standing not in {Standing.VALID, Standing.DUE}:
        against.append(Unfit.CALIBRATED)
    low = value is not None and gauge.low is not None and value < gauge.low
    high = value is not None and gauge.high is not None and value > gauge.high
    return [*against, Unfit.RANGE] if low or high else against


def next_due(calibrated_on: date, months: int) -> date:
    """The last day that a calibration of that day is good for, by the gauge's interval."""
    month = calibrated_on.month - 1 + months
    year, month = calibrated_on.year + month // 12, month % 12 + 1
    day = calibrated_on.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:  # the 31st of a shorter month
            day -= 1
