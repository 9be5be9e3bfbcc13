"""A batch's account of materials: its lines with what went in and came back, returns, and what is short at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from mes.batches import records as batches
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.ledger import Cause
from mes.inventory.ledger import Kind as Moved
from mes.inventory.model import Lot
from mes.items.units import convert
from mes.materials.model import Issue, Line, Return, pure_of
from mes.orders import orderbook
from mes.orders.model import Material
from mes.plant import service as plant
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class IssueNotFound(NotFound):
    """There is no such issue of material."""


class ReturnTooMuch(Conflict):
    """More comes back than is left of what was issued."""


class ReturnWithoutReason(Invalid):
    """Say why the material comes back."""


class KeyOfAnotherScan(Conflict):
    """This idempotency key belongs to another scan."""


async def lock_batch(work: Work, batch_id: int) -> None:
    """Wait until nobody else changes this batch's materials. Taken before any lot."""
    await work.scalar(SQL["lock_batch"], batch_id=batch_id)


async def lines(work: Work, batch_id: int) -> list[Line]:
    """The batch's lines with what went in and came back, in their order. Raises BatchNotFound."""
    batch = await batches.batch(work, batch_id)
    needed = await orderbook.materials(work, batch.order_id)
    items = await inventory.items_by_id(work, [need.item_id for need in needed])
    found = [_line(need, items[need.item_id]) for need in needed]
    made = await issues(work, batch_id)
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=[each.lot_id for each in made])}
    return [
        _filled(line, [i for i in made if _belongs(i, line, found, lots[i.lot_id].item_id)], lots) for line in found
    ]


async def issues(work: Work, batch_id: int) -> list[Issue]:
    """What went into a batch, in order."""
    return await work.all(SQL["issues"], Issue, batch_id=batch_id, key=None, issue_id=None)


async def issue(work: Work, issue_id: int) -> Issue:
    """One issue. Raises IssueNotFound."""
    found = await work.one(SQL["issues"], Issue, batch_id=None, key=None, issue_id=issue_id)
    if found is None:
        raise IssueNotFound(issue_id=issue_id)
    return found


async def issued_by_key(work: Work, key: str) -> Issue | None:
    """The issue that this scan made, if it came before."""
    return await work.one(SQL["issues"], Issue, batch_id=None, key=key, issue_id=None)


async def returns(work: Work, batch_id: int) -> list[Return]:
    """What came back out of a batch, in order."""
    return await work.all(SQL["returns"], Return, batch_id=batch_id, key=None)


async def return_material(
    work: Work, issue_id: int, *, quantity: Decimal, zone_id: int, reason: str, key: str
) -> Return:
    """Put what was not used back into its lot, at a place. The same `key` again finds the first return.

    It may always come back, whatever the lot's status is by now: use is refused, never a way home. Raises
    IssueNotFound, ReturnTooMuch, ReturnWithoutReason, KeyOfAnotherScan, QuantityNotPositive, ZoneNotFound.
    """
    stock.positive(quantity)
    if not reason.strip():
        raise ReturnWithoutReason
    where, before = await plant.zone(work, zone_id), await issue(work, issue_id)
    await lock_batch(work, before.batch_id)
    await stock.lock(work, [before.lot_id])
    if earlier := await work.one(SQL["returns"], Return, batch_id=None, key=key):
        if (earlier.issue_id, earlier.quantity) != (issue_id, quantity):
            raise KeyOfAnotherScan(key=key)
        return earlier
    left = (now := await issue(work, issue_id)).quantity - now.returned
    if quantity > left:
        raise ReturnTooMuch(returned=quantity, left=left)
    facts = {"issue_id": issue_id, "quantity": quantity, "zone_id": zone_id, "reason": reason.strip()}
    made = await work.one(SQL["return"], Return, **facts, key=key, actor=work.actor, now=work.now)
    if made is None:
        raise KeyOfAnotherScan(key=key)
    batch = await batches.batch(work, before.batch_id)
    lot = await stock.give_back(work, before.lot_id, quantity, zone_id=zone_id, cause=Cause(Moved.RETURN, batch.number))
    after = facts | {"lot": lot.number, "unit": lot.unit, "zone": where.code}
    work.audit("batch.return_material", "batch", batch.id, after=after, reason=reason)
    await work.emit("material.returned", batch_id=batch.id, lot_id=lot.id, quantity=str(quantity))
    return made


async def closed_lines(
    work: Work, batch_id: int, *, operation: str | None = None, operation_id: int | None = None
) -> list[Line]:
    """The lines that are short at the end: of an operation's steps, or of the whole batch (operation None).

    Each leaves an UNDER_ISSUE exception, once. Raises BatchNotFound.
    """
    asked = [line for line in await lines(work, batch_id) if _ends_with(line, operation)]
    short = [line for line in asked if line.is_short]
    for line in short:
        said = {"line": line.number, "item": line.item.code, "net": line.net, "least": line.low, "unit": line.unit}
        await exceptions.raise_exception(
            work,
            batch_id,
            Kind.UNDER_ISSUE,
            severity=Severity.MAJOR,
            said=said | {"required": line.required},
            operation_id=operation_id,
            key=f"under_issue:{line.number}",
        )
    return short


def _ends_with(line: Line, operation: str | None) -> bool:
    if operation is None:
        return True
    return line.step is not None and line.step.split("/")[0] == operation


def _line(need: Material, item: inventory.Item) -> Line:
    return Line(
        number=need.line,
        item=item,
        required=convert(need.quantity, need.unit, item.unit),
        over_pct=need.over_pct,
        under_pct=need.under_pct,
        fefo=need.fefo,
        min_remaining_days=need.min_remaining_days,
        dispense=need.dispense,
        assay_adjusted=need.assay_adjusted,
        step=need.step,
    )


def _belongs(made: Issue, line: Line, lines_: Sequence[Line], item_id: int) -> bool:
    """An issue of before lines had numbers belongs to the first line of its item."""
    if made.line is not None:
        return made.line == line.number
    return item_id == line.item.id and line is next(each for each in lines_ if each.item.id == item_id)


def _filled(line: Line, made: Sequence[Issue], lots: Mapping[int, Lot]) -> Line:
    """Counted as the line asks: as the pure item, where its target is adjusted by the assay."""

    def counted(quantity: Decimal, lot_id: int) -> Decimal:
        return pure_of(quantity, lots[lot_id], assay_adjusted=line.assay_adjusted)

    issued = sum((counted(each.quantity, each.lot_id) for each in made), Decimal(0))
    returned = sum((counted(each.returned, each.lot_id) for each in made), Decimal(0))
    return replace(line, issued=issued, returned=returned)
