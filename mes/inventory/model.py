"""Lots, where they stand, and the holds on them.

Quality status is what QA decided. Expiry and holds are not statuses: they are facts beside it, so that lifting one
never forgets another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class QualityStatus(StrEnum):
    QUARANTINE = "quarantine"  # received or made, not judged yet
    RELEASED = "released"  # may be used
    REJECTED = "rejected"  # may only be returned or destroyed


class Unusable(StrEnum):
    """Why a lot may not be used, in the order in which a person should hear it."""

    NOT_RELEASED = "not_released"
    ON_HOLD = "on_hold"
    EXPIRED = "expired"
    NO_EXPIRY = "no_expiry"  # its item expires, and nobody has said when this lot does
    RETEST_DUE = "retest_due"  # its day of retest is over, and no new result has moved it


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    id: int
    code: str
    kind: str  # raw, packaging, reagent, product
    name_en: str
    name_zh: str
    unit: str
    policy: str | None  # how it must be stored
    expires: bool  # False: a lot of it without a date of expiry may be used

    @property
    def is_bought(self) -> bool:
        """Whether it comes from suppliers: all but what the plant makes."""
        return self.kind != "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    id: int
    number: str
    item_id: int
    item: str  # the item's code
    item_en: str
    item_zh: str
    item_expires: bool
    quality_status: QualityStatus
    quantity: Decimal  # what is left of it in the plant
    unit: str
    received_at: datetime
    expires_on: date | None  # last day of use in the plant's calendar; None: does not expire, or see `item_expires`
    version: int
    active_holds: int
    reserved: Decimal = Decimal(0)  # of what is left, for batches
    supplier: str | None = None  # code; None: made here, or opening stock
    supplier_lot: str = ""  # the supplier's own number
    coa: str = ""  # reference of the certificate of analysis
    manufactured_on: date | None = None
    retest_on: date | None = None  # last day of use without a new test
    assay_pct: Decimal | None = None  # content found by analysis
    gtin: str | None = None  # 14 digits

    def __post_init__(self) -> None:
        object.__setattr__(self, "quality_status", QualityStatus(self.quality_status))

    @property
    def last_day(self) -> date | None:
        """The earlier of expiry and retest; None: neither is set."""
        return min((day for day in (self.expires_on, self.retest_on) if day is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    id: int
    lot_id: int
    cause: str  # excursion:7, deviation:3, manual:...
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    signature_id: int | None

    @property
    def active(self) -> bool:
        """Whether it still blocks its lot."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """So much of a lot stood in a zone in [from_time, to_time); None: it still does."""

    id: int
    lot_id: int
    zone_id: int
    quantity: Decimal
    from_time: datetime
    to_time: datetime | None
    moved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one lot had of a time in a zone."""

    lot_id: int
    number: str
    item: str
    exposed_from: datetime
    exposed_to: datetime | None  # None: it still stands there, and the time is not over
    exposure_s: float  # how long it stood there, counted once however many of its parts did


def exposure(
    lot: Lot, standings: Iterable[Standing], start: datetime, end: datetime | None, now: datetime
) -> Exposure | None:
    """What the lot had of [start, end) while parts of it stood in the zones of `standings`; None: nothing.

    Half open on both sides: who leaves when it starts, or comes when it ends, was not there. With `end` None the time
    is not over, and what is not over is counted up to `now`.
    """
    overlaps = [(max(s.from_time, start), _earlier(s.to_time, end)) for s in standings]
    there = [(a, b) for a, b in overlaps if b is None or a < b]
    if not there:
        return None
    ends = [b for _, b in there]
    return Exposure(
        lot_id=lot.id,
        number=lot.number,
        item=lot.item,
        exposed_from=min(a for a, _ in there),
        exposed_to=None if None in ends else max(b for b in ends if b is not None),
        exposure_s=_covered([(a, now if b is None else b) for a, b in there]).total_seconds(),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends; None is never."""
    known = [end for end in (one, other) if end is not None]
    return min(known) if known else None


def _covered(spans: Collection[tuple[datetime, datetime]]) -> timedelta:
    """Length of the union of spans."""
    total, reached = timedelta(), None
    for a, b in sorted(spans):
        begin = a if reached is None else max(a, reached)
        total += max(b - begin, timedelta())
        reached = b if reached is None else max(b, reached)
    return total
