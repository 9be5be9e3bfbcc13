"""What was ordered from a supplier, line by line, and how much of it has come. Pure.

An order is written and priced in the purchasing system; here its lines are what the warehouse waits for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

OVER_DELIVERY = Decimal("1.1")
"""So much of what was ordered is received without a note: 10 % more is a supplier's usual tolerance."""


class State(StrEnum):
    DUE = "due"  # nothing has come
    PARTLY = "partly"  # some of it
    RECEIVED = "received"  # as much as was ordered, or more
    CLOSED = "closed"  # by hand: nothing more will come


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A line of a purchase order as it is imported."""

    order_number: str
    line: str
    item: str  # code
    supplier: str  # code
    quantity: Decimal
    unit: str
    due_on: date

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same line when it comes again."""
        return self.order_number, self.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A line that is on record here."""

    id: int
    order_number: str
    line: str
    item_id: int
    item: str  # code
    item_en: str
    item_zh: str
    supplier: str  # code
    supplier_name: str
    quantity: Decimal  # ordered
    received: Decimal  # sum of the lots that came
    unit: str
    due_on: date
    imported_by: str
    imported_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    close_reason: str
    version: int

    @property
    def code(self) -> str:
        """As people scan or type it: order/line."""
        return f"{self.order_number}/{self.line}"

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.closed_at is not None:
            return State.CLOSED
        if self.received >= self.quantity:
            return State.RECEIVED
        return State.PARTLY if self.received else State.DUE

    @property
    def missing(self) -> Decimal:
        """What has not come of it; 0 where it all has."""
        return max(self.quantity - self.received, Decimal(0))

    def is_late(self, today: date) -> bool:
        """Whether something of it should have been here before today."""
        return self.state in {State.DUE, State.PARTLY} and self.due_on < today

    def is_same(self, ordered: Ordered) -> bool:
        """Whether an import says nothing new of it."""
        return all(getattr(self, name) == getattr(ordered, name) for name in CHANGEABLE)

    def exceeded_by(self, quantity: Decimal) -> bool:
        """Whether so much more would be beyond the tolerance."""
        return self.received + quantity > self.quantity * OVER_DELIVERY


CHANGEABLE = ("item", "supplier", "quantity", "unit", "due_on")
"""What a later import may say anew of a line, as long as nothing has come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A lot that came of a line."""

    line_id: int
    lot_id: int
    number: str  # of the lot
    quantity: Decimal
    note: str
    arrived_at: datetime
    actor: str


class Fault(StrEnum):
    """What is wrong with a row of an import."""

    MISSING = "missing"  # a cell that must be filled
    TOO_LONG = "too_long"
    NOT_A_QUANTITY = "not_a_quantity"
    NOT_A_DAY = "not_a_day"
    TWICE = "twice"  # the same order line stands in this import already
    UNKNOWN_ITEM = "unknown_item"
    NOT_BOUGHT = "not_bought"  # the plant makes this item itself
    UNKNOWN_SUPPLIER = "unknown_supplier"
    OTHER_UNIT = "other_unit"  # than the item's
    LINE_CLOSED = "line_closed"
    ALREADY_CAME = "already_came"  # goods have come: another item or supplier would be another line
    BELOW_RECEIVED = "below_received"  # less than what has come


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of an import."""

    row: int  # of the file, from 1 with its header; of a list, from 1
    column: str
    fault: Fault
    said: str


def contradiction(known: Expected, ordered: Ordered) -> tuple[str, Fault, str] | None:
    """Column, fault and value that speak against changing a known line so; None: it may be changed."""
    if known.is_same(ordered):
        return None
    if known.closed_at is not None:
        return "line", Fault.LINE_CLOSED, ordered.line
    if known.received:
        for column in ("item", "supplier"):
            if getattr(known, column) != getattr(ordered, column):
                return column, Fault.ALREADY_CAME, getattr(ordered, column)
    if ordered.quantity < known.received:
        return "quantity", Fault.BELOW_RECEIVED, str(ordered.quantity)
    return None
