"""Take over what was ordered, tell what is due, book what comes against its line, close what won't come.

An import is taken whole or not at all: its mistakes are told by row before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from mes.inventory import service as inventory
from mes.inventory.model import Item
from mes.purchasing.model import CHANGEABLE, Arrival, Expected, Fault, Mistake, Ordered, contradiction
from mes.suppliers import service as suppliers
from mes.suppliers.model import Supplier, holding
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
A_LIST = 1_000


class ExpectedLineNotFound(NotFound):
    """No such line of a purchase order is expected."""


class ExpectedLineAmbiguous(Conflict):
    """This order has several open lines: say which, as order/line."""


class ExpectedLineClosed(Conflict):
    """This line of the purchase order is closed: nothing more is expected of it."""


class ReceiptOfAnotherLine(Conflict):
    """Item and supplier of the receipt are not those of the expected line."""


class OverDelivery(Conflict):
    """This is over a tenth more than was ordered: say in a note why it is received."""


class ImportedMeanwhile(Conflict):
    """Somebody else imports the same order lines at this moment: import them again."""


class ImportRefused(Invalid):
    """Nothing is imported: there are mistakes in these rows."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda each: each.row))
        told = [{"row": m.row, "column": m.column, "fault": m.fault, "said": m.said} for m in self.mistakes]
        super().__init__(mistakes=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import; `unapproved`: lines whose supplier may not deliver the item on the day they are due."""

    added: int
    changed: int
    unchanged: int
    unapproved: tuple[str, ...]


async def expected(work: Work, *, open_only: bool = False, limit: int = A_LIST) -> list[Expected]:
    """Lines, those that are due first first."""
    return await _expected(work, open_only=open_only, limit=limit)


async def line(work: Work, line_id: int) -> Expected:
    """One. Raises ExpectedLineNotFound."""
    found = await _expected(work, ids=[line_id])
    if not found:
        raise ExpectedLineNotFound(line_id=line_id)
    return found[0]


async def named(work: Work, text: str) -> Expected:
    """The line that was scanned or typed: `order/line`, or the order alone where one of its lines is open.

    Raises ExpectedLineNotFound, ExpectedLineAmbiguous.
    """
    order_number, _, number = text.strip().rpartition("/")
    if order_number and (found := await _expected(work, order_number=order_number, number=number)):
        return found[0]
    of_order = await _expected(work, order_number=text.strip(), open_only=True)
    if not of_order:
        raise ExpectedLineNotFound(looked_for=text.strip())
    if len(of_order) > 1:
        raise ExpectedLineAmbiguous(looked_for=", ".join(each.code for each in of_order))
    return of_order[0]


async def arrivals(work: Work, line_ids: Iterable[int]) -> list[Arrival]:
    """Lots that came of these lines, in the order in which they came."""
    return await work.all(SQL["arrivals"], Arrival, line_ids=list(line_ids))


async def unapproved(work: Work, lines: Iterable[Expected | Ordered]) -> list[Expected | Ordered]:
    """Lines whose supplier is, by now, not approved for the item on the day they are due."""
    known = await suppliers.approvals(work)
    return [
        each
        for each in lines
        if holding([a for a in known if (a.supplier, a.item) == (each.supplier, each.item)], each.due_on) is None
    ]


async def import_lines(work: Work, rows: Mapping[int, Ordered], *, mistakes: Iterable[Mistake] = ()) -> Imported:
    """Lines by their row; `mistakes`: what reading has found already.

    A line that is known and the same stays as it is; another date, and what has not come, are changed and audited.
    Raises ImportRefused, before anything is written, and ImportedMeanwhile.
    """
    items = {each.code: each for each in await inventory.items(work)}
    makers = {each.code: each for each in await suppliers.suppliers(work)}
    known = await _locked(work, rows.values())
    found = [*mistakes, *_mistakes(rows, items, makers, known)]
    if found:
        raise ImportRefused(found)
    new = [each for each in rows.values() if each.key not in known]
    other = [each for each in rows.values() if each.key in known and not known[each.key].is_same(each)]
    for each in sorted(new, key=lambda ordered: ordered.key):
        await _add(work, each, items[each.item], makers[each.supplier])
    for each in other:
        await _change(work, known[each.key], each, items[each.item], makers[each.supplier])
    warned = [f"{each.order_number}/{each.line}" for each in await unapproved(work, rows.values())]
    same = len(rows) - len(new) - len(other)
    return Imported(added=len(new), changed=len(other), unchanged=same, unapproved=tuple(warned))


async def close(work: Work, line_id: int, *, version: int, reason: str) -> Expected:
    """Nothing more will come of it. Raises ExpectedLineNotFound, ExpectedLineClosed, StaleVersion, Refused."""
    before = await line(work, line_id)
    if not reason.strip():
        raise Refused("expected_line", before.code, "close", ["reason_given"])
    facts = {"actor": work.actor, "now": work.now, "reason": reason.strip()}
    if await work.scalar(SQL["close_line"], id=line_id, version=version, **facts) is None:
        current = await line(work, line_id)
        if current.closed_at is not None:
            raise ExpectedLineClosed(line=current.code)
        raise StaleVersion("expected_line", before.code, yours=version, current=current.version)
    told = {"ordered": before.quantity, "received": before.received}
    work.audit("expected_line.close", "expected_line", before.code, before=told, after={"closed": True}, reason=reason)
    return await line(work, line_id)


async def expect(work: Work, line_id: int, *, item: str, supplier: str, quantity: Decimal, note: str) -> Expected:
    """The line of a receipt, kept for it until the transaction ends: of two receipts the second sees the first.

    Raises ExpectedLineNotFound, ExpectedLineClosed, ReceiptOfAnotherLine, OverDelivery; nothing is written.
    """
    await work.scalar(SQL["lock_line"], id=line_id)
    found = await line(work, line_id)
    if found.closed_at is not None:
        raise ExpectedLineClosed(line=found.code)
    if (found.item, found.supplier) != (item, supplier):
        raise ReceiptOfAnotherLine(line=found.code, needs=f"{found.item}, {found.supplier}")
    if found.exceeded_by(quantity) and not note.strip():
        raise OverDelivery(line=found.code, ordered=found.quantity, received=found.received, quantity=quantity)
    return found


async def arrived(work: Work, found: Expected, lot_id: int, quantity: Decimal, *, note: str) -> None:
    """Book a lot against the line that `expect` gave."""
    facts = {"line_id": found.id, "lot_id": lot_id, "quantity": quantity, "note": note.strip()}
    await work.run(SQL["add_arrival"], now=work.now, actor=work.actor, **facts)
    after = {"lot_id": lot_id, "quantity": quantity, "received": found.received + quantity}
    work.audit("expected_line.arrive", "expected_line", found.code, after=after, reason=note.strip())


async def _expected(
    work: Work,
    *,
    ids: list[int] | None = None,
    order_number: str | None = None,
    number: str | None = None,
    open_only: bool = False,
    limit: int | None = None,
) -> list[Expected]:
    asked = {"ids": ids, "order_number": order_number, "line": number, "open": open_only, "limit": limit}
    return await work.all(SQL["expected"], Expected, **asked)


async def _locked(work: Work, rows: Iterable[Ordered]) -> dict[tuple[str, str], Expected]:
    """Lines that are known, as they are once nobody else can change them."""
    keys = [each.key for each in rows]
    asked = {"orders": [key[0] for key in keys], "lines": [key[1] for key in keys]}
    ids = [row[0] for row in await (await work.db.execute(SQL["lock_lines"], asked)).fetchall()]
    return {(each.order_number, each.line): each for each in await _expected(work, ids=ids)}


def _mistakes(
    rows: Mapping[int, Ordered],
    items: Mapping[str, Item],
    makers: Mapping[str, Supplier],
    known: Mapping[tuple[str, str], Expected],
) -> list[Mistake]:
    found: list[Mistake] = []
    met: set[tuple[str, str]] = set()
    for number, row in rows.items():
        if row.key in met:
            found.append(Mistake(number, "line", Fault.TWICE, f"{row.order_number}/{row.line}"))
        met.add(row.key)
        item = items.get(row.item)
        if item is None or not item.is_bought:
            fault = Fault.UNKNOWN_ITEM if item is None else Fault.NOT_BOUGHT
            found.append(Mistake(number, "item", fault, row.item))
        elif item.unit != row.unit:
            found.append(Mistake(number, "unit", Fault.OTHER_UNIT, f"{row.unit} ≠ {item.unit}"))
        if row.supplier not in makers:
            found.append(Mistake(number, "supplier", Fault.UNKNOWN_SUPPLIER, row.supplier))
        if row.key in known and (against := contradiction(known[row.key], row)):
            found.append(Mistake(number, *against))
    return found


async def _add(work: Work, row: Ordered, item: Item, maker: Supplier) -> None:
    ids = {"item_id": item.id, "supplier_id": maker.id}
    said = {name: getattr(row, name) for name in ("order_number", "line", "quantity", "unit", "due_on")}
    if await work.scalar(SQL["add_line"], **said, **ids, actor=work.actor, now=work.now) is None:
        raise ImportedMeanwhile(line=f"{row.order_number}/{row.line}")
    after = {name: getattr(row, name) for name in CHANGEABLE}
    work.audit("expected_line.import", "expected_line", f"{row.order_number}/{row.line}", after=after)


async def _change(work: Work, before: Expected, row: Ordered, item: Item, maker: Supplier) -> None:
    said = {"quantity": row.quantity, "unit": row.unit, "due_on": row.due_on}
    await work.run(SQL["change_line"], id=before.id, item_id=item.id, supplier_id=maker.id, **said)
    names = [name for name in CHANGEABLE if getattr(before, name) != getattr(row, name)]
    was, now = ({name: getattr(each, name) for name in names} for each in (before, row))
    work.audit("expected_line.change", "expected_line", before.code, before=was, after=now)
