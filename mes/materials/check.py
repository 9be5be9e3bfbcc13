"""Whether a scanned lot may go into a batch: every reason against it, in the order in which a person should hear it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from mes.inventory import fefo
from mes.inventory.model import Lot, Unusable
from mes.inventory.usable import why_unusable
from mes.materials.model import Line
from mes.recipes.document import FefoPolicy


class Against(StrEnum):
    BATCH_NOT_RUNNING = "batch_not_running"
    WRONG_ITEM = "wrong_item"  # no line of the order asks for it
    UNKNOWN_LOT = "unknown_lot"
    LABEL_MISMATCH = "label_mismatch"  # the label says another item or last day than the record of the lot
    NOT_RELEASED = "not_released"
    ON_HOLD = "on_hold"
    EXPIRED = "expired"
    NO_EXPIRY = "no_expiry"
    RETEST_DUE = "retest_due"
    MIN_LIFE = "min_life"  # it would not last as long as the line asks
    WRONG_LOCATION = "wrong_location"  # none of it stands there
    NOT_DISPENSED = "not_dispensed"  # the line asks for a container that was weighed and verified for this batch
    IN_EXCURSION_ZONE = "in_excursion_zone"  # an excursion is under way where it stands: a warning
    NOT_FEFO = "not_fefo"  # another lot expires earlier
    INSUFFICIENT = "insufficient"  # less is left of it there, or free of reservations
    OVER_TOLERANCE = "over_tolerance"  # more than the line allows
    SCALE_NOT_CALIBRATED = "scale_not_calibrated"  # or its daily check is missing
    SAME_PERSON = "same_person"  # who weighed may not verify


OVERRIDDEN = frozenset({Against.NOT_FEFO, Against.OVER_TOLERANCE})
"""What a line lead or quality assurance may sign away, with a reason; it becomes an exception of the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What is known at the moment of a scan. Quantities in the item's unit."""

    running: bool  # whether the batch is in execution and its order not on hold
    lot: Lot | None
    line: Line | None  # the order's line for the lot's item
    quantity: Decimal  # of the lot
    counts_as: Decimal  # of the line: the same, unless its target is adjusted by the assay
    at_hand: Decimal  # the most that stands of it at one place, or in the container
    free: Decimal  # what of it is not reserved for others
    others: Sequence[Lot]  # lots of the same item
    stands_there: bool = True  # at the place where it was scanned
    label_agrees: bool = True
    dispensed: bool = False  # it comes in a container weighed and verified for this batch
    excursion_there: bool = False
    scale_trusted: bool = True
    same_person: bool = False


def check_issue(scan: Scan, at: datetime, plant_zone: ZoneInfo) -> list[Against]:
    """All reasons against it in the order of `Against`; it may be done when `hard` leaves none of them."""
    against = set() if scan.running else {Against.BATCH_NOT_RUNNING}
    if scan.lot is None:
        return _ordered(against | {Against.UNKNOWN_LOT})
    against |= {Against(reason) for reason in why_unusable(scan.lot, at, plant_zone)}
    told = {
        Against.WRONG_ITEM: scan.line is None,
        Against.LABEL_MISMATCH: not scan.label_agrees,
        Against.WRONG_LOCATION: not scan.stands_there,
        Against.IN_EXCURSION_ZONE: scan.excursion_there,
        Against.INSUFFICIENT: scan.stands_there and scan.quantity > min(scan.at_hand, scan.free),
        Against.SCALE_NOT_CALIBRATED: not scan.scale_trusted,
        Against.SAME_PERSON: scan.same_person,
    }
    against |= {reason for reason, holds in told.items() if holds}
    if scan.line is not None:
        against |= _of_line(scan, scan.lot, scan.line, at, plant_zone)
    return _ordered(against)


def hard(against: Sequence[Against], line: Line | None, *, overridden: bool = False) -> list[Against]:
    """What stops it: all but an excursion nearby, an order of expiry the line only warns of, and what is signed."""
    soft = {Against.IN_EXCURSION_ZONE} | (OVERRIDDEN if overridden else set())
    if line is not None and line.fefo is FefoPolicy.WARN:
        soft.add(Against.NOT_FEFO)
    return [reason for reason in against if reason not in soft]


def _of_line(scan: Scan, lot: Lot, line: Line, at: datetime, plant_zone: ZoneInfo) -> set[Against]:
    until = at.astimezone(plant_zone).date() + timedelta(days=line.min_remaining_days)
    over = {Unusable.EXPIRED, Unusable.RETEST_DUE}.intersection(why_unusable(lot, at, plant_zone))
    earlier = fefo.before(scan.others, lot, at, plant_zone, min_remaining_days=line.min_remaining_days)
    told = {
        Against.MIN_LIFE: lot.last_day is not None and lot.last_day < until and not over,
        Against.NOT_DISPENSED: line.dispense and not scan.dispensed,
        Against.NOT_FEFO: line.fefo is not FefoPolicy.OFF and not scan.dispensed and bool(earlier),
        Against.OVER_TOLERANCE: line.net + scan.counts_as > line.high,
    }
    return {reason for reason, holds in told.items() if holds}


def _ordered(against: set[Against]) -> list[Against]:
    return [reason for reason in Against if reason in against]
