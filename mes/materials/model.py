"""A batch's materials: what its lines ask for, what went into it and came back, in the unit of the item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mes.inventory.model import Item, Lot
from mes.recipes.document import FefoPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """So much of a lot went into a batch."""

    id: int
    batch_id: int
    lot_id: int
    quantity: Decimal
    unit: str
    issued_by: str
    issued_at: datetime
    idempotency_key: str
    line: int | None  # of the order; None: from before lines had numbers
    container_id: int | None
    step_id: int | None
    warnings: list[str]  # that were told and did not stop it
    override_reason: str
    signature_id: int | None  # of who overrode
    returned: Decimal  # so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """So much of an issue was not used and went back."""

    id: int
    issue_id: int
    quantity: Decimal
    zone_id: int
    reason: str
    returned_by: str
    returned_at: datetime
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the order's bill of materials, and how far its batch is with it."""

    number: int  # 10, 20, 30
    item: Item
    required: Decimal
    over_pct: Decimal
    under_pct: Decimal
    fefo: FefoPolicy
    min_remaining_days: int
    dispense: bool
    assay_adjusted: bool
    step: str | None  # `operation/step` that issues it; None: any time
    issued: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)

    @property
    def unit(self) -> str:
        """The item's."""
        return self.item.unit

    @property
    def net(self) -> Decimal:
        """What stays in the batch."""
        return self.issued - self.returned

    @property
    def low(self) -> Decimal:
        """What the batch must have at the end; less is an exception."""
        return self.required * (1 - self.under_pct / 100)

    @property
    def high(self) -> Decimal:
        """What it may have at most."""
        return self.required * (1 + self.over_pct / 100)

    @property
    def open(self) -> Decimal:
        """What is still asked for."""
        return max(self.required - self.net, Decimal(0))

    @property
    def is_short(self) -> bool:
        """Whether less than its tolerance allows is in the batch."""
        return self.net < self.low


def weighed_as(quantity: Decimal, lot: Lot, *, assay_adjusted: bool) -> Decimal:
    """What must be weighed of a lot for so much of the pure item: quantity * 100 / assay%, where the line says so.

    A lot without an assay is taken as it is.
    """
    if not assay_adjusted or lot.assay_pct is None:
        return quantity
    return (quantity * 100 / lot.assay_pct).quantize(Decimal("0.000001"))


def to_weigh(line: Line, lot: Lot) -> Decimal:
    """What of a lot fills what is still open of a line."""
    return weighed_as(line.open, lot, assay_adjusted=line.assay_adjusted)


def pure_of(quantity: Decimal, lot: Lot, *, assay_adjusted: bool) -> Decimal:
    """What of the pure item so much of a lot counts as."""
    if not assay_adjusted or lot.assay_pct is None:
        return quantity
    return (quantity * lot.assay_pct / 100).quantize(Decimal("0.000001"))
