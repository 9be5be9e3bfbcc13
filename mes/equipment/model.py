"""A machine's status label and what speaks against starting a batch on it (GMP 2010, articles 84, 87, 88). Pure.

Clean is not a status that somebody sets: it is the last checked cleaning, if nothing dirtied the machine since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mes.plant.model import Equipment, EquipmentStatus

DIRTIES = frozenset(
    {
        EquipmentStatus.IN_USE,
        EquipmentStatus.TO_CLEAN,
        EquipmentStatus.CLEANING,
        EquipmentStatus.UNDER_MAINTENANCE,
        EquipmentStatus.OUT_OF_SERVICE,
    }
)


WORKING = frozenset({EquipmentStatus.READY, EquipmentStatus.IN_USE, EquipmentStatus.TO_CLEAN, EquipmentStatus.CLEANING})
"""Nothing is wrong with the machine itself."""


class Against(StrEnum):
    """What speaks against a start, as the guard that failed; in the order in which a person should hear it."""

    WORKS = "machine_works"  # it is under maintenance, out of service or retired
    FREE = "machine_is_free"  # another batch runs on it
    CALIBRATED = "machine_is_in_calibration"  # a measuring point of it is overdue
    CLEAN = "machine_is_clean"
    CLEAN_HOLD = "clean_hold_time_lasts"  # it was cleaned too long ago


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A change of a machine's status."""

    id: int
    equipment_id: int
    status: EquipmentStatus
    batch_id: int | None
    reason: str
    changed_by: str
    changed_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", EquipmentStatus(self.status))

    def is_use_by(self, batch_id: int) -> bool:
        """Whether this batch uses the machine from here on."""
        return self.status is EquipmentStatus.IN_USE and self.batch_id == batch_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    id: int
    equipment_id: int
    method: str  # instruction, agent, level
    started_by: str
    started_at: datetime
    finished_by: str | None
    finisher_id: int | None
    finished_at: datetime | None
    signature_id: int | None
    checked_by: str | None  # another person
    checked_at: datetime | None
    check_signature_id: int | None
    passed: bool | None
    remark: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The status label that hangs on a machine (GMP 2010, article 87)."""

    machine: Equipment
    batch_id: int | None  # that it is used for, or that left it dirty
    clean_since: datetime | None  # None: it is not clean
    overdue: tuple[str, ...]  # names of its points whose calibration is overdue

    def clean_until(self, hold_h: Decimal | None) -> datetime | None:
        """When its cleanliness ends; None: it is not clean, or no time is set."""
        if self.clean_since is None or hold_h is None:
            return None
        return self.clean_since + timedelta(hours=float(hold_h))


def label_of(
    machine: Equipment, log: Iterable[LogEntry], cleanings: Iterable[Cleaning], overdue: Iterable[str] = ()
) -> Label:
    """From a machine's history, oldest first in both."""
    entries = list(log)
    used = [entry for entry in entries if entry.batch_id is not None]
    dirtied = max((e.changed_at for e in entries if e.status in DIRTIES), default=None)
    checked = [c for c in cleanings if c.passed and c.finished_at is not None]
    clean = max((c.finished_at for c in checked if c.finished_at is not None), default=None)
    is_clean = clean is not None and (dirtied is None or dirtied <= clean)
    in_the_making = machine.status in {EquipmentStatus.IN_USE, EquipmentStatus.TO_CLEAN, EquipmentStatus.CLEANING}
    return Label(
        machine=machine,
        batch_id=used[-1].batch_id if used and in_the_making else None,
        clean_since=clean if is_clean and not in_the_making else None,
        overdue=tuple(overdue),
    )


def against_start(
    label: Label, at: datetime, *, batch_id: int | None, clean: bool, clean_hold_h: Decimal | None
) -> list[Against]:
    """Every reason against starting now. `clean`: the operation asks for a clean machine."""
    status, own = label.machine.status, label.batch_id is not None and label.batch_id == batch_id
    dirty = status is EquipmentStatus.CLEANING or (status is EquipmentStatus.TO_CLEAN and not own)
    until = label.clean_until(clean_hold_h)
    failed = {
        Against.WORKS: status not in WORKING,
        Against.FREE: status is EquipmentStatus.IN_USE and not own,
        Against.CALIBRATED: bool(label.overdue),
        Against.CLEAN: dirty or (clean and label.clean_since is None and not (own and status == "in_use")),
        Against.CLEAN_HOLD: clean and until is not None and at > until,
    }
    return [reason for reason, holds in failed.items() if holds]
