"""Whether a lot may be used: the one judge, for picking, issue, weighing, pages and shipments alike.

Days turn at the plant's midnight. A lot may be used to the end of its last day.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mes.inventory.model import Lot, QualityStatus, Unusable


def why_unusable(lot: Lot, at: datetime, plant_zone: ZoneInfo) -> list[Unusable]:
    """All reasons against using the lot at that moment, in the order of `Unusable`; none: it is usable."""
    against = {
        Unusable.NOT_RELEASED: lot.quality_status is not QualityStatus.RELEASED,
        Unusable.ON_HOLD: lot.active_holds > 0,
        Unusable.EXPIRED: is_over(lot.expires_on, at, plant_zone),
        Unusable.NO_EXPIRY: lot.last_day is None and lot.item_expires,
        Unusable.RETEST_DUE: is_over(lot.retest_on, at, plant_zone),
    }
    return [reason for reason, holds in against.items() if holds]


def usable(lot: Lot, at: datetime, plant_zone: ZoneInfo) -> bool:
    """Whether something of the lot is left and may be used at that moment."""
    return lot.quantity > 0 and not why_unusable(lot, at, plant_zone)


def is_over(last_day: date | None, at: datetime, plant_zone: ZoneInfo) -> bool:
    """Whether the last day is over in the plant's calendar. Nobody else decides this."""
    return last_day is not None and at.astimezone(plant_zone).date() > last_day


def days_left(lot: Lot, at: datetime, plant_zone: ZoneInfo) -> int | None:
    """Whole days to the lot's last day, 0 on that day; None: it has none."""
    return None if lot.last_day is None else (lot.last_day - at.astimezone(plant_zone).date()).days
