"""Instruments, where they serve and what certificates say of them; pure rules about both.

Dates are days of the plant's calendar. An error is what the instrument shows minus what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mes.alarms.model import Priority

NOTICE_DAYS = (90, 30, 0)
"""How long before a calibration is due people are told, where no policy says otherwise."""


class Standing(StrEnum):
    """What may be said of a reading's calibration."""

    VALID = "valid"
    DUE = "due"  # good, and to be calibrated soon
    OVERDUE = "overdue"  # its last good day is over
    FAILED = "failed"  # left beyond its tolerance by the last calibration
    UNKNOWN = "unknown"  # no instrument is recorded, or no signed certificate of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A physical sensor."""

    id: int
    serial: str
    model: str
    unit: str  # UCUM
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An instrument served a point in [from_time, to_time); None: it still does."""

    id: int
    instrument_id: int
    point_id: int
    from_time: datetime
    to_time: datetime | None
    recorded_at: datetime
    recorded_by: str
    reason: str
    withdrawn_at: datetime | None  # recorded in error


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePoint:
    """One line of a certificate, in the instrument's unit."""

    certificate_id: int
    place: int
    applied: Decimal
    as_found: Decimal | None  # error before adjustment; None: it was new
    as_left: Decimal  # error after it
    uncertainty: Decimal  # expanded, k = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate as it was entered; it never changes. `signature_id` and `superseded_by` are facts about it."""

    id: int
    number: str
    laboratory: str
    instrument_id: int
    calibrated_on: date
    due_on: date  # last day it is good for
    tolerance: Decimal
    supersedes_id: int | None
    supersede_reason: str
    entered_at: datetime
    entered_by: str
    worst_found: Decimal | None  # largest as-found error, without its sign; None: nothing was found before adjustment
    worst_left: Decimal
    signature_id: int | None
    superseded_by: int | None
    successor_signed: bool
    file_name: str | None
    sha256: str | None

    @property
    def was_found_good(self) -> bool:
        """Whether readings before it may be trusted. At the tolerance is within it."""
        return self.worst_found is None or self.worst_found <= self.tolerance

    @property
    def was_left_good(self) -> bool:
        """Whether readings after it may be trusted."""
        return self.worst_left <= self.tolerance

    @property
    def counts(self) -> bool:
        """Signed, and no signed one has taken its place."""
        return self.signature_id is not None and not self.successor_signed


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationState:
    """What may be said of one point's readings at a moment."""

    point_id: int
    standing: Standing
    instrument_id: int | None = None
    serial: str | None = None
    certificate_id: int | None = None
    certificate: str | None = None  # its number
    due_on: date | None = None
    days_left: int | None = None  # until the last good day; negative: that day is over
    notice_days: tuple[int, ...] = NOTICE_DAYS  # how long before that day people are told, by what holds at the point

    @property
    def is_trusted(self) -> bool:
        """Whether a release may rest on its readings."""
        return self.standing in {Standing.VALID, Standing.DUE}


def latest(certificates: Iterable[Certificate], on: date) -> Certificate | None:
    """The certificate that counts on a day: of those signed, calibrated by then, the newest."""
    known = [c for c in certificates if c.counts and c.calibrated_on <= on]
    return max(known, key=lambda c: (c.calibrated_on, c.id), default=None)


def last_good(certificates: Iterable[Certificate], before: date) -> Certificate | None:
    """The newest certificate from before a day that left its instrument within tolerance."""
    known = [c for c in certificates if c.counts and c.calibrated_on < before and c.was_left_good]
    return max(known, key=lambda c: (c.calibrated_on, c.id), default=None)


def state_of(
    point_id: int,
    instrument: Instrument | None,
    certificates: Iterable[Certificate],
    on: date,
    notice_days: Sequence[int] = NOTICE_DAYS,
) -> CalibrationState:
    """What may be said of a point on a day, served by this instrument with these certificates."""
    found = latest(certificates, on) if instrument else None
    if instrument is None or found is None:
        served_by = (instrument.id, instrument.serial) if instrument else (None, None)
        return CalibrationState(
            point_id=point_id,
            standing=Standing.UNKNOWN,
            instrument_id=served_by[0],
            serial=served_by[1],
            notice_days=tuple(notice_days),
        )
    days_left = (found.due_on - on).days
    return CalibrationState(
        point_id=point_id,
        standing=_standing(found, days_left, max(notice_days, default=0)),
        instrument_id=instrument.id,
        serial=instrument.serial,
        certificate_id=found.id,
        certificate=found.number,
        due_on=found.due_on,
        days_left=days_left,
        notice_days=tuple(notice_days),
    )


def _standing(found: Certificate, days_left: int, notice_days: int) -> Standing:
    if not found.was_left_good:
        return Standing.FAILED
    if days_left < 0:
        return Standing.OVERDUE
    return Standing.DUE if days_left <= notice_days else Standing.VALID


def priority_of(state: CalibrationState) -> Priority | None:
    """How soon someone must see to a calibration; None: not yet.

    A notice before the day makes nothing abnormal; from the day on, what is read is no longer backed by a certificate.
    """
    if state.standing is Standing.FAILED:
        return Priority.HIGH
    if state.days_left is None or state.days_left > max(state.notice_days, default=0):
        return None
    return Priority.MEDIUM if state.days_left <= 0 else Priority.LOW
