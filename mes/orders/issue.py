"""Whether a scanned lot may go into a batch: every reason against it, in the order in which a person should hear it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from mes.inventory import fefo
from mes.inventory.model import Lot, why_unusable
from mes.orders.model import Material


class Against(StrEnum):
    BATCH_NOT_RUNNING = "batch_not_running"
    UNKNOWN_LOT = "unknown_lot"
    WRONG_ITEM = "wrong_item"  # no line of the order asks for it
    NOT_RELEASED = "not_released"
    ON_HOLD = "on_hold"
    EXPIRED = "expired"
    NO_EXPIRY = "no_expiry"
    INSUFFICIENT = "insufficient"  # less is left of the lot, or of what stands at one place
    OVER_TOLERANCE = "over_tolerance"  # more than the order asks for
    NOT_FEFO = "not_fefo"  # another lot expires earlier: a warning


WARNINGS = frozenset({Against.NOT_FEFO})
"""What is said and kept, and does not stop the issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What is known at the moment of a scan."""

    running: bool  # whether the batch is in execution and its order not on hold
    lot: Lot | None
    at_hand: Decimal  # the most that stands of it at one place
    quantity: Decimal
    material: Material | None  # the order's line for the lot's item
    issued: Decimal  # of that item into this batch so far
    others: Sequence[Lot]  # lots of the same item


def check_issue(scan: Scan, at: datetime, plant_zone: ZoneInfo) -> list[Against]:
    """All reasons against it in the order of `Against`; the issue may be made when all of them are warnings."""
    reasons = [] if scan.running else [Against.BATCH_NOT_RUNNING]
    if scan.lot is None:
        return [*reasons, Against.UNKNOWN_LOT]
    unusable = {Against(reason) for reason in why_unusable(scan.lot, at, plant_zone)}
    against = {
        Against.WRONG_ITEM: scan.material is None,
        **{reason: reason in unusable for reason in Against if reason in _OF_THE_LOT},
        Against.INSUFFICIENT: scan.quantity > scan.at_hand,
        Against.OVER_TOLERANCE: scan.material is not None and scan.issued + scan.quantity > scan.material.most,
        Against.NOT_FEFO: bool(fefo.before(scan.others, scan.lot, at, plant_zone)),
    }
    return reasons + [reason for reason, holds in against.items() if holds]


_OF_THE_LOT = (Against.NOT_RELEASED, Against.ON_HOLD, Against.EXPIRED, Against.NO_EXPIRY)
