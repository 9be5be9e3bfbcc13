"""A CSV file of purchase order lines in, its rows and every mistake in them out. Pure.

The header names the columns, in English or Chinese, in any order; comma, semicolon or tab divide them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from mes.purchasing.model import Fault, Mistake, Ordered
from telemetry.errors import Invalid

LONGEST = 100  # characters of a cell
MOST_ROWS = 5_000
_LARGEST, _FINEST = Decimal(10) ** 14, -6
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
HEADS: Mapping[str, tuple[str, ...]] = {
    "order_number": ("order number", "purchase order", "po", "订单号", "采购订单号"),
    "line": ("order line", "行号", "行"),
    "item": ("item code", "物料编码", "物料代码"),
    "supplier": ("supplier code", "供应商编码", "供应商代码"),
    "quantity": ("qty", "数量"),
    "unit": ("uom", "单位"),
    "due_on": ("due date", "due", "到货日期", "交货日期"),
}


class OrderFileUnreadable(Invalid):
    """This is no table of order lines: save it as CSV, at most 5,000 rows."""


class OrderColumnsMissing(Invalid):
    """The first row must name these columns: order number, line, item code, supplier code, quantity, unit, due date."""


@dataclass(slots=True)
class Sheet:
    """What a file holds: rows by their number in the file, and what is wrong with the others."""

    rows: dict[int, Ordered] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


def read_orders(content: bytes) -> Sheet:
    """Read a file. Raises OrderFileUnreadable, OrderColumnsMissing."""
    lines = _text(content).splitlines()
    head = lines[0] if lines else ""
    try:
        rows = list(csv.reader(lines, delimiter=max(",;\t", key=head.count), strict=True))
    except csv.Error as wrong:
        raise OrderFileUnreadable(detail=str(wrong)) from wrong
    if not 1 < len(rows) <= MOST_ROWS + 1:
        raise OrderFileUnreadable(rows=len(rows))
    places, sheet = _places(rows[0]), Sheet()
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
            _read(number, cells, sheet)
    if not sheet.rows and not sheet.mistakes:
        raise OrderFileUnreadable(rows=0)
    return sheet


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # what spreadsheets of a Chinese office write
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one
    raise OrderFileUnreadable(bytes=len(content))


def _places(head: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().lower().replace("_", " ") for cell in head]
    found = {}
    for column, others in HEADS.items():
        known = (column.replace("_", " "), *others)
        at = next((n for n, name in enumerate(names) if name in known), None)
        if at is not None:
            found[column] = at
    if missing := HEADS.keys() - found.keys():
        raise OrderColumnsMissing(looked_for=", ".join(sorted(missing)))
    return found


def _read(number: int, cells: Mapping[str, str], sheet: Sheet) -> None:
    found = [Mistake(number, name, Fault.MISSING, "") for name, cell in cells.items() if not cell]
    found += [Mistake(number, name, Fault.TOO_LONG, cell[:20]) for name, cell in cells.items() if len(cell) > LONGEST]
    quantity, due_on = _quantity(cells["quantity"]), _day(cells["due_on"])
    if quantity is None and cells["quantity"]:
        found.append(Mistake(number, "quantity", Fault.NOT_A_QUANTITY, cells["quantity"][:LONGEST]))
    if due_on is None and cells["due_on"]:
        found.append(Mistake(number, "due_on", Fault.NOT_A_DAY, cells["due_on"][:LONGEST]))
    sheet.mistakes += found
    if not found and quantity is not None and due_on is not None:
        words = {name: cells[name] for name in ("order_number", "line", "item", "supplier", "unit")}
        sheet.rows[number] = Ordered(**words, quantity=quantity, due_on=due_on)


def _quantity(text: str) -> Decimal | None:
    """A positive number with at most six decimals; None: it is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None  # told by its caller
    exponent = found.as_tuple().exponent
    if not found.is_finite() or not isinstance(exponent, int) or exponent < _FINEST:
        return None
    return found if 0 < found < _LARGEST else None


def _day(text: str) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day of the plant's calendar has no offset
        except ValueError:
            continue  # the next form
    return None
